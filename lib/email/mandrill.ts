import type { Deliver } from '../delivery/route.js';
import type { DeliveryErrorKind } from '../errors.js';
import type { HttpResponse } from '../net/exchange.js';
import type { Transport } from '../net/transport.js';
import { type Failure, jsonBody, plainWord, postJson, statusKind } from '../delivery/http-provider.js';
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
  return {
    key: apiKey,
    message: {
      to: [{ email: message.to, type: 'to' }],
      from_email: sender.from,
      ...(sender.name !== undefined && { from_name: sender.name }),
      ...(sender.replyTo !== undefined && { headers: { 'Reply-To': sender.replyTo } }),
      subject: message.subject,
      text: toPlainText(message.html),
      html: message.html,
      ...(message.tags?.length && { tags: message.tags.map(toLabel) }),
      // A rewritten link or a tracking pixel has no place beside a one-time passcode, nor its copy in their log.
      track_opens: false,
      track_clicks: false,
      view_content_link: false,
    },
  };
}

const ACCEPTED = new Set(['sent', 'queued', 'scheduled']);
/** Reasons for a rejection that are about the sender or its account. */
const ACCOUNT_REASONS = new Set(['invalid-sender', 'unsigned', 'test-mode-limit']);

function read(response: HttpResponse): { result: string | undefined } | Failure {
  const json = jsonBody(response);
  if (response.status !== 200) return readError(response.status, json);

  const recipients: readonly unknown[] = Array.isArray(json) ? json : [];
  const {
    status,
    reject_reason: reason,
    _id: id,
  } = (recipients[0] ?? {}) as Partial<Record<string, unknown>>;
  if (ACCEPTED.has(String(status))) return { result: plainWord(id) };
  if (status === 'invalid') return { kind: 'rejected', code: 'invalid' };
  if (status !== 'rejected') return { kind: 'ambiguous', code: 'UNREADABLE' };
  return {
    kind: ACCOUNT_REASONS.has(String(reason)) ? 'misconfigured' : 'rejected',
    code: `rejected:${plainWord(reason) ?? 'unknown'}`,
  };
}

const ERRORS: Readonly<Record<string, DeliveryErrorKind>> = {
  Invalid_Key: 'misconfigured',
  PaymentRequired: 'misconfigured',
  Unknown_Subaccount: 'misconfigured',
  ValidationError: 'rejected',
  GeneralError: 'transient',
  ServiceUnavailable: 'transient',
};

// The status is mostly 500, whatever is wrong: only the name tells.
function readError(status: number, json: unknown): Failure {
  const { name, message } = (json ?? {}) as Partial<Record<string, unknown>>;
  const kind = typeof name === 'string' ? ERRORS[name] : undefined;
  if (kind === undefined) return { kind: statusKind(status), code: String(status) };
  // The only fields of the request that hold settings.
  const isSenderAtFault = kind === 'rejected' && /\bfrom_(?:email|name)\b/.test(String(message));
  return { kind: isSenderAtFault ? 'misconfigured' : kind, code: String(name) };
}
