import { readRequest } from '../../../lib/ownid/request.js';
import { decodeSecret, verify } from '../../../lib/ownid/signature.js';
import { makeEvent } from '../../../tools/ownid/event.js';
import { UsageError } from '../../../tools/command.js';
import { startAwsLoopback } from '../../../tools/loopback/aws.js';
import type { Loopback } from '../../../tools/loopback/provider.js';

const SECRET = Buffer.alloc(32, 7).toString('base64');
const SHOP_SECRET = Buffer.alloc(32, 9).toString('base64');
const NOW = 1_795_000_000_000;
let loopback: Loopback;
/** `npm start` on other ports than the usual ones. */
let environment: Record<string, string>;

beforeAll(async () => {
  loopback = await startAwsLoopback({
    onMessage: () => undefined,
    parameters: new Map([['/otp-relay/local/ownid-shared-secret', `${SECRET},${SHOP_SECRET}`]]),
  });
  environment = { PORT: String(loopback.port - 1), OWNID_SHARED_SECRET__SHOP: SHOP_SECRET };
});

afterAll(() => loopback.close());

const make = (...args: string[]) => makeEvent(args, { environment, now: NOW });

test.each(['v1', 'v2', 'url', 'alb'])('the relay accepts an event of shape %s', async (shape) => {
  const event = await make('email', '--to', 'you@example.com', '--shape', shape, '--subject', 'Grüße');
  const request = readRequest(event as Parameters<typeof readRequest>[0]);
  const { body } = verify(request, { secrets: [decodeSecret(SECRET)], now: NOW });
  expect(request.app).toBeUndefined();
  expect(JSON.parse(body.toString())).toMatchObject({
    email: 'you@example.com',
    subject: 'Grüße',
    body: expect.stringMatching(/<b>\d{4}<\/b>/) as string,
  });
});

test.each(['v1', 'v2', 'url', 'alb'])(
  'an event of shape %s names its app, and is signed with its secret',
  async (shape) => {
    const event = await make(
      'sms',
      '--to',
      '+12025550123',
      '--app',
      'shop',
      '--shape',
      shape,
      '--body',
      'Code 77',
    );
    const request = readRequest(event as Parameters<typeof readRequest>[0]);
    const { body } = verify(request, { secrets: [decodeSecret(SHOP_SECRET)], now: NOW });
    expect(request.app).toBe('shop');
    expect(JSON.parse(body.toString())).toMatchObject({
      phoneNumber: '+12025550123',
      messageText: 'Code 77',
    });
  },
);

test('each shape has its distinguishing fields', async () => {
  const shapes = ['v1', 'v2', 'url', 'alb'];
  const [v1, v2, url, alb] = await Promise.all(
    shapes.map((shape) => make('email', '--to', 'you@example.com', '--app', 'shop', '--shape', shape)),
  );
  expect(v1).toMatchObject({
    resource: '/email/{app}',
    httpMethod: 'POST',
    pathParameters: { app: 'shop' },
    multiValueHeaders: { 'ownid-timestamp': [String(NOW)] },
    requestContext: { resourcePath: '/email/{app}' },
  });
  expect(v1).not.toHaveProperty('version');
  expect(v2).toMatchObject({
    version: '2.0',
    routeKey: 'POST /email/{app}',
    pathParameters: { app: 'shop' },
  });
  expect(url).toMatchObject({ version: '2.0', routeKey: '$default', rawPath: '/email/shop' });
  expect(url).not.toHaveProperty('pathParameters');
  expect(alb).toMatchObject({ path: '/email/shop', requestContext: { elb: {} } });
  expect(alb).not.toHaveProperty('multiValueHeaders');
});

test.each([
  ['Say email or sms first.'],
  ['Say email or sms first.', 'fax', '--to', 'x'],
  ['"sms" is one word too many.', 'email', 'sms', '--to', 'x'],
  ['--to is missing.', 'email'],
  ['--shape must be one of v2, v1, url, alb.', 'email', '--to', 'x', '--shape', 'v3'],
  ['--app must be a name', 'email', '--to', 'x', '--app', 'a/b'],
  ['A text message has no --subject.', 'sms', '--to', 'x', '--subject', 'y'],
  ['There is no option --secret.', 'email', '--to', 'x', '--secret', 'y'],
])('says "%s"', async (message, ...args) => {
  const made = make(...args);
  await expect(made).rejects.toThrow(UsageError);
  await expect(made).rejects.toThrow(message);
});

test('says so when the loopback is not running', async () => {
  const args = ['email', '--to', 'you@example.com'];
  const made = makeEvent(args, { environment: { PORT: '1' }, now: NOW });
  await expect(made).rejects.toThrow('http://127.0.0.1:2: is npm start running?');
});

test.each([
  ['settings/nowhere.yml does not exist: cp settings/prod.example.yml settings/nowhere.yml', 'nowhere'],
  ['Did you mean local?', 'locla'],
  ['"../x" is not the name of a stage', '../x'],
])('says "%s"', async (message, stage) => {
  await expect(make('email', '--to', 'you@example.com', '--stage', stage)).rejects.toThrow(message);
});
