import { createServer } from 'node:http';
import { readRequest } from '../../../lib/ownid/request.js';
import { decodeSecret, verify } from '../../../lib/ownid/signature.js';
import { closeServer, listen } from '../../../tools/http.js';
import { readBody } from '../../../tools/http.js';
import { explain } from '../../../tools/send-test/causes.js';
import { readSendTest, sendTest } from '../../../tools/send-test/main.js';
import { UsageError } from '../../../tools/command.js';

const SECRET = 'c2VlZC1zaGFyZWQtc2VjcmV0LW9mLTMyLWJ5dGVzISE=';
const environment = { OWNID_SHARED_SECRET: SECRET };
const running: (() => Promise<void>)[] = [];
afterEach(() => Promise.all(running.splice(0).map((close) => close())));

/** Verifies what it gets as the relay does, and answers `status`, or 401. */
async function startReceiver(status: number, secret = SECRET) {
  const requests: { path: string | undefined; body: unknown; headers: object }[] = [];
  const server = createServer((request, response) => {
    void readBody(request, 1_000_000).then((body = Buffer.alloc(0)) => {
      requests.push({ path: request.url, body: JSON.parse(body.toString()), headers: request.headers });
      const headers = request.headers as Record<string, string>;
      const raw = readRequest({ headers, body: body.toString('base64'), isBase64Encoded: true });
      try {
        verify(raw, { secrets: [decodeSecret(secret)], now: Date.now() });
        response.writeHead(status).end();
      } catch {
        response.writeHead(401).end();
      }
    });
  });
  const port = await listen(server, 0);
  running.push(() => closeServer(server));
  return { url: `http://127.0.0.1:${port}`, requests };
}

const send = async (args: string[], more: Record<string, string> = {}) =>
  sendTest(readSendTest(args), { environment: { ...environment, ...more }, now: Date.now });

test('an email is signed as OwnID does and accepted', async () => {
  const { url, requests } = await startReceiver(202);
  const args = ['email', '--to', 'you@example.com', '--url', `${url}/`, '--subject', 'Grüße'];
  expect(await send(args)).toEqual({
    url: `${url}/email`,
    status: 202,
    durationMs: expect.any(Number) as number,
    advice: expect.stringMatching(/^Accepted/) as string,
  });
  expect(requests).toMatchObject([
    {
      path: '/email',
      body: { email: 'you@example.com', subject: 'Grüße', body: expect.stringMatching(/\d{4}/) as string },
    },
  ]);
});

test.each(['/email', '/email/', '/sms', '/email/shop', ''])(
  'an endpoint may be given as the deploy step prints it, with "%s"',
  async (path) => {
    const { url, requests } = await startReceiver(202);
    await send(['email', '--to', 'you@example.com', '--url', `${url}/prod${path}`]);
    expect(requests).toMatchObject([{ path: '/prod/email' }]);
  },
);

test('an SMS goes to its app, with the header that is required', async () => {
  const { url, requests } = await startReceiver(202);
  const more = { WEBHOOK_HEADER: 'x-relay-key: s3cret', OWNID_SHARED_SECRET__SHOP: SECRET };
  const { status } = await send(['sms', '--to', '+12025550123', '--url', url, '--app', 'shop'], more);
  expect(status).toBe(202);
  expect(requests).toMatchObject([
    { path: '/sms/shop', body: { phoneNumber: '+12025550123' }, headers: { 'x-relay-key': 's3cret' } },
  ]);
});

test('a wrong secret is a 401, explained', async () => {
  const { url } = await startReceiver(202, 'b3RoZXItc2hhcmVkLXNlY3JldC0wMTIzNDU2Nzg5');
  expect(await send(['email', '--to', 'you@example.com', '--url', url])).toMatchObject({
    status: 401,
    advice: expect.stringMatching(/^The secret in the settings is not the one that the relay has/) as string,
  });
});

test('nobody listening is no answer, explained', async () => {
  expect(await send(['email', '--to', 'you@example.com', '--url', 'http://127.0.0.1:1'])).toMatchObject({
    status: undefined,
    advice: expect.stringMatching(/^(?:Nothing listens there|No connection)/) as string,
  });
});

test.each([
  [[], 'Say email or sms first.'],
  [['fax', '--to', 'x'], 'Say email or sms first.'],
  [['email'], '--to is missing.'],
  [['sms', '--to', '+12025550123', '--subject', 'x'], 'A text message has no --subject.'],
  [['email', '--to', 'x', '--url', 'example.com'], '--url must begin with https:// or http://'],
  [['email', '--to', 'x', '--app', 'a b'], '--app must be a name as in the URL, such as shop.'],
  [['email', '--to', 'x', '--secret', 'y'], 'There is no option --secret.'],
])('%j is refused', async (args, message) => {
  const refused = send(args);
  await expect(refused).rejects.toThrow(UsageError);
  await expect(refused).rejects.toThrow(message);
});

test.each([
  [['email', '--to', 'x', '--stage', 'nowhere'], /settings\/nowhere\.yml does not exist/],
  [['email', '--to', 'x', '--app', 'shop'], /No setting of settings\/local\.yml ends in __SHOP/],
])('%j cannot be sent: %s', async (args, message) => {
  await expect(send(args)).rejects.toThrow(message);
});

describe('causes', () => {
  const context = {
    stage: 'prod',
    flags: '--stage prod --region eu-west-1',
    inbox: 'http://localhost:3000',
    now: Date.parse('2026-11-21T12:00:00Z'),
  };
  const advice = (status: number, date = '2026-11-21T12:00:00Z') => explain({ status, date }, context);

  test.each([400, 401, 403, 404, 413, 422, 429, 500, 502, 503])('of %d are told', (status) => {
    expect(advice(status)).not.toMatch(/never gives/);
  });

  test('of a clock that is off, where it explains a 401', () => {
    expect(advice(401, '2026-11-21T11:57:00Z')).toMatch(/^This machine's clock is 180 s from the relay's/);
    expect(advice(500, '2026-11-21T11:57:00Z')).not.toMatch(/clock/);
  });

  test('of 202 is told where to look, in the same region', () => {
    expect(advice(202)).toMatch(/npm run activity -- --stage prod --region eu-west-1$/);
  });

  test('of what the relay never answers', () => {
    expect(advice(418)).toMatch(/^An answer that the relay never gives/);
  });

  test.each([
    [Object.assign(new Error('x'), { name: 'TimeoutError' }), 'No answer within 30 s.'],
    [new TypeError('fetch failed', { cause: { code: 'ENOTFOUND' } }), 'There is no such host.'],
    [new TypeError('fetch failed', { cause: { code: 'EPROTO' } }), 'No connection: EPROTO.'],
  ])('of no answer', (error, text) => {
    expect(explain({ error }, context)).toBe(text);
  });
});
