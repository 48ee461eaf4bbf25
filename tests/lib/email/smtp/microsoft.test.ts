import { createCertificate } from '../../../../tools/loopback/certificate.js';
import { startOAuthLoopback } from '../../../../tools/loopback/oauth.js';
import type { ReceivedMessage } from '../../../../tools/loopback/provider.js';
import { type Login, startSmtpLoopback } from '../../../../tools/loopback/smtp.js';
import { connectProvider, emailMessage } from '../../../support/email-provider.js';
import { until } from '../../../support/until.js';

const application = {
  tenantId: 'c0ffee00-1111-4222-8333-444455556666',
  clientId: 'deadbeef-1111-4222-8333-444455556666',
  clientSecret: 'correct~horse',
  scope: 'https://outlook.office365.com/.default',
};
const running: { close(): Promise<void> }[] = [];
afterEach(() => Promise.all(running.splice(0).map((peer) => peer.close())));

async function setUp(
  options: {
    environment?: Record<string, string>;
    roles?: string[];
    accepts?: (login: Login, isLive: boolean) => boolean;
  } = {},
) {
  const { environment, roles, accepts = (_login: Login, isLive: boolean) => isLive } = options;
  const received: ReceivedMessage[] = [];
  const logins: Login[] = [];
  const certificate = await createCertificate();
  const oauth = await startOAuthLoopback({ ...application, ...(roles && { roles }) });
  const smtp = await startSmtpLoopback({
    provider: 'microsoft',
    certificate,
    mechanisms: ['LOGIN', 'XOAUTH2'],
    onMessage: (message) => received.push(message),
    accepts: (login) => {
      logins.push(login);
      return accepts(login, oauth.isLive(login.accessToken));
    },
  });
  running.push(oauth, smtp);
  const connect = () =>
    connectProvider({
      EMAIL_PROVIDER: 'microsoft',
      MICROSOFT_TENANT_ID: application.tenantId,
      MICROSOFT_CLIENT_ID: application.clientId,
      MICROSOFT_CLIENT_SECRET: application.clientSecret,
      MICROSOFT_LOGIN_URL: `http://127.0.0.1:${oauth.port}`,
      MICROSOFT_SMTP_HOST: '127.0.0.1',
      MICROSOFT_SMTP_PORT: String(smtp.port),
      MICROSOFT_SMTP_CA: certificate.cert,
      ...environment,
    });
  const deliver = await connect();
  const send = () => deliver(emailMessage(), until(AbortSignal.timeout(5000)));
  return { oauth, received, logins, send };
}

test.each([
  ['the sender', {}, 'otp@shop.example'],
  ['another mailbox', { MICROSOFT_MAILBOX: 'shared@shop.example' }, 'shared@shop.example'],
])('logs in with a token as %s, and never with a password', async (_, environment, username) => {
  const { received, logins, send } = await setUp({ environment });
  await send();
  expect(logins).toEqual([{ username, password: undefined, accessToken: expect.any(String) as string }]);
  expect(received[0]?.from).toBe('otp@shop.example');
});

test('a token serves many sessions', async () => {
  const { oauth, received, logins, send } = await setUp();
  await Promise.all(Array.from({ length: 12 }, send));
  expect(received).toHaveLength(12);
  expect(logins.length).toBeLessThanOrEqual(3);
  expect(oauth.requests()).toBe(1);
});

test('a token that is refused is renewed, once', async () => {
  let revoked = false;
  const { oauth, received, logins, send } = await setUp({
    accepts: (_login, isLive) => {
      const isFirst = !revoked;
      revoked = true;
      return isLive && !isFirst;
    },
  });
  await send();
  expect(received).toHaveLength(1);
  expect(logins).toHaveLength(2);
  expect(logins[0]?.accessToken).not.toBe(logins[1]?.accessToken);
  expect(oauth.requests()).toBe(2);
});

test.each([
  ['a mailbox without permission', ['SMTP.SendAsApp'], '535'],
  ['no admin consent', [], 'consent_missing/SMTP.SendAsApp'],
  ['consent to something else', ['Mail.Send'], 'consent_missing/SMTP.SendAsApp'],
])('a renewed token that is refused too: %s', async (_, roles, code) => {
  const { oauth, logins, send } = await setUp({ roles, accepts: () => false });
  const failure: unknown = await send().catch((error: unknown) => error);
  expect(failure).toMatchObject({
    kind: 'misconfigured',
    code: expect.stringMatching(`^${code}`) as string,
  });
  expect(String(failure)).not.toContain(logins[0]?.accessToken);
  expect(logins).toHaveLength(2);
  expect(oauth.requests()).toBe(2);
});

test.each([
  ['a wrong secret', { MICROSOFT_CLIENT_SECRET: 'battery~staple' }, 'invalid_client/AADSTS7000215'],
  ['a wrong tenant', { MICROSOFT_TENANT_ID: 'fabrikam.onmicrosoft.com' }, 'invalid_request/AADSTS90002'],
  [
    'a wrong application',
    { MICROSOFT_CLIENT_ID: '00000000-1111-4222-8333-444455556666' },
    'unauthorized_client/AADSTS700016',
  ],
  ['a wrong scope', { MICROSOFT_SCOPE: 'https://example.com/.default' }, 'invalid_resource/AADSTS500011'],
])('%s is named', async (_, environment, code) => {
  const { logins, send } = await setUp({ environment });
  const failure: unknown = await send().catch((error: unknown) => error);
  expect(failure).toMatchObject({ kind: 'misconfigured', code });
  expect(String(failure)).not.toMatch(/horse|staple/);
  expect(logins).toEqual([]);
});
