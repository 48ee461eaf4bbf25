import { type Certificate, createCertificate } from '../../tools/loopback/certificate.js';
import { startOAuthLoopback } from '../../tools/loopback/oauth.js';
import { startSmtpLoopback } from '../../tools/loopback/smtp.js';
import { type HttpReaction, startScriptedHttp } from '../support/scripted-http.js';
import { overSmtp, type Peer, type ProviderContract } from './contract.js';
import { readMail, refusalsOf } from './smtp.js';

const application = {
  tenantId: 'c0ffee00-1111-4222-8333-444455556666',
  clientId: 'deadbeef-1111-4222-8333-444455556666',
  clientSecret: 'correct~horse',
  scope: 'https://outlook.office365.com/.default',
};
const settings = (origin: string, port: number, { cert }: Certificate) => ({
  EMAIL_PROVIDER: 'microsoft',
  MICROSOFT_TENANT_ID: application.tenantId,
  MICROSOFT_CLIENT_ID: application.clientId,
  MICROSOFT_CLIENT_SECRET: application.clientSecret,
  MICROSOFT_LOGIN_URL: origin,
  MICROSOFT_SMTP_HOST: '127.0.0.1',
  MICROSOFT_SMTP_PORT: String(port),
  MICROSOFT_SMTP_CA: cert,
});

const { reacting, misbehave } = overSmtp(async (port, certificate) => {
  const oauth = await startOAuthLoopback(application);
  return {
    environment: settings(`http://127.0.0.1:${oauth.port}`, port, certificate),
    given: () => 0,
    close: () => oauth.close(),
  };
});

/** A token endpoint that reacts as told, in front of a mail server that is never reached. */
async function tokenEndpoint(reaction: HttpReaction, certificate?: Certificate): Promise<Peer> {
  const { origin, close } = await startScriptedHttp(reaction, certificate);
  return { environment: settings(origin, 1, await createCertificate()), given: () => 0, close };
}
const tokenError = (status: number, error: string, number?: number) =>
  tokenEndpoint({
    status,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      error,
      error_description: `AADSTS${number ?? 0}: said in words, with ${application.clientSecret}`,
      ...(number !== undefined && { error_codes: [number] }),
    }),
  });

// "Microsoft Entra authentication and authorization error codes", and RFC 6749, section 5.2.
const TOKEN_ERRORS = [
  ['a wrong client secret', 401, 'invalid_client', 7000215, 'misconfigured'],
  ['an expired client secret', 401, 'invalid_client', 7000222, 'misconfigured'],
  ['an unknown application', 400, 'unauthorized_client', 700016, 'misconfigured'],
  ['a disabled application', 401, 'unauthorized_client', 7000112, 'misconfigured'],
  ['an unknown tenant', 400, 'invalid_request', 90002, 'misconfigured'],
  ['a malformed tenant', 400, 'invalid_request', 900023, 'misconfigured'],
  ['Exchange not in the tenant', 400, 'invalid_resource', 500011, 'misconfigured'],
  ['consent missing', 400, 'invalid_grant', 65001, 'misconfigured'],
  ['an unusable scope', 400, 'invalid_scope', 1002012, 'misconfigured'],
  ['an outage', 503, 'temporarily_unavailable', 90033, 'transient'],
  ['a fault of theirs', 500, 'server_error', undefined, 'transient'],
  ['throttling', 429, 'invalid_request', 90055, 'transient'],
] as const;

export const microsoft: ProviderContract = {
  name: 'microsoft',
  accept: async (onMessage) => {
    let given = 0;
    const certificate = await createCertificate();
    const oauth = await startOAuthLoopback(application);
    const smtp = await startSmtpLoopback({
      provider: 'microsoft',
      certificate,
      // Exchange Online offers LOGIN too.
      mechanisms: ['LOGIN', 'XOAUTH2'],
      accepts: ({ username, accessToken }) => username === 'otp@shop.example' && oauth.isLive(accessToken),
      onMessage: (message) => {
        given += 1;
        onMessage(message);
      },
    });
    return {
      environment: settings(`http://127.0.0.1:${oauth.port}`, smtp.port, certificate),
      given: () => given,
      close: async () => {
        await Promise.all([oauth.close(), smtp.close()]);
      },
    };
  },
  read: readMail,
  misbehave,
  refusals: [
    ...refusalsOf(reacting),
    ...TOKEN_ERRORS.map(([title, status, error, number, kind]) => ({
      title: `token: ${title}`,
      start: () => tokenError(status, error, number),
      kind,
      code: number === undefined ? error : `${error}/AADSTS${number}`,
    })),
    {
      title: 'token: an untrusted certificate',
      start: async () => tokenEndpoint({ status: 200 }, await createCertificate()),
      kind: 'misconfigured',
      code: 'DEPTH_ZERO_SELF_SIGNED_CERT',
    },
    { title: 'token: reset', start: () => tokenEndpoint('reset'), kind: 'transient', code: 'ECONNRESET' },
    { title: 'token: hang', start: () => tokenEndpoint('hang'), kind: 'transient', code: 'TIMEOUT' },
    {
      title: 'token: garbage',
      start: () => tokenEndpoint('garbage'),
      kind: 'transient',
      code: 'HPE_INVALID_CONSTANT',
    },
    {
      title: 'token: a page in its place',
      start: () => tokenEndpoint({ status: 200, body: '<html>' }),
      kind: 'transient',
      code: '200',
    },
    {
      title: 'token: nothing of the kind there',
      start: () => tokenEndpoint({ status: 404 }),
      kind: 'misconfigured',
      code: '404',
    },
  ],
};
