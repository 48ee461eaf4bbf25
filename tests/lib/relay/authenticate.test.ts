import { Refusal } from '../../../lib/errors.js';
import { readRequest } from '../../../lib/ownid/request.js';
import { decodeSecret, sign } from '../../../lib/ownid/signature.js';
import { authenticate } from '../../../lib/relay/authenticate.js';
import type { AppSettings } from '../../../lib/relay/channel-apps.js';
import type { App } from '../../../lib/settings/apps.js';

const NOW = 1_700_000_000_000;
const UNTIL = NOW + 700;
const secret = decodeSecret('c2VlZC1zaGFyZWQtc2VjcmV0LW9mLTMyLWJ5dGVzISE=');
const other = decodeSecret('AAAAAAAAAAAAAAAAAAAAAA==');

const settingsOf = (
  key: typeof secret,
  requiredHeader?: AppSettings<unknown>['requiredHeader'],
): AppSettings<unknown> => ({ secrets: [key], requiredHeader }) as unknown as AppSettings<unknown>;

/** A request signed with the secret, for an app that has one settings object cached and another in the parameter store. */
function setUp(
  cached: AppSettings<unknown>,
  stored: AppSettings<unknown>,
  { time = NOW, headers = {} }: { time?: number; headers?: Record<string, string> } = {},
) {
  const body = Buffer.from('{}');
  const asked: [string, number | undefined][] = [];
  const app = {
    settings: (until?: number) => {
      asked.push(['settings', until]);
      return Promise.resolve(cached);
    },
    refreshedSettings: (until?: number) => {
      asked.push(['refreshedSettings', until]);
      return Promise.resolve(stored);
    },
  } as unknown as App<AppSettings<unknown>>;
  const request = readRequest({
    headers: {
      'ownid-timestamp': String(time),
      'ownid-signature': sign(body, String(time), secret),
      ...headers,
    },
    body: body.toString(),
    isBase64Encoded: false,
  });
  return { asked, check: () => authenticate(app, request, { now: () => NOW, until: UNTIL }) };
}

test('what verifies with the cached secrets costs the parameter store nothing', async () => {
  const cached = settingsOf(secret);
  const { asked, check } = setUp(cached, settingsOf(other));
  const { body, settings } = await check();
  expect(settings).toBe(cached);
  expect(body.toString()).toBe('{}');
  expect(asked).toEqual([['settings', UNTIL]]);
});

test('what does not is verified once more with those of the parameter store', async () => {
  const stored = settingsOf(secret);
  const { asked, check } = setUp(settingsOf(other), stored);
  expect((await check()).settings).toBe(stored);
  expect(asked).toEqual([
    ['settings', UNTIL],
    ['refreshedSettings', UNTIL],
  ]);
});

test('so is a request whose required header changed', async () => {
  const header = (value: string) => settingsOf(secret, { name: 'x-key', value });
  const stored = settingsOf(secret);
  const { check } = setUp(header('new'), stored, { headers: { 'x-key': 'old' } });
  expect((await check()).settings).toBe(stored);
});

test('where nothing has changed, it is refused as it was', async () => {
  const cached = settingsOf(other);
  let checks = 0;
  Object.defineProperty(cached, 'secrets', {
    get: () => {
      checks += 1;
      return [other];
    },
  });
  const { check } = setUp(cached, cached);
  await expect(check()).rejects.toEqual(new Refusal('unauthenticated', 'signature_mismatch'));
  expect(checks).toBe(1);
});

test('what no secret could put right is refused at once', async () => {
  const { asked, check } = setUp(settingsOf(other), settingsOf(secret), { time: NOW - 61_000 });
  await expect(check()).rejects.toEqual(new Refusal('unauthenticated', 'timestamp_stale'));
  expect(asked).toEqual([['settings', UNTIL]]);
});
