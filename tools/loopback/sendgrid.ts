import { randomBytes } from 'node:crypto';
import { isAddress } from './address.js';
import { type ApiAnswer, type ApiCall, isObject, parseObject, startHttpLoopback } from './http-loopback.js';
import type { Loopback, LoopbackOptions } from './provider.js';

const PROVIDER = 'sendgrid';

/** Twilio SendGrid, v3 Mail Send: checks what its OpenAPI description demands, and that no tracking is on. */
export function startSendGridLoopback(options: LoopbackOptions & { apiKey: string }): Promise<Loopback> {
  return startHttpLoopback({
    ...options,
    provider: PROVIDER,
    answer: (call) => answer(call, options.apiKey),
    faults: {
      transient: refusal(429, 'too many requests'),
      rejected: refusal(400, 'Does not contain a valid address.', 'personalizations.0.to.0.email'),
      misconfigured: refusal(403, 'The from address does not match a verified Sender Identity.', 'from'),
    },
  });
}

function answer({ method, path, headers, body }: ApiCall, apiKey: string): ApiAnswer {
  if (path !== '/v3/mail/send') return refusal(404, 'Not Found');
  if (method !== 'POST') return refusal(405, 'method not allowed');
  if (headers.authorization !== `Bearer ${apiKey}`) {
    return refusal(401, 'The provided authorization grant is invalid, expired, or revoked');
  }
  if (!/^application\/json\b/.test(headers['content-type'] ?? '')) {
    return refusal(415, 'Content-Type should be application/json.');
  }
  const mail = parseObject(body);
  if (mail === undefined) return refusal(400, 'Bad Request');
  const fault = CHECKS.find(({ holds }) => !holds(mail));
  if (fault !== undefined) return refusal(400, fault.message, fault.field);

  const messageId = randomBytes(16).toString('base64url');
  const [{ to: [{ email: to = '' } = {}] = [] } = {}] = mail['personalizations'] as Personalization[];
  const { email = '', name } = mail['from'] as Person;
  const valueOf = (type: string) =>
    (mail['content'] as Content[]).find((content) => content.type === type)?.value as string | undefined;
  return {
    status: 202,
    headers: { 'x-message-id': messageId },
    message: {
      provider: PROVIDER,
      messageId,
      to,
      from: name === undefined ? email : `${name} <${email}>`,
      subject: mail['subject'] as string,
      text: valueOf('text/plain'),
      html: valueOf('text/html'),
    },
  };
}

interface Person {
  readonly email?: string;
  readonly name?: string;
}
interface Personalization {
  readonly to?: readonly Person[];
}
interface Content {
  readonly type?: unknown;
  readonly value?: unknown;
}
type Mail = Readonly<Record<string, unknown>>;

const FIELDS = new Set([
  'personalizations',
  'from',
  'reply_to',
  'subject',
  'content',
  'headers',
  'categories',
  'tracking_settings',
  'mail_settings',
]);

// Twilio SendGrid API reference, "Mail Send", request body; with what an OTP needs besides.
const CHECKS: readonly { field: string | null; message: string; holds: (mail: Mail) => boolean }[] = [
  {
    field: null,
    message: 'Additional property is not allowed',
    holds: (mail) => Object.keys(mail).every((name) => FIELDS.has(name)),
  },
  {
    field: 'personalizations',
    message: 'An OTP has one personalization with one recipient.',
    holds: ({ personalizations }) => isOneRecipient(personalizations),
  },
  {
    field: 'from.email',
    message: 'Does not contain a valid address.',
    holds: ({ from }) => isPerson(from),
  },
  {
    field: 'reply_to.email',
    message: 'Does not contain a valid address.',
    holds: ({ reply_to: replyTo }) => replyTo === undefined || isPerson(replyTo),
  },
  {
    field: 'subject',
    message: 'The subject is required and must be one line.',
    holds: ({ subject }) => typeof subject === 'string' && /^[^\r\n]+$/.test(subject),
  },
  {
    field: 'content',
    message: 'If present, text/plain and text/html may only be provided once, text/plain first.',
    holds: ({ content }) =>
      Array.isArray(content) &&
      /^(?:text\/plain,)?text\/html$/.test(content.map(({ type }: Content) => type).join()) &&
      content.every(({ value }: Content) => typeof value === 'string' && value !== ''),
  },
  {
    field: 'categories',
    message: 'At most 10 categories of at most 255 ASCII characters.',
    holds: ({ categories = [] }) =>
      Array.isArray(categories) &&
      categories.length <= 10 &&
      new Set(categories).size === categories.length &&
      categories.every((category) => typeof category === 'string' && /^[\x21-\x7e]{1,255}$/.test(category)),
  },
  {
    field: 'tracking_settings',
    message: 'An OTP must not be tracked.',
    holds: ({ tracking_settings: tracking }) =>
      ['click_tracking', 'open_tracking', 'subscription_tracking'].every((name) => {
        const setting = isObject(tracking) ? tracking[name] : undefined;
        return isObject(setting) && setting['enable'] === false;
      }),
  },
];

function isOneRecipient(value: unknown): boolean {
  if (!Array.isArray(value) || value.length !== 1 || !isObject(value[0])) return false;
  const { to, ...others } = value[0];
  return Array.isArray(to) && to.length === 1 && isPerson(to[0]) && Object.keys(others).length === 0;
}

function isPerson(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { email, name = '', ...others } = value;
  return isAddress(email) && typeof name === 'string' && Object.keys(others).length === 0;
}

function refusal(status: number, message: string, field: string | null = null): ApiAnswer {
  return { status, body: { errors: [{ message, field, help: null }] } };
}
