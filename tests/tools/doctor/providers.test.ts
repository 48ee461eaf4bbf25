import { createServer, type Server } from 'node:http';
import { providerCredentials } from '../../../tools/doctor/providers.js';
import type { DoctorContext } from '../../../tools/doctor/finding.js';
import { closeServer, listen } from '../../../tools/http.js';
import { type EmailLoopbacks, startEmailLoopbacks } from '../../../tools/loopback/email.js';

const servers: Server[] = [];
afterAll(() => Promise.all(servers.map(closeServer)));

/** A listener that gives every request one answer. */
async function answering(status: number, body: unknown): Promise<string> {
  const server = createServer((_, response) => response.writeHead(status).end(JSON.stringify(body)));
  servers.push(server);
  return `http://127.0.0.1:${await listen(server, 0)}`;
}

function contextOf(values: Record<string, string>): DoctorContext {
  const parameters = () => Promise.resolve(new Map());
  return { apps: [{ app: '', values }], parameters } as unknown as DoctorContext;
}

test.each([
  [200, { scopes: ['mail.send'] }, 'ok', 'may send'],
  [200, { scopes: ['user.read'] }, 'fail', 'may not send'],
  [401, { errors: [] }, 'fail', 'refused (401)'],
])('SendGrid answers %d %j: %s', async (status, body, level, text) => {
  const url = await answering(status, body);
  const context = contextOf({
    EMAIL_PROVIDER: 'sendgrid',
    SENDGRID_API_KEY: 'SG.key',
    SENDGRID_API_URL: url,
  });
  const [finding] = await providerCredentials.run(context);
  expect(finding).toMatchObject({ level, text: expect.stringContaining(text) as string });
});

test.each([
  [200, { PING: 'PONG!' }, 'ok'],
  [500, { status: 'error', name: 'Invalid_Key' }, 'fail'],
])('Mandrill answers %d %j: %s', async (status, body, level) => {
  const url = await answering(status, body);
  const context = contextOf({
    EMAIL_PROVIDER: 'mandrill',
    MANDRILL_API_KEY: 'md-key',
    MANDRILL_API_URL: url,
  });
  expect(await providerCredentials.run(context)).toMatchObject([{ level }]);
});

test.each([
  [200, { incoming_phone_numbers: [] }, 'ok'],
  [401, { code: 20003 }, 'fail'],
])('Twilio answers %d %j: %s', async (status, body, level) => {
  const context = contextOf({
    SMS_PROVIDER: 'sns, GB=twilio',
    TWILIO_ACCOUNT_SID: `AC${'0'.repeat(32)}`,
    TWILIO_AUTH_TOKEN: 'token',
    TWILIO_API_URL: await answering(status, body),
  });
  expect(await providerCredentials.run(context)).toMatchObject([{ level }]);
});

test('a server that does not answer is a failure, without what it said', async () => {
  const url = await answering(200, {});
  await Promise.all(servers.splice(0).map(closeServer));
  const context = contextOf({
    EMAIL_PROVIDER: 'mandrill',
    MANDRILL_API_KEY: 'md-key',
    MANDRILL_API_URL: url,
  });
  const [finding] = await providerCredentials.run(context);
  expect(finding?.level).toBe('fail');
  expect(JSON.stringify(finding)).not.toContain('md-key');
});

describe('mail servers', () => {
  const received: unknown[] = [];
  let loopbacks: EmailLoopbacks;
  beforeAll(async () => {
    loopbacks = await startEmailLoopbacks({ onMessage: (message) => received.push(message) });
  });
  afterAll(() => loopbacks.close());

  test.each([
    ['smtp', {}, 'ok', 'signed in'],
    ['smtp', { SMTP_PASSWORD: 'wrong-password' }, 'fail', 'EAUTH'],
    ['smtp', { SMTP_PORT: '1' }, 'fail', 'ECONNREFUSED'],
    ['microsoft', {}, 'ok', 'signed in'],
    ['microsoft', { MICROSOFT_CLIENT_SECRET: 'wrong-secret' }, 'fail', 'no token'],
    ['microsoft', { MICROSOFT_SMTP_PORT: '1' }, 'fail', 'ECONNREFUSED'],
  ])('%s with %j: %s', async (provider, change, level, text) => {
    const context = contextOf({
      ...loopbacks.environment,
      EMAIL_PROVIDER: provider,
      EMAIL_FROM: 'login@example.com',
      ...change,
    });
    const [finding] = await providerCredentials.run(context);
    expect(finding).toMatchObject({ level, text: expect.stringContaining(text) as string });
    expect(JSON.stringify(finding)).not.toMatch(/wrong-(?:password|secret)/);
    expect(received).toEqual([]);
  });
});

test('SES needs no sign-in of its own', async () => {
  expect(await providerCredentials.run(contextOf({}))).toEqual([]);
});
