import fc from 'fast-check';
import type { HttpEvent } from '../../../lib/ownid/request.js';
import { EMAIL, signedEvent, SMS } from '../../support/event.js';
import { startTestRelay, type TestRelay } from '../../support/relay.js';

let relay: TestRelay;
beforeAll(async () => {
  const unlimited = {
    SMS_RANGE_DAILY_LIMIT: '*',
    SMS_COUNTRY_HOURLY_LIMIT: '*',
    SMS_DAILY_LIMIT: '*',
    SMS_ALLOWED_COUNTRIES: '*',
  };
  relay = await startTestRelay({ environment: unlimited });
});
afterAll(() => relay.close());

const hostile = fc.string({
  unit: fc.constantFrom(...Array.from('a1@.,;:<>()[]{}"\\%!\r\n\t \0\'+-_ü＠{}')),
});
const member = fc.oneof(hostile, fc.string({ unit: 'binary' }), fc.jsonValue());
const body = fc.oneof(
  fc.string(),
  fc.json(),
  fc
    .record(
      {
        email: fc.oneof(member, fc.emailAddress(), fc.constant(EMAIL.email)),
        subject: fc.oneof(member, fc.constant('Hello')),
        body: fc.oneof(
          member,
          fc.constant('<p>5928</p>'),
          fc.nat(5000).map((depth) => '<div>'.repeat(depth)),
        ),
        phoneNumber: fc.oneof(member, fc.constant(SMS.phoneNumber)),
        messageText: fc.oneof(member, fc.constant(SMS.messageText)),
        cc: member,
        bcc: fc.emailAddress(),
      },
      { requiredKeys: [] },
    )
    .map((value) => JSON.stringify(value)),
);
const channel = fc.constantFrom<'email' | 'sms'>('email', 'sms');

test('no signed body whatsoever yields a 5xx, and each yields one recipient at most', async () => {
  let accepted = 0;
  await fc.assert(
    fc.asyncProperty(channel, body, async (name, text) => {
      relay.calls.length = 0;
      const { statusCode } = await relay[name](signedEvent(text, { path: `/${name}` }));
      expect([202, 400, 413]).toContain(statusCode);
      expect(relay.calls).toHaveLength(statusCode === 202 ? 1 : 0);
      const [call] = relay.calls;
      if (call === undefined) return;
      accepted += 1;
      const recipients = Object.entries(call.fields).filter(([field]) => /Addresses|PhoneNumber/.test(field));
      expect(recipients).toHaveLength(1);
      expect(recipients[0]?.[1]).toMatch(/^(?:[^\s,;<>@]+@[a-z0-9.-]+|\+\d+)$/);
    }),
    { numRuns: 400 },
  );
  expect(accepted).toBeGreaterThan(10);
});

test('nothing is sent, and nothing but a refusal answered, without a valid signature', async () => {
  const header = fc.oneof(
    fc.string(),
    fc.constant(String(Date.now())),
    fc.base64String({ minLength: 44, maxLength: 44 }),
  );
  const event = fc.record<HttpEvent>({
    headers: fc.record({ 'ownid-timestamp': header, 'ownid-signature': header }, { requiredKeys: [] }),
    body: fc.oneof(body, fc.constant(JSON.stringify(EMAIL))),
    isBase64Encoded: fc.boolean(),
    rawPath: fc.oneof(fc.constant('/email'), fc.string()),
  });
  relay.calls.length = 0;
  await fc.assert(
    fc.asyncProperty(channel, event, async (name, request) => {
      const answer = await relay[name](request);
      expect(answer).toMatchObject({ statusCode: 401, body: '' });
    }),
    { numRuns: 500 },
  );
  expect(relay.calls).toHaveLength(0);
});

test('an event without any of its members is refused', async () => {
  expect(await relay.email({})).toMatchObject({ statusCode: 401, body: '' });
});
