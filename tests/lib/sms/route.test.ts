// Jest cannot load two modules side by side that share a third one.
import '../../../lib/sms/eum.js';
import '../../../lib/sms/notify.js';
import '../../../lib/sms/sns.js';
import '../../../lib/sms/twilio.js';
import type { HttpEvent } from '../../../lib/ownid/request.js';
import { decodeSecret } from '../../../lib/ownid/signature.js';
import { type SmsLoopbacks, startSmsLoopbacks } from '../../../tools/loopback/sms.js';
import type { Behaviour, ReceivedMessage } from '../../../tools/loopback/provider.js';
import { ownIdRequest } from '../../../tools/ownid/ownid.js';
import { SECRET, startTestRelay, type TestRelay } from '../../support/relay.js';

let relay: TestRelay;
let later = 0;
let loopbacks: SmsLoopbacks;
const byTwilio: ReceivedMessage[] = [];
const told = new Map<string, Behaviour>();
const behaviour = (provider: string) => ({ answer: told.get(provider) ?? ('accept' as const) });
beforeAll(async () => {
  loopbacks = await startSmsLoopbacks({ behaviour, onMessage: (message) => byTwilio.push(message) });
  relay = await startTestRelay({
    behaviour,
    queue: true,
    now: () => Date.now() + later,
    environment: {
      ...loopbacks.environment,
      SMS_ALLOWED_COUNTRIES: 'US,GB,DE',
      SMS_PROVIDER: 'sns, US=eum,twilio, DE=notify',
      SMS_PROVIDER__SHOP: 'twilio',
    },
  });
});
afterAll(() => Promise.all([relay.close(), loopbacks.close()]));
beforeEach(() => {
  told.clear();
  later = 0;
  relay.received.length = byTwilio.length = 0;
});

const US = '+12133734253';
const TEXT = 'Your code is 747723.\n\n@example.com #747723';

function webhook(phoneNumber: string, app = ''): HttpEvent {
  const payload = { phoneNumber, messageText: TEXT, code: '747723' };
  const request = { channel: 'sms' as const, app, payload, secret: decodeSecret(SECRET), now: Date.now() };
  const { path, headers, body } = ownIdRequest(request);
  return { rawPath: path, headers, body };
}
const providers = () => [...relay.received, ...byTwilio].map(({ provider }) => provider);

test.each([
  [US, undefined, 'eum'],
  ['+447400123456', undefined, 'sns'],
  ['+4915112345678', undefined, 'notify'],
  ['+447400123456', 'shop', 'twilio'],
])('an SMS to %s, app %s, goes through %s', async (phoneNumber, app, provider) => {
  expect(await relay.sms(webhook(phoneNumber, app))).toMatchObject({ statusCode: 202 });
  expect(providers()).toEqual([provider]);
});

test("the country's next provider takes over, and its text is the same", async () => {
  told.set('eum', 'transient');
  expect(await relay.sms(webhook(US))).toMatchObject({ statusCode: 202 });
  expect(byTwilio).toMatchObject([{ provider: 'twilio', text: TEXT }]);
  expect(relay.received).toEqual([]);
});

test('what the queue holds takes the same route, and has its code', async () => {
  told.set('notify', 'transient');
  const answer = await relay.sms(webhook('+4915112345678'));
  expect(answer).toMatchObject({ statusCode: 202 });
  expect(providers()).toEqual([]);
  told.clear();
  // Whatever the delay, the entry is due by then.
  later = 60_000;
  expect(await relay.work()).toBe(1);
  expect(relay.received).toMatchObject([
    { provider: 'notify', text: expect.stringContaining('747723') as string },
  ]);
});

test('End User Messaging may hand it over until the passcode dies, and no longer', async () => {
  await relay.sms(webhook(US));
  const { TimeToLive } = JSON.parse(relay.received[0]?.raw ?? '{}') as { TimeToLive?: number };
  expect(TimeToLive).toBeGreaterThan(290);
  expect(TimeToLive).toBeLessThanOrEqual(300);
});

test("Notify's answer, which holds the code, leaves no trace", async () => {
  relay.lines.length = 0;
  await relay.sms(webhook('+4915112345678'));
  expect(providers()).toEqual(['notify']);
  expect(relay.lines.join('\n')).toContain('"provider":"notify"');
  expect(relay.lines.join('\n')).not.toContain('747723');
});
