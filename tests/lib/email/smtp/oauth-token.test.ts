import fc from 'fast-check';
import { createAccessTokens } from '../../../../lib/email/smtp/oauth-token.js';
import { type Clock, systemClock } from '../../../../lib/clock.js';
import { DeliveryError } from '../../../../lib/errors.js';
import { createTransport } from '../../../../lib/net/transport.js';
import { type OAuthLoopback, startOAuthLoopback } from '../../../../tools/loopback/oauth.js';
import { createClock } from '../../../support/clock.js';
import { startScriptedHttp } from '../../../support/scripted-http.js';
import { until } from '../../../support/until.js';

const application = {
  tenantId: 'contoso.onmicrosoft.com',
  clientId: 'deadbeef-1111-4222-8333-444455556666',
  clientSecret: 'correct~horse & co+',
  scope: 'https://outlook.office365.com/.default',
};
const signal = AbortSignal.timeout(60_000);
const running: { close(): Promise<void> }[] = [];
afterEach(() => Promise.all(running.splice(0).map((peer) => peer.close())));

async function setUp(options: { expiresInSeconds?: number } = {}) {
  const oauth: OAuthLoopback = await startOAuthLoopback({ ...application, ...options });
  running.push(oauth);
  const clock = createClock();
  const tokens = createTokens(`http://127.0.0.1:${oauth.port}`, clock);
  return { oauth, clock, tokens };
}

function createTokens(origin: string, clock: Clock = systemClock) {
  const url = new URL(`/${application.tenantId}/oauth2/v2.0/token`, origin);
  return createAccessTokens({
    provider: 'microsoft',
    transport: createTransport(),
    url,
    clock,
    ...application,
  });
}

test('a token is fetched once and kept until five minutes before it expires', async () => {
  const { oauth, clock, tokens } = await setUp({ expiresInSeconds: 3600 });
  const first = await tokens.current(until(signal));
  expect(oauth.isLive(first)).toBe(true);

  clock.time += 3_299_000;
  expect(await tokens.current(until(signal))).toBe(first);
  expect(oauth.requests()).toBe(1);

  clock.time += 1000;
  expect(await tokens.current(until(signal))).not.toBe(first);
  expect(oauth.requests()).toBe(2);
});

test('concurrent requests share one fetch', async () => {
  const { oauth, tokens } = await setUp();
  const all = await Promise.all(Array.from({ length: 8 }, () => tokens.current(until(signal))));
  expect(new Set(all).size).toBe(1);
  expect(oauth.requests()).toBe(1);
});

test('a refused token is renewed once, however many were refused with it', async () => {
  const { oauth, tokens } = await setUp();
  const refused = await tokens.current(until(signal));
  const renewed = await Promise.all(Array.from({ length: 5 }, () => tokens.renewed(refused, until(signal))));
  renewed.push(await tokens.renewed(refused, until(signal)), await tokens.current(until(signal)));
  expect(new Set(renewed).size).toBe(1);
  expect(renewed[0]).not.toBe(refused);
  expect(oauth.requests()).toBe(2);
});

test('a failure is not kept', async () => {
  const { oauth, tokens } = await setUp();
  const failing = createTokens(`http://127.0.0.1:${oauth.port}/`);
  await expect(
    createAccessTokens({
      provider: 'microsoft',
      transport: createTransport(),
      clock: systemClock,
      url: new URL(`http://127.0.0.1:${oauth.port}/fabrikam.onmicrosoft.com/oauth2/v2.0/token`),
      ...application,
    }).current(until(signal)),
  ).rejects.toMatchObject({ kind: 'misconfigured', code: 'invalid_request/AADSTS90002' });
  expect(oauth.isLive(await failing.current(until(signal)))).toBe(true);
  expect(oauth.isLive(await tokens.current(until(signal)))).toBe(true);
});

test('an abort ends the wait of its own caller alone', async () => {
  let release: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => (release = resolve));
  const { oauth } = await setUp();
  const transport = createTransport();
  const tokens = createAccessTokens({
    provider: 'microsoft',
    transport: {
      ...transport,
      send: async (...request) => {
        await gate;
        return transport.send(...request);
      },
    },
    clock: systemClock,
    url: new URL(`http://127.0.0.1:${oauth.port}/${application.tenantId}/oauth2/v2.0/token`),
    ...application,
  });
  const impatient = new AbortController();
  const [given, got] = [tokens.current(until(impatient.signal)), tokens.current(until(signal))];
  impatient.abort();
  await expect(given).rejects.toMatchObject({ kind: 'transient', code: 'TIMEOUT' });
  release();
  expect(oauth.isLive(await got)).toBe(true);
  expect(oauth.requests()).toBe(1);
});

test('the words of the endpoint do not reach the error', async () => {
  const body = JSON.stringify({
    error: `invalid_client ${application.clientSecret}`,
    error_description: application.clientSecret,
    error_codes: [application.clientSecret],
  });
  const endpoint = await startScriptedHttp({ status: 401, body });
  running.push(endpoint);
  const failure: unknown = await createTokens(endpoint.origin)
    .current(until(signal))
    .catch((error: unknown) => error);
  expect(failure).toMatchObject({ kind: 'misconfigured', code: '401', cause: undefined });
  expect(String(failure)).not.toContain('horse');
});

test('no answer of the endpoint makes the outcome ambiguous', async () => {
  const member = fc.oneof(
    fc.jsonValue(),
    fc.constantFrom('invalid_client', 'server_error', 'constructor', 3600),
  );
  const names = ['access_token', 'expires_in', 'error', 'error_codes', '__proto__'];
  const json = fc.oneof(fc.jsonValue(), fc.dictionary(fc.constantFrom(...names), member));
  const body = fc.oneof(
    json.map((value) => JSON.stringify(value)),
    fc.string(),
  );
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 200, max: 599 }), body, async (status, text) => {
      const response = { status, headers: {}, body: Buffer.from(text) };
      const tokens = createAccessTokens({
        provider: 'microsoft',
        transport: { send: () => Promise.resolve(response), prepare: () => Promise.resolve() },
        clock: systemClock,
        url: new URL('https://login.example/token'),
        ...application,
      });
      const outcome = await tokens.current(until(signal)).catch((error: unknown) => error);
      if (typeof outcome !== 'string') {
        expect(outcome).toBeInstanceOf(DeliveryError);
        expect(['transient', 'misconfigured']).toContain((outcome as DeliveryError).kind);
      }
    }),
  );
});
