import { createServer } from 'node:net';
import { CommandError, UsageError } from '../../../tools/command.js';
import { startEmailLoopbacks } from '../../../tools/loopback/email.js';
import type { ReceivedMessage } from '../../../tools/loopback/provider.js';
import { formatTrial } from '../../../tools/try/describe.js';
import { readTry, tryProvider } from '../../../tools/try/main.js';

let loopbacks: Awaited<ReturnType<typeof startEmailLoopbacks>>;
const received: ReceivedMessage[] = [];

beforeAll(async () => {
  loopbacks = await startEmailLoopbacks({ onMessage: (message) => received.push(message) });
});
afterAll(() => loopbacks.close());
beforeEach(() => {
  received.length = 0;
});

const run = async (args: string[], more: Record<string, string> = {}) =>
  tryProvider(readTry(['email', '--to', 'me@example.com', ...args]), {
    environment: { ...loopbacks.environment, TIME_BUDGET_MS: '14000', ...more },
    report: () => undefined,
  });

test.each(['smtp', 'microsoft', 'sendgrid', 'mandrill'])(
  'a message is sent through %s, with nothing but its settings',
  async (provider) => {
    const trial = await run(['--provider', provider, '--subject', 'Grüße']);
    expect(trial).toMatchObject({ status: 202, outcome: 'accepted', attempts: [{ provider }] });
    expect(received).toMatchObject([{ provider, to: 'me@example.com', subject: 'Grüße' }]);
    expect(formatTrial(trial)).toMatch(/ accepted it.*\nOwnID would see 202 accepted, after \d+ ms\.$/);
  },
);

test('a wrong password is told in the server’s own words, with what to do', async () => {
  const trial = await run(['--provider', 'smtp'], { SMTP_PASSWORD: 'wrong' });
  expect(trial).toMatchObject({ status: 500, outcome: 'misconfigured' });
  expect(formatTrial(trial)).toMatch(
    /^SMTP: misconfigured \(535.*\n {2}it says: 535 .*credentials invalid.*\n {2}-> Check SMTP_USERNAME and SMTP_PASSWORD/,
  );
});

test('a wrong API key is told in the provider’s own words', async () => {
  const text = formatTrial(await run(['--provider', 'sendgrid'], { SENDGRID_API_KEY: 'wrong' }));
  expect(text).toMatch(/it says: 401 .*authorization grant is invalid/);
  expect(text).toContain('-> Check the API key.');
});

test('a port where nothing listens is told once, although it is tried twice', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  const text = formatTrial(await run(['--provider', 'smtp'], { SMTP_PORT: String(port) }));
  expect(text).toMatch(
    /^SMTP: transient \(ECONNREFUSED\), 2 times\n.*\n {2}-> Nothing listens there: check host/,
  );
  expect(text.match(/->/g)).toHaveLength(1);
});

test('a route is tried in its order, and every reply is told', async () => {
  const trial = await run([], { EMAIL_PROVIDER: 'smtp,sendgrid', SMTP_PASSWORD: 'wrong' });
  expect(trial.attempts.map(({ provider, failure }) => [provider, failure?.kind])).toEqual([
    ['smtp', 'misconfigured'],
    ['sendgrid', undefined],
  ]);
  expect(trial.outcome).toBe('accepted');
});

test('a required header and a stage’s own secret are no obstacle', async () => {
  const more = { WEBHOOK_HEADER: 'x-key: 12345678', OWNID_SHARED_SECRET: 'ssm:/otp-relay/none' };
  expect(await run(['--provider', 'smtp'], more)).toMatchObject({ outcome: 'accepted' });
});

test('what the settings forbid is not sent', async () => {
  const trial = await run(['--provider', 'smtp'], { EMAIL_ALLOWED_RECIPIENTS: '@other.example' });
  expect(trial).toMatchObject({ status: 429, outcome: 'recipient_not_allowed', attempts: [] });
  expect(received).toEqual([]);
});

test('a provider that there is not is refused, with the nearest', async () => {
  await expect(run(['--provider', 'smpt'])).rejects.toThrow(UsageError);
  await expect(run(['--provider', 'smpt'])).rejects.toThrow('Did you mean smtp?');
});

test('SES without a region or credentials is a sentence', async () => {
  const nowhere = { AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' };
  await expect(run(['--provider', 'ses', '--aws-profile', 'nobody'], nowhere)).rejects.toThrow(CommandError);
});
