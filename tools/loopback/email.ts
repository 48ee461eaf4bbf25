import { randomUUID } from 'node:crypto';
import { createCertificate } from './certificate.js';
import { startMandrillLoopback } from './mandrill.js';
import { startOAuthLoopback } from './oauth.js';
import type { Loopback, LoopbackOptions } from './provider.js';
import { startSendGridLoopback } from './sendgrid.js';
import { startSmtpLoopback } from './smtp.js';

/** Every email provider but Amazon SES, and the settings that point the relay at them. */
export interface EmailLoopbacks {
  readonly environment: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** Starts a mail server, Microsoft 365 with its token endpoint, SendGrid and Mandrill on free ports. */
export async function startEmailLoopbacks(options: Omit<LoopbackOptions, 'port'>): Promise<EmailLoopbacks> {
  const certificate = await createCertificate();
  const [username, password, apiKey] = ['otp-relay', randomUUID(), randomUUID()];
  const application = {
    tenantId: randomUUID(),
    clientId: randomUUID(),
    clientSecret: randomUUID(),
    scope: 'https://outlook.office365.com/.default',
  };
  const oauth = await startOAuthLoopback(application);
  const [smtp, microsoft, sendgrid, mandrill] = await Promise.all([
    startSmtpLoopback({
      ...options,
      provider: 'smtp',
      certificate,
      accepts: (login) => login.username === username && login.password === password,
    }),
    startSmtpLoopback({
      ...options,
      provider: 'microsoft',
      certificate,
      mechanisms: ['XOAUTH2'],
      accepts: ({ accessToken }) => oauth.isLive(accessToken),
    }),
    startSendGridLoopback({ ...options, apiKey }),
    startMandrillLoopback({ ...options, apiKey }),
  ]);
  const origin = ({ port }: Loopback) => `http://127.0.0.1:${port}`;

  return {
    environment: {
      SMTP_HOST: '127.0.0.1',
      SMTP_PORT: String(smtp.port),
      SMTP_USERNAME: username,
      SMTP_PASSWORD: password,
      SMTP_CA: certificate.cert,
      MICROSOFT_TENANT_ID: application.tenantId,
      MICROSOFT_CLIENT_ID: application.clientId,
      MICROSOFT_CLIENT_SECRET: application.clientSecret,
      MICROSOFT_SCOPE: application.scope,
      MICROSOFT_LOGIN_URL: origin(oauth),
      MICROSOFT_SMTP_HOST: '127.0.0.1',
      MICROSOFT_SMTP_PORT: String(microsoft.port),
      MICROSOFT_SMTP_CA: certificate.cert,
      SENDGRID_API_KEY: apiKey,
      SENDGRID_API_URL: origin(sendgrid),
      MANDRILL_API_KEY: apiKey,
      MANDRILL_API_URL: origin(mandrill),
    },
    close: async () => {
      await Promise.all([oauth, smtp, microsoft, sendgrid, mandrill].map((loopback) => loopback.close()));
    },
  };
}
