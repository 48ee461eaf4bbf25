/** What is sent to Twilio, beside what Twilio's own package sends: the same, or the test fails. */
import fc from 'fast-check';
import twilio from 'twilio';
import { type Environment, readSettings } from '../../../lib/settings/settings.js';
import { smsChannel } from '../../../lib/sms/channel.js';
import { createTransport, type Transport } from '../../../lib/net/transport.js';
import { connectSmsProvider, smsMessage } from '../../support/sms-provider.js';
import { until } from '../../support/until.js';

const ACCOUNT = `AC${'a1'.repeat(16)}`;
const KEY = `SK${'b2'.repeat(16)}`;
const SERVICE = `MG${'c3'.repeat(16)}`;
const NOW = 1_700_000_000_000;

interface Sent {
  readonly method: string;
  readonly url: string;
  readonly authorization: string;
  readonly fields: [string, string][];
}

/** What our provider sends, by the settings. */
async function ours(environment: Environment, text: string): Promise<Sent> {
  let sent: Sent | undefined;
  const send: Transport['send'] = ({ method, url, headers, body }) => {
    const fields = [...new URLSearchParams(body.toString())];
    sent = { method, url: url.href, authorization: String(headers['authorization']), fields };
    const answer = { sid: `SM${'0'.repeat(32)}`, status: 'queued' };
    return Promise.resolve({ status: 201, headers: {}, body: Buffer.from(JSON.stringify(answer)) });
  };
  const deliver = await connectSmsProvider(
    { SMS_PROVIDER: 'twilio', TWILIO_ACCOUNT_SID: ACCOUNT, ...environment },
    { transport: { ...createTransport(), send }, clock: { now: () => NOW, after: () => () => undefined } },
  );
  await deliver(smsMessage({ text }), { ...until(AbortSignal.timeout(5000)), expiresAt: NOW + 120_000 });
  if (sent === undefined) throw new Error('nothing was sent');
  return sent;
}

/** What Twilio's package sends. */
async function theirs(
  login: { username: string; password: string; edge?: string; region?: string },
  message: Parameters<ReturnType<typeof twilio>['messages']['create']>[0],
): Promise<Sent> {
  let sent: Sent | undefined;
  const httpClient = {
    request: ({ method, uri, username, password, data }: Record<string, unknown>) => {
      const fields = Object.entries(data as Record<string, unknown>);
      sent = {
        method: String(method).toUpperCase(),
        url: String(uri),
        authorization: `Basic ${Buffer.from(`${String(username)}:${String(password)}`).toString('base64')}`,
        fields: fields.map(([name, value]) => [name, String(value)]),
      };
      return Promise.resolve({ statusCode: 201, body: { sid: 'SM', status: 'queued' } });
    },
  };
  const { username, password, ...place } = login;
  const options = { accountSid: ACCOUNT, httpClient: httpClient as never, ...place };
  await twilio(username, password, options).messages.create(message);
  if (sent === undefined) throw new Error('nothing was sent');
  return sent;
}

const sorted = (sent: Sent) => ({ ...sent, fields: [...sent.fields].sort() });
const common = { validityPeriod: 120, smartEncoded: false, shortenUrls: false, to: '+12133734253' };
const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }).filter((one) => one.isWellFormed());

test('with the auth token, from a number', async () => {
  await fc.assert(
    fc.asyncProperty(text, async (body) => {
      const sent = await ours({ TWILIO_AUTH_TOKEN: 'to:ken', TWILIO_SENDER: '+15005550006' }, body);
      const login = { username: ACCOUNT, password: 'to:ken' };
      expect(sorted(sent)).toEqual(sorted(await theirs(login, { ...common, body, from: '+15005550006' })));
    }),
    { numRuns: 60 },
  );
});

test('with an API key, from a Messaging Service, with retention, in a region', async () => {
  const sent = await ours(
    {
      TWILIO_API_KEY_SID: KEY,
      TWILIO_API_KEY_SECRET: 'secret',
      TWILIO_SENDER: SERVICE,
      TWILIO_REGION: 'ie1',
      TWILIO_CONTENT_RETENTION: 'discard',
      TWILIO_ADDRESS_RETENTION: 'obfuscate',
    },
    'Your code is 1234',
  );
  const expected = await theirs(
    { username: KEY, password: 'secret', edge: 'dublin', region: 'ie1' },
    {
      ...common,
      body: 'Your code is 1234',
      messagingServiceSid: SERVICE,
      contentRetention: 'discard',
      addressRetention: 'obfuscate',
    },
  );
  expect(sorted(sent)).toEqual(sorted(expected));
});

test.each([
  ['us1', 'https://api.twilio.com/'],
  ['ie1', 'https://api.dublin.ie1.twilio.com/'],
  ['au1', 'https://api.sydney.au1.twilio.com/'],
])('the host of region %s is %s', (region, host) => {
  const values = {
    SMS_PROVIDER: 'twilio',
    TWILIO_ACCOUNT_SID: ACCOUNT,
    TWILIO_AUTH_TOKEN: 'token',
    TWILIO_SENDER: SERVICE,
    TWILIO_REGION: region,
  };
  const { route } = readSettings({ app: '', values }, smsChannel.settings);
  expect(route[0]?.origin?.({} as never).href).toBe(host);
});

test('a country without a sender is our settings’ fault, and nothing is sent', async () => {
  const sending = ours({ TWILIO_AUTH_TOKEN: 'token', TWILIO_SENDER: 'GB=Acme' }, 'Your code is 1234');
  await expect(sending).rejects.toMatchObject({ kind: 'misconfigured', code: 'NO_SENDER' });
});
