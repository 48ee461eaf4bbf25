import type { DeliveryErrorKind } from '../../lib/errors.js';
import { startTwilioLoopback } from '../../tools/loopback/twilio.js';
import { overHttp } from './contract.js';
import type { SmsContract } from './sms-contract.js';

const accountSid = `AC${'0'.repeat(32)}`;
const authToken = 'correct horse';
const service = `MG${'1'.repeat(32)}`;
const settings = (origin: string) => ({
  SMS_PROVIDER: 'twilio',
  TWILIO_ACCOUNT_SID: accountSid,
  TWILIO_AUTH_TOKEN: authToken,
  TWILIO_SENDER: '+15005550006',
  TWILIO_API_URL: origin,
});
const { answering, misbehave, playedBy } = overHttp(settings);

// Twilio's error dictionary; for a code that is not in it, the status decides.
const ERRORS: readonly [status: number, code: unknown, kind: DeliveryErrorKind][] = [
  [429, 20429, 'transient'],
  [400, 21611, 'transient'],
  [401, 20003, 'misconfigured'],
  [401, 10001, 'misconfigured'],
  [400, 21212, 'misconfigured'],
  [400, 21408, 'misconfigured'],
  [400, 21601, 'misconfigured'],
  [400, 21606, 'misconfigured'],
  [400, 21608, 'misconfigured'],
  [400, 21612, 'misconfigured'],
  [400, 21659, 'misconfigured'],
  [400, 21661, 'misconfigured'],
  [400, 21663, 'misconfigured'],
  [400, 21703, 'misconfigured'],
  [400, 21705, 'misconfigured'],
  [400, 30034, 'misconfigured'],
  [400, 14107, 'rejected'],
  [400, 21211, 'rejected'],
  [400, 21604, 'rejected'],
  [400, 21610, 'rejected'],
  [400, 21614, 'rejected'],
  [400, 21617, 'rejected'],
  [400, 21635, 'rejected'],
  [503, 20503, 'ambiguous'],
  [500, 20500, 'ambiguous'],
  [400, 99_999, 'rejected'],
  [403, 99_999, 'misconfigured'],
  [404, 20404, 'misconfigured'],
  [429, 99_999, 'transient'],
  // No error of Twilio's own: it may come from something in between, after the message was taken.
  [400, undefined, 'ambiguous'],
  [403, null, 'ambiguous'],
  [408, '20429', 'ambiguous'],
  [404, { constructor: 1 }, 'ambiguous'],
  [502, undefined, 'ambiguous'],
  // Twilio's documented limit.
  [429, undefined, 'transient'],
  [201, undefined, 'ambiguous'],
  [200, 20003, 'ambiguous'],
];

export const twilio: SmsContract = {
  name: 'twilio',
  features: {
    text: true,
    expiry: { least: 1 },
    senders: [
      { title: 'a number', country: 'US', settings: {}, sender: 'From +15005550006' },
      {
        title: 'a Messaging Service',
        country: 'US',
        settings: { TWILIO_SENDER: service },
        sender: `MessagingServiceSid ${service}`,
      },
      {
        title: "the country's own",
        country: 'GB',
        settings: { TWILIO_SENDER: `${service}, GB=Acme Shop` },
        sender: 'From Acme Shop',
      },
    ],
  },
  accept: playedBy((options) => startTwilioLoopback({ ...options, accountSid, authToken })),
  read: ({ raw }) => {
    const form = new URLSearchParams(raw);
    const senders = ['From', 'MessagingServiceSid'].filter((name) => form.has(name));
    return Promise.resolve({
      to: form.get('To') ?? '',
      text: form.get('Body') ?? '',
      sender: senders.map((name) => `${name} ${form.get(name) ?? ''}`).join(' and '),
      seconds: Number(form.get('ValidityPeriod')),
    });
  },
  misbehave,
  refusals: [
    ...ERRORS.map(([status, code, kind]) => ({
      title: `${status} ${JSON.stringify(code)}`,
      start: () =>
        answering({
          status,
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ code, message: 'horse', more_info: 'https://x', status }),
        }),
      kind,
    })),
    {
      title: 'a page of HTML with a status of 404',
      start: () => answering({ status: 404, body: '<html>' }),
      kind: 'ambiguous',
      code: '404',
    },
    {
      title: 'an answer cut off',
      start: () => answering('cut off'),
      kind: 'ambiguous',
      code: 'ECONNRESET',
    },
  ],
};
