import { randomBytes } from 'node:crypto';
import { isAddress } from './address.js';
import { type ApiAnswer, type ApiCall, isObject, parseObject, startHttpLoopback } from './http-loopback.js';
import type { Loopback, LoopbackOptions } from './provider.js';

const PROVIDER = 'mandrill';

/** Mailchimp Transactional (Mandrill), messages/send: an error is told by its name, and a refused recipient is a 200. */
export function startMandrillLoopback(options: LoopbackOptions & { apiKey: string }): Promise<Loopback> {
  return startHttpLoopback({
    ...options,
    provider: PROVIDER,
    answer: (call) => answer(call, options.apiKey),
    faults: {
      transient: failure(500, 1, 'ServiceUnavailable', 'The service is unavailable.'),
      rejected: { status: 200, body: [{ status: 'rejected', reject_reason: 'hard-bounce', _id: newId() }] },
      misconfigured: failure(402, 10, 'PaymentRequired', 'The requested feature requires payment.'),
    },
  });
}

type Fields = Readonly<Record<string, unknown>>;

function answer({ method, path, body }: ApiCall, apiKey: string): ApiAnswer {
  if (method !== 'POST' || path !== '/api/1.0/messages/send.json') {
    return failure(404, -99, 'Unknown_Method', 'Unknown method');
  }
  const { key, message, ...others } = parseObject(body) ?? {};
  if (typeof key !== 'string') return failure(500, -2, 'ValidationError', 'You must specify a key value');
  if (key !== apiKey) return failure(401, -1, 'Invalid_Key', 'Invalid API key');
  if (!isObject(message)) return invalid('message', 'Please enter an array');
  if (typeof message['subaccount'] === 'string') {
    return failure(
      404,
      12,
      'Unknown_Subaccount',
      `No subaccount exists with the id '${message['subaccount']}'`,
    );
  }
  const unknown = [...Object.keys(others), ...Object.keys(message).filter((name) => !FIELDS.has(name))][0];
  if (unknown !== undefined) return invalid(unknown, 'Unknown parameter');
  const fault = Object.entries(CHECKS).find(([, holds]) => !holds(message));
  if (fault !== undefined) return invalid(fault[0], 'Validation failed');

  const messageId = newId();
  const { to, from_email: from, from_name: name, subject, text, html } = message as unknown as Message;
  const email = to[0]?.email ?? '';
  return {
    status: 200,
    body: [{ email, status: 'sent', _id: messageId, reject_reason: null, queued_reason: null }],
    message: {
      provider: PROVIDER,
      messageId,
      to: email,
      from: name === undefined ? from : `${name} <${from}>`,
      subject,
      text,
      html,
    },
  };
}

interface Message {
  readonly to: readonly { email: string }[];
  readonly from_email: string;
  readonly from_name?: string;
  readonly subject: string;
  readonly text?: string;
  readonly html: string;
}

const FIELDS = new Set([
  'to',
  'from_email',
  'from_name',
  'subject',
  'text',
  'html',
  'headers',
  'tags',
  'track_opens',
  'track_clicks',
  'view_content_link',
]);

// Mailchimp Transactional API reference, "Send new message", parameters; with what an OTP needs besides.
const CHECKS: Readonly<Record<string, (message: Fields) => boolean>> = {
  to: ({ to }) =>
    Array.isArray(to) &&
    to.length === 1 &&
    isObject(to[0]) &&
    isAddress(to[0]['email']) &&
    to[0]['type'] === 'to',
  from_email: ({ from_email: from }) => isAddress(from),
  from_name: ({ from_name: name }) => name === undefined || typeof name === 'string',
  subject: ({ subject }) => typeof subject === 'string' && /^[^\r\n]+$/.test(subject),
  text: ({ text }) => text === undefined || (typeof text === 'string' && text !== ''),
  html: ({ html }) => typeof html === 'string' && html !== '',
  headers: ({ headers = {} }) => isObject(headers) && Object.values(headers).every(isAddress),
  tags: ({ tags = [] }) =>
    Array.isArray(tags) && tags.every((tag) => typeof tag === 'string' && /^[^_].{0,49}$/.test(tag)),
  track_opens: ({ track_opens: on }) => on === false,
  track_clicks: ({ track_clicks: on }) => on === false,
};

function invalid(field: string, problem: string): ApiAnswer {
  return failure(
    500,
    -2,
    'ValidationError',
    `Validation error: ${JSON.stringify({ message: { [field]: problem } })}`,
  );
}

function failure(status: number, code: number, name: string, message: string): ApiAnswer {
  return { status, body: { status: 'error', code, name, message } };
}

function newId(): string {
  return randomBytes(16).toString('hex');
}
