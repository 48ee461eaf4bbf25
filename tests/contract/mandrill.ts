import { startMandrillLoopback } from '../../tools/loopback/mandrill.js';
import { overHttp, type ProviderContract } from './contract.js';

const apiKey = 'md-example';
const settings = (origin: string) => ({
  EMAIL_PROVIDER: 'mandrill',
  MANDRILL_API_KEY: apiKey,
  MANDRILL_API_URL: origin,
});
const { answering, misbehave, playedBy } = overHttp(settings);

interface Body {
  readonly message: {
    to: { email: string }[];
    from_email: string;
    from_name?: string;
    headers?: { 'Reply-To'?: string };
    subject: string;
    text?: string;
    html: string;
    tags?: string[];
  };
}

// Mailchimp Transactional API reference, "Send new message", error examples.
const ERRORS = [
  [401, 'Invalid_Key', -1, 'Invalid API key', 'misconfigured'],
  [500, 'Invalid_Key', -1, 'Invalid API key', 'misconfigured'],
  [402, 'PaymentRequired', 10, 'The requested feature requires payment.', 'misconfigured'],
  [404, 'Unknown_Subaccount', 12, "No subaccount exists with the id 'customer-123'", 'misconfigured'],
  [500, 'ValidationError', -2, 'Validation error: {"message":{"to":{"0":{"email":"x"}}}}', 'rejected'],
  [500, 'ValidationError', -2, 'Validation error: {"message":{"from_email":"x"}}', 'misconfigured'],
  [500, 'GeneralError', -99, 'An unexpected error occurred processing the request.', 'ambiguous'],
  [500, 'ServiceUnavailable', 1, 'The service is unavailable.', 'transient'],
] as const;

// As above, `reject_reason` of a recipient.
const REASONS = [
  ['hard-bounce', 'rejected'],
  ['soft-bounce', 'rejected'],
  ['spam', 'rejected'],
  ['unsub', 'rejected'],
  ['custom', 'rejected'],
  ['invalid', 'rejected'],
  ['rule', 'rejected'],
  ['invalid-sender', 'misconfigured'],
  ['unsigned', 'misconfigured'],
  ['test-mode-limit', 'misconfigured'],
] as const;

// As above, `queued_reason`: those for which a message leaves hours later, or not before a person acts.
const HELD = [
  'account-suspended',
  'free-trial-sends-exhausted',
  'hourly-quota-exhausted',
  'monthly-limit-reached',
  'sending-paused',
  'sending-suspended',
] as const;

const json = (status: number, body: unknown) =>
  answering({ status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
const recipient = (fields: object) => [{ email: 'user@example.com', _id: 'abc', ...fields }];

export const mandrill: ProviderContract = {
  name: 'mandrill',
  accept: playedBy((options) => startMandrillLoopback({ ...options, apiKey })),
  read: ({ raw }) => {
    const { message } = JSON.parse(raw) as Body;
    return Promise.resolve({
      to: message.to.map(({ email }) => email),
      from: { name: message.from_name ?? '', address: message.from_email },
      replyTo: Object.values(message.headers ?? {}),
      subject: message.subject,
      parts: [
        ...(message.text === undefined ? [] : [{ type: 'text/plain', content: message.text }]),
        { type: 'text/html', content: message.html },
      ],
      tags: message.tags ?? [],
    });
  },
  misbehave,
  refusals: [
    ...ERRORS.map(([status, name, code, message, kind]) => ({
      title: `${status} ${name}: ${message}`,
      start: () => json(status, { status: 'error', code, name, message }),
      kind,
      code: name,
    })),
    ...REASONS.map(([reason, kind]) => ({
      title: `200 rejected, ${reason}`,
      start: () => json(200, recipient({ status: 'rejected', reject_reason: reason })),
      kind,
      code: `rejected:${reason}`,
    })),
    ...HELD.map((reason) => ({
      title: `200 queued, ${reason}`,
      start: () => json(200, recipient({ status: 'queued', queued_reason: reason })),
      kind: 'misconfigured' as const,
      code: `queued:${reason}`,
    })),
    {
      title: '200 rejected, with more than a word',
      start: () => json(200, recipient({ status: 'rejected', reject_reason: 'user@example.com: 5928' })),
      kind: 'rejected',
      code: 'rejected:unknown',
    },
    {
      title: '200 invalid',
      start: () => json(200, recipient({ status: 'invalid', reject_reason: null })),
      kind: 'rejected',
      code: 'invalid',
    },
    {
      title: '200 with no recipient',
      start: () => json(200, []),
      kind: 'ambiguous',
      code: 'UNREADABLE',
    },
    {
      title: '200 that is not JSON',
      start: () => answering({ status: 200, body: '<html>' }),
      kind: 'ambiguous',
      code: 'UNREADABLE',
    },
    { title: '429 from a proxy', start: () => answering({ status: 429 }), kind: 'transient', code: '429' },
  ],
};
