import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type LocalRelay, startLocalRelay } from '../../../tools/local/relay.js';
import { startEmailLoopbacks } from '../../../tools/loopback/email.js';
import type { ReceivedMessage } from '../../../tools/loopback/provider.js';
import type { TrialLine } from '../../../tools/try/describe.js';

// Below the project, whose package.json says that the bundles are ES modules.
const folder = fileURLToPath(new URL('../../../dist/test-trial', import.meta.url));
const received: ReceivedMessage[] = [];
let outside: Awaited<ReturnType<typeof startEmailLoopbacks>>;
let relay: LocalRelay;

beforeAll(async () => {
  outside = await startEmailLoopbacks({ onMessage: (message) => received.push(message) });
  relay = await startLocalRelay({
    port: 0,
    folder,
    overrides: { ...outside.environment, EMAIL_PROVIDER: 'smtp,sendgrid', SMTP_PASSWORD__SHOP: 'wrong' },
    real: { providers: new Set(['smtp']), credentials: {} },
  });
}, 120_000);

afterAll(async () => {
  await relay.close();
  await outside.close();
});
beforeEach(() => {
  received.length = 0;
});

const FORM = {
  channel: 'email',
  to: 'me@example.com',
  subject: 'Grüße',
  body: '<p>Code <b>5928</b></p>',
  variant: 'valid',
};

async function attempt(more: Record<string, string>) {
  const response = await fetch(`${relay.address}/try`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ...FORM, ...more }),
  });
  const { answers = [] } = (await response.json()) as {
    answers?: { isAccepted: boolean; lines: TrialLine[] }[];
  };
  return { status: response.status, ...answers[0] };
}

test('a real provider gets the message, and its reply is told', async () => {
  const { isAccepted, lines } = await attempt({ provider: 'smtp' });
  expect(isAccepted).toBe(true);
  expect(lines).toEqual([
    { kind: 'accepted', text: expect.stringMatching(/^SMTP accepted it: ./) as string },
    {
      kind: 'outcome',
      text: expect.stringMatching(/^OwnID would see 202 accepted, after \d+ ms\.$/) as string,
    },
  ]);
  expect(received).toMatchObject([{ provider: 'smtp', to: 'me@example.com', subject: 'Grüße' }]);
});

test('a refusal is told in the provider’s words, with what to do, for the app that is asked for', async () => {
  const { isAccepted, lines } = await attempt({ provider: 'smtp', app: 'shop' });
  expect(isAccepted).toBe(false);
  expect(lines).toMatchObject([
    { kind: 'failed', text: 'SMTP: misconfigured (535/5.7.8)' },
    { kind: 'reply', text: expect.stringMatching(/^it says: 535 /) as string },
    { kind: 'advice', text: expect.stringMatching(/^Check SMTP_USERNAME and SMTP_PASSWORD/) as string },
    { kind: 'outcome' },
  ]);
  expect(received).toEqual([]);
});

test.each(['sendgrid', 'ses', 'mandrill', 'none', ''])(
  'the provider "%s", which was not asked to be real, is not tried',
  async (provider) => {
    expect((await attempt({ provider })).status).toBe(400);
    expect(received).toEqual([]);
  },
);

test('a real provider of email is not tried for SMS', async () => {
  expect((await attempt({ channel: 'sms', to: '+12025550123', provider: 'smtp' })).status).toBe(400);
});

test('pages and hosts elsewhere cannot have anything tried', async () => {
  const body = JSON.stringify({ ...FORM, provider: 'smtp' });
  const url = `${relay.address}/try`;
  for (const header of ['Host: evil.example', 'Origin: https://evil.example', 'Sec-Fetch-Site: cross-site']) {
    const args = ['-s', '-w', '%{http_code}', '-o', '/dev/null', '-H', header, '--json', body, url];
    expect((await promisify(execFile)('curl', args)).stdout).toBe('403');
  }
  expect((await fetch(url, { method: 'POST', body })).status).toBe(400);
  expect(received).toEqual([]);
});
