import type { Deliver } from '../delivery/route.js';
import type { DeliveryErrorKind } from '../errors.js';
import type { HttpResponse } from '../net/exchange.js';
import type { Transport } from '../net/transport.js';
import {
  type Failure,
  foreignAnswer,
  jsonBody,
  membersOf,
  plainWord,
  postJson,
  UNREADABLE,
} from '../delivery/http-provider.js';
import type { EmailMessage } from './message.js';
import { toPlainText } from './plain-text.js';
import type { Sender } from './sender.js';
import { toLabel } from './tags.js';

export interface MandrillSettings {
  readonly sender: Sender;
  readonly apiKey: string;
  readonly apiUrl: URL;
}

const PROVIDER = 'mandrill';

/** Mailchimp Transactional (Mandrill) through its messages/send call. */
export function createMandrill(settings: MandrillSettings, transport: Transport): Deliver<EmailMessage> {
  const url = new URL('/api/1.0/messages/send.json', settings.apiUrl);
  return async (message, { deadline }) => {
    const payload = mandrillPayload(message, settings);
    const messageId = await postJson({ provider: PROVIDER, transport, url, payload, deadline, read });
    return { provider: PROVIDER, messageId };
  };
}

/** Mailchimp Transactional API reference, "Send new message". */
export function mandrillPayload(
  message: EmailMessage,
  { sender, apiKey }: Pick<MandrillSettings, 'sender' | 'apiKey'>,
) {
  const text = toPlainText(message.html);
  return {
    key: apiKey,
    message: {
      to: [{ email: message.to, type: 'to' }],
      from_email: sender.from,
      ...(sender.name !== undefined && { from_name: sender.name }),
      ...(sender.replyTo !== undefined && { headers: { 'Reply-To': sender.replyTo } }),
      subject: message.subject,
      ...(text !== '' && { text }),
      html: message.html,
      ...(message.tags?.length && { tags: message.tags.map(toLabel) }),
      // A one-time passcode must not be mailed with rewritten links or a tracking pixel, nor shown in Mandrill's log.
      track_opens: false,
      track_clicks: false,
      view_content_link: false,
    },
  };
}

// Mailchimp Transactional API reference, "Send new message", response and error examples.
const ACCEPTED = new Set<unknown>(['sent', 'queued', 'scheduled']);
/** Reasons for a rejection that are about the sender or its account. */
const ACCOUNT_REASONS = new Set<unknown>(['invalid-sender', 'unsigned', 'test-mode-limit']);
/** A message queued for one of these leaves in an hour, next month or never: too late for a passcode. */
const HELD_REASONS = new Set<unknown>([
  'account-suspended',
  'free-trial-sends-exhausted',
  'hourly-quota-exhausted',
  'monthly-limit-reached',
  'sending-paused',
  'sending-suspended',
]);
const ERRORS: ReadonlyMap<unknown, DeliveryErrorKind> = new Map([
  ['Invalid_Key', 'misconfigured'],
  ['PaymentRequired', 'misconfigured'],
  ['Unknown_Subaccount', 'misconfigured'],
  ['ValidationError', 'rejected'],
  ['ServiceUnavailable', 'transient'],
  ['GeneralError', 'ambiguous'],
]);

function read(response: HttpResponse): { result: string | undefined } | Failure {
  const json = jsonBody(response);
  if (response.status !== 200) return readError(response, json);

  const recipients: readonly unknown[] = Array.isArray(json) ? json : [];
  const { status, reject_reason: rejected, queued_reason: queued, _id: id } = membersOf(recipients[0]);
  if (status === 'queued' && HELD_REASONS.has(queued)) {
    return { kind: 'misconfigured', code: `queued:${String(queued)}` };
  }
  if (ACCEPTED.has(status)) return { result: plainWord(id) };
  if (status === 'invalid') return { kind: 'rejected', code: 'invalid' };
  if (status !== 'rejected') return { kind: 'ambiguous', code: UNREADABLE };
  return {
    kind: ACCOUNT_REASONS.has(rejected) ? 'misconfigured' : 'rejected',
    code: `rejected:${plainWord(rejected) ?? 'unknown'}`,
  };
}

/** The same error may come with a status of 4xx or of 500: only its name is reliable. */
function readError(response: HttpResponse, json: unknown): Failure {
  const { name, message } = membersOf(json);
  const kind = ERRORS.get(name);
  if (kind === undefined) return foreignAnswer(response);
  // These are the only fields of the request that hold settings.
  const isSenderAtFault =
    kind === 'rejected' && typeof message === 'string' && /\bfrom_(?:email|name)\b/.test(message);
  return { kind: isSenderAtFault ? 'misconfigured' : kind, code: String(name) };
}
