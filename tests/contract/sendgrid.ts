import { startSendGridLoopback } from '../../tools/loopback/sendgrid.js';
import { overHttp, type ProviderContract } from './contract.js';

const apiKey = 'SG.example';
const settings = (origin: string) => ({
  EMAIL_PROVIDER: 'sendgrid',
  SENDGRID_API_KEY: apiKey,
  SENDGRID_API_URL: origin,
});
const { answering, misbehave, playedBy } = overHttp(settings);

interface Body {
  readonly personalizations: {
    to: { email: string }[];
    cc?: { email: string }[];
    bcc?: { email: string }[];
  }[];
  readonly from: { email: string; name?: string };
  readonly reply_to?: { email: string };
  readonly subject: string;
  readonly content: { type: string; value: string }[];
  readonly categories?: string[];
}

// Twilio SendGrid API reference, "Errors" and "Mail Send", responses.
const ERRORS = [
  [400, 'Does not contain a valid address.', 'personalizations.0.to.0.email', 'rejected'],
  [400, 'The subject is required.', 'subject', 'rejected'],
  [400, 'Does not contain a valid address.', 'from.email', 'misconfigured'],
  [400, 'Does not contain a valid address.', 'reply_to', 'misconfigured'],
  [400, 'Bad Request', null, 'rejected'],
  [401, 'The provided authorization grant is invalid, expired, or revoked', null, 'misconfigured'],
  [401, 'Maximum credits exceeded', null, 'misconfigured'],
  [403, 'The from address does not match a verified Sender Identity.', 'from', 'misconfigured'],
  [403, 'access forbidden', null, 'misconfigured'],
  [404, 'not found', null, 'misconfigured'],
  [405, 'method not allowed', null, 'misconfigured'],
  [413, 'The JSON payload you have included in your request is too large.', null, 'rejected'],
  [415, 'Content-Type should be application/json.', null, 'misconfigured'],
  [429, 'too many requests', null, 'transient'],
  [500, 'An error occurred on a SendGrid server.', null, 'ambiguous'],
  [503, 'The SendGrid v3 Web API is not available.', null, 'ambiguous'],
] as const;

export const sendgrid: ProviderContract = {
  name: 'sendgrid',
  accept: playedBy((options) => startSendGridLoopback({ ...options, apiKey })),
  read: ({ raw }) => {
    const body = JSON.parse(raw) as Body;
    return Promise.resolve({
      to: body.personalizations.flatMap(({ to, cc = [], bcc = [] }) =>
        [...to, ...cc, ...bcc].map(({ email }) => email),
      ),
      from: { name: body.from.name ?? '', address: body.from.email },
      replyTo: body.reply_to === undefined ? [] : [body.reply_to.email],
      subject: body.subject,
      parts: body.content.map(({ type, value }) => ({ type, content: value })),
      tags: body.categories ?? [],
    });
  },
  misbehave,
  refusals: [
    ...ERRORS.map(([status, message, field, kind]) => ({
      title: `${status} ${message} (${String(field)})`,
      start: () =>
        answering({
          status,
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ errors: [{ message, field, help: null }] }),
        }),
      kind,
      code: String(status),
    })),
    {
      title: '202 without an id, which is not its own',
      start: () => answering({ status: 202 }),
      kind: 'ambiguous',
      code: '202',
    },
    {
      title: '200, which is the sandbox',
      start: () => answering({ status: 200 }),
      kind: 'ambiguous',
      code: '200',
    },
    {
      title: 'an answer cut off',
      start: () => answering('cut off'),
      kind: 'ambiguous',
      code: 'ECONNRESET',
    },
  ],
};
