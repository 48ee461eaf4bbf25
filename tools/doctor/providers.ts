import { createAccessTokens } from '../../lib/email/smtp/oauth-token.js';
import { SmtpError } from '../../lib/email/smtp/failure.js';
import { openSession, type SmtpCredentials, type SmtpServer } from '../../lib/email/smtp/session.js';
import { DeliveryError } from '../../lib/errors.js';
import type { Get } from '../../lib/settings/settings.js';
import { systemClock } from '../../lib/clock.js';
import { startDeadline } from '../../lib/net/deadline.js';
import { allProviders } from '../../lib/settings/by-country.js';
import { twilioAccount, twilioAuthorization } from '../../lib/sms/twilio-account.js';
import { createTransport } from '../../lib/net/transport.js';
import { type Check, fail, type Finding, ok } from './finding.js';
import { resolved } from './settings.js';

/** Signs in to a provider without sending anything. */
type SignIn = () => Promise<Finding>;

const TIMEOUT_MS = 10_000;
const transport = createTransport();
const options = () => ({ deadline: startDeadline(systemClock, TIMEOUT_MS) });

/** By provider, what signs in with an app's settings. Those of AWS need no more than the checks of their own. */
const SIGN_IN: Readonly<Record<string, (get: Get) => SignIn>> = {
  smtp: (get) => {
    const port = get('SMTP_PORT');
    const security = get('SMTP_SECURITY');
    const server: SmtpServer = {
      host: get('SMTP_HOST'),
      port,
      implicitTls: security === undefined ? port === 465 : security === 'tls',
      ca: get('SMTP_CA'),
    };
    const credentials = { username: get('SMTP_USERNAME'), password: get('SMTP_PASSWORD') };
    return () =>
      signInToSmtp('smtp', server, credentials, 'Check SMTP_HOST, SMTP_USERNAME and SMTP_PASSWORD.');
  },

  microsoft: (get) => {
    const tenant = get('MICROSOFT_TENANT_ID');
    const tokens = {
      provider: 'microsoft',
      transport,
      clock: systemClock,
      loginUrl: get('MICROSOFT_LOGIN_URL'),
      clientId: get('MICROSOFT_CLIENT_ID'),
      clientSecret: get('MICROSOFT_CLIENT_SECRET'),
      scope: get('MICROSOFT_SCOPE'),
    };
    const server: SmtpServer = {
      host: get('MICROSOFT_SMTP_HOST'),
      port: get('MICROSOFT_SMTP_PORT'),
      implicitTls: false,
      ca: get('MICROSOFT_SMTP_CA'),
    };
    const username = get('MICROSOFT_MAILBOX') ?? get('EMAIL_FROM');
    return async () => {
      const url = new URL(`/${tenant}/oauth2/v2.0/token`, tokens.loginUrl);
      try {
        const accessToken = await createAccessTokens({ ...tokens, url }).current(options());
        return await signInToSmtp(
          'microsoft',
          server,
          { username, accessToken },
          'Grant SMTP.SendAsApp with admin consent, and register the service principal for the mailbox.',
        );
      } catch (error) {
        if (!(error instanceof DeliveryError)) throw error;
        return fail(
          `microsoft: no token: ${error.code}`,
          'Check MICROSOFT_TENANT_ID, _CLIENT_ID, _CLIENT_SECRET.',
        );
      }
    };
  },

  sendgrid: (get) => {
    const regions = { global: 'https://api.sendgrid.com', eu: 'https://api.eu.sendgrid.com' };
    const url = new URL('/v3/scopes', get('SENDGRID_API_URL') ?? regions[get('SENDGRID_REGION')]);
    const authorization = `Bearer ${get('SENDGRID_API_KEY')}`;
    return async () => {
      const request = { method: 'GET', url, headers: { authorization }, body: '' };
      const { status, body } = await transport.send(request, options());
      if (status !== 200)
        return fail(`sendgrid: the key is refused (${status})`, 'Put a new SENDGRID_API_KEY.');
      const { scopes = [] } = JSON.parse(body.toString()) as { scopes?: string[] };
      return scopes.includes('mail.send')
        ? ok('sendgrid: the key is accepted, and may send')
        : fail('sendgrid: the key may not send', 'Give it the permission Mail Send.');
    };
  },

  twilio: (get) => {
    const account = twilioAccount(get);
    // A standard API key may list numbers, and may not read the account.
    const path = `/2010-04-01/Accounts/${account.accountSid}/IncomingPhoneNumbers.json?PageSize=1`;
    const url = new URL(path, account.apiUrl);
    const headers = { authorization: twilioAuthorization(account) };
    return async () => {
      const { status } = await transport.send({ method: 'GET', url, headers, body: '' }, options());
      return status === 200
        ? ok('twilio: the credentials are accepted')
        : fail(
            `twilio: the credentials are refused (${status})`,
            'Check TWILIO_ACCOUNT_SID, TWILIO_REGION, and the auth token or API key.',
          );
    };
  },

  mandrill: (get) => {
    const url = new URL('/api/1.0/users/ping2.json', get('MANDRILL_API_URL'));
    const body = JSON.stringify({ key: get('MANDRILL_API_KEY') });
    return async () => {
      const headers = { 'content-type': 'application/json' };
      const { status } = await transport.send({ method: 'POST', url, headers, body }, options());
      return status === 200
        ? ok('mandrill: the key is accepted')
        : fail(`mandrill: the key is refused (${status})`, 'Put a new MANDRILL_API_KEY.');
    };
  },
};

export const providerCredentials: Check = {
  title: 'providers',
  run: async (context) => {
    const attempts = await Promise.all(
      context.apps.map((app) =>
        resolved(context, app, (get) =>
          [...get('EMAIL_PROVIDER'), ...allProviders(get('SMS_PROVIDER'))].flatMap((name) => {
            const signIn = SIGN_IN[name]?.(get);
            return signIn === undefined ? [] : [{ name, signIn }];
          }),
        ),
      ),
    );
    return Promise.all(
      attempts.flat().map(async ({ name, signIn }) => {
        try {
          return await signIn();
        } catch (error) {
          // Its message may hold what the provider said.
          return fail(
            `${name}: ${(error as Error).name}`,
            'It does not answer as it should: check its status page.',
          );
        }
      }),
    );
  },
};

async function signInToSmtp(
  name: string,
  server: SmtpServer,
  credentials: SmtpCredentials,
  todo: string,
): Promise<Finding> {
  try {
    (await openSession(server, credentials, options())).close();
    return ok(`${name}: signed in at ${server.host}`);
  } catch (error) {
    if (!(error instanceof SmtpError)) throw error;
    return fail(`${name}: ${server.host} refuses: ${error.code} (${error.command})`, todo);
  }
}
