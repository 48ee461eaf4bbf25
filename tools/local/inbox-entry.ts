import type { SmsSegments } from '../../lib/sms/segments.js';
import type { LogRecord } from '../../lib/telemetry/log.js';
import type { ReceivedMessage } from '../loopback/provider.js';
import type { ChannelName } from '../ownid/ownid.js';

/** A message that a provider accepted; of a text message also how it goes over the air. */
export interface InboxMessage extends ReceivedMessage, Partial<SmsSegments> {
  /** Unique in this inbox, and safe in a URL. */
  readonly id: string;
}

/** The members of a webhook's body that the page shows. */
export interface Claimed {
  readonly to?: string | undefined;
  readonly subject?: string | undefined;
  readonly text?: string | undefined;
}

type Headers = readonly (readonly [name: string, value: string])[];

/** What a function logged of one attempt. */
export interface Step extends LogRecord {
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
}

/**
 * A request to a webhook with all that came of it. A message that came by another way than the gateway
 * (`serverless invoke local`) has an entry without `request`.
 */
export interface InboxEntry {
  readonly id: string;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  /** Absent where no route matched. */
  readonly channel?: ChannelName | undefined;
  readonly app?: string | undefined;
  /** As in the request line: `POST`, `/email`. */
  readonly method?: string;
  readonly path?: string;
  /** In the order and case in which they came. */
  readonly headers?: Headers;
  /** The body as it was sent, cut off where it is very long. */
  readonly request?: string;
  /** What the request says, verified or not. */
  readonly claimed?: Claimed;
  /** The HTTP status; absent until the answer is there. */
  readonly status?: number;
  readonly latencyMs?: number;
  readonly answer?: { readonly headers: Headers; readonly body: string };
  /** How the latest attempt ended, and why. */
  readonly outcome?: string | undefined;
  readonly reason?: string | undefined;
  /** The webhook first, then what the queue made of it. */
  readonly steps: readonly Step[];
  /** Usually one; none where it was refused; two where an unconfirmed email was sent once more. */
  readonly messages: readonly InboxMessage[];
}

const MAX_CLAIM_CHARACTERS = 400;

/** What a webhook's body says, of whatever form it is. */
export function readClaims(body: string): Claimed {
  const short = (value: unknown) =>
    typeof value === 'string' ? value.slice(0, MAX_CLAIM_CHARACTERS) : undefined;
  try {
    const { email, phoneNumber, subject, messageText } = JSON.parse(body) as Record<string, unknown>;
    return { to: short(email ?? phoneNumber), subject: short(subject), text: short(messageText) };
  } catch {
    return {};
  }
}

/** Whether a provider's answer was lost, and no message was found yet that no log can name for that reason. */
export function lacksMessage({ steps, messages }: InboxEntry): boolean {
  const failures = steps.flatMap((step) => step.failures ?? []);
  const lost = failures.filter((failure) => failure.includes(':ambiguous:'));
  const named = new Set(steps.map(({ messageId }) => messageId));
  return lost.length > messages.filter(({ messageId }) => !named.has(messageId)).length;
}

/** Whether a message may have come of an entry, by its channel, recipient and time. */
export function mayBelong({ channel, to, receivedAt }: InboxMessage, entry: InboxEntry): boolean {
  const claimedTo = entry.claimed?.to?.toLowerCase();
  return entry.channel === channel && entry.at <= receivedAt && claimedTo === to.toLowerCase();
}
