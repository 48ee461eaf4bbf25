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
} from '../delivery/http-provider.js';
import type { EmailMessage } from './message.js';
import { toPlainText } from './plain-text.js';
import type { Sender } from './sender.js';
import { toLabel } from './tags.js';

export interface SendGridSettings {
  readonly sender: Sender;
  readonly apiKey: string;
  /** Depends on the account's region. */
  readonly apiUrl: URL;
}

const PROVIDER = 'sendgrid';

/** Twilio SendGrid through its v3 Mail Send endpoint. */
export function createSendGrid(settings: SendGridSettings, transport: Transport): Deliver<EmailMessage> {
  const url = new URL('/v3/mail/send', settings.apiUrl);
  const headers = { authorization: `Bearer ${settings.apiKey}` };
  return async (message, { deadline }) => {
    const payload = sendGridPayload(message, settings);
    const messageId = await postJson({
      provider: PROVIDER,
      transport,
      url,
      headers,
      payload,
      deadline,
      read,
    });
    return { provider: PROVIDER, messageId };
  };
}

/** Twilio SendGrid API reference, "Mail Send": `text/plain` comes first in `content`. */
export function sendGridPayload(message: EmailMessage, { sender }: Pick<SendGridSettings, 'sender'>) {
  const text = toPlainText(message.html);
  return {
    personalizations: [{ to: [{ email: message.to }] }],
    from: { email: sender.from, ...(sender.name !== undefined && { name: sender.name }) },
    ...(sender.replyTo !== undefined && { reply_to: { email: sender.replyTo } }),
    subject: message.subject,
    content: [
      ...(text === '' ? [] : [{ type: 'text/plain', value: text }]),
      { type: 'text/html', value: message.html },
    ],
    ...(message.tags?.length && { categories: message.tags.map(toLabel) }),
    // A one-time passcode must not be mailed with rewritten links or a tracking pixel.
    tracking_settings: {
      click_tracking: { enable: false, enable_text: false },
      open_tracking: { enable: false },
      subscription_tracking: { enable: false },
    },
  };
}

/** Twilio SendGrid API reference, "Errors", and the responses of "Mail Send". */
const ERRORS: ReadonlyMap<number, DeliveryErrorKind> = new Map([
  [400, 'rejected'],
  [401, 'misconfigured'],
  [403, 'misconfigured'],
  [404, 'misconfigured'],
  [405, 'misconfigured'],
  [413, 'rejected'],
  [415, 'misconfigured'],
]);

function read(response: HttpResponse): { result: string | undefined } | Failure {
  const { status, headers } = response;
  const messageId = headers['x-message-id'];
  // SendGrid gives an id to every message it accepts, and nothing else tells its 202 from a proxy's.
  if (status === 202 && messageId !== undefined) return { result: plainWord(messageId) };
  const errors = errorsOf(response);
  const kind = ERRORS.get(status);
  if (kind === undefined || errors.length === 0) return foreignAnswer(response);
  // A 400 names the field that is wrong, such as `from.email`.
  const isSenderAtFault = errors.some(
    ({ field }) => typeof field === 'string' && /^(?:from|reply_to)\b/.test(field),
  );
  return { kind: isSenderAtFault ? 'misconfigured' : kind, code: String(status) };
}

/** The errors of an answer in SendGrid's own format, `{ errors: [{ message, field, help }] }`. */
function errorsOf(response: HttpResponse): readonly { readonly field?: unknown }[] {
  const { errors } = membersOf(jsonBody(response));
  if (!Array.isArray(errors)) return [];
  return errors.map(membersOf).filter(({ message }) => typeof message === 'string');
}
