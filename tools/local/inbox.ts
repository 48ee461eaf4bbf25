import { randomBytes } from 'node:crypto';
import { countSegments, type SmsSegments } from '../../lib/sms/segments.js';
import type { LogRecord } from '../../lib/telemetry/log.js';
import type { ReceivedMessage } from '../loopback/provider.js';
import type { ChannelName } from '../ownid/ownid.js';
import type { GatewayObserver } from './gateway.js';
import { readLogRecord } from './log-lines.js';

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

export type InboxChange =
  { readonly entry: InboxEntry } | { readonly removed: string } | { readonly restored: true };

/** What the gateway, the functions' logs and the loopback providers tell, put together. */
export interface Inbox extends GatewayObserver {
  readonly onMessage: (message: ReceivedMessage) => void;
  /** A line that a function wrote. */
  readonly onLogLine: (line: string) => void;
  /** Newest first. */
  entries(): readonly InboxEntry[];
  findEntry(id: string): InboxEntry | undefined;
  findMessage(id: string): InboxMessage | undefined;
  /** Empties the inbox; `restore` brings back what the latest `clear` removed. */
  clear(): void;
  restore(): void;
  /** Returns the function that ends the subscription. */
  subscribe(listener: (change: InboxChange) => void): () => void;
}

/** As much as the functions read of a body: more is a 413. */
const MAX_REQUEST_CHARACTERS = 256 * 1024;

/**
 * @param options.maxEntries and `maxBytes` bound what is kept; the oldest goes first.
 * @param options.earlier entries of a former run, oldest first.
 */
export function createInbox({
  maxEntries = 500,
  maxBytes = 16 * 1024 * 1024,
  earlier = [],
}: { maxEntries?: number; maxBytes?: number; earlier?: readonly InboxEntry[] } = {}): Inbox {
  // In the order in which they came; a Map keeps it when an entry is replaced.
  const entries = new Map<string, InboxEntry>();
  let cleared: readonly InboxEntry[] = [];
  // By the provider's message id: the entry that holds a message, and the one whose log names it.
  const holders = new Map<string, string>();
  const owners = new Map<string, string>();
  const listeners = new Set<(change: InboxChange) => void>();
  let bytes = 0;
  // Ids of this run differ from those of the entries of an earlier one.
  const run = randomBytes(3).toString('hex');
  let messageCount = 0;

  const publish = (change: InboxChange) => {
    listeners.forEach((listener) => {
      listener(change);
    });
  };
  const remove = (entry: InboxEntry) => {
    entries.delete(entry.id);
    bytes -= sizeOf(entry);
    entry.messages.forEach(({ messageId }) => holders.delete(messageId));
    entry.steps.forEach(({ messageId = '' }) => owners.delete(messageId));
    publish({ removed: entry.id });
  };
  const put = (entry: InboxEntry) => {
    const before = entries.get(entry.id);
    bytes += sizeOf(entry) - (before === undefined ? 0 : sizeOf(before));
    entries.set(entry.id, entry);
    entry.messages.forEach(({ messageId }) => holders.set(messageId, entry.id));
    publish({ entry });
    for (const oldest of entries.values()) {
      if (entries.size <= maxEntries && bytes <= maxBytes) break;
      if (oldest.id !== entry.id) remove(oldest);
    }
  };
  const add = (message: InboxMessage, entry: InboxEntry | undefined) => {
    const { id, channel, receivedAt: at } = message;
    const alone = { id: `message-${id}`, at, channel, steps: [], messages: [] };
    const target = entry ?? alone;
    put({ ...target, messages: [...target.messages, message] });
  };
  const move = (message: InboxMessage, from: InboxEntry, to: InboxEntry) => {
    const rest = from.messages.filter((other) => other !== message);
    if (rest.length === 0 && from.request === undefined) remove(from);
    else put({ ...from, messages: rest });
    add(message, to);
  };
  /** Gives an entry the messages that arrived before its log line could say that they are its own. */
  const claim = (entry: InboxEntry, messageId: string | undefined) => {
    const current = () => entries.get(entry.id) ?? entry;
    const holder = entries.get(holders.get(messageId ?? '') ?? '');
    const named = holder?.messages.find((message) => message.messageId === messageId);
    if (holder !== undefined && named !== undefined && holder.id !== entry.id) move(named, holder, current());

    for (const other of [...entries.values()]) {
      const [message] = other.messages;
      if (other.request !== undefined || message === undefined) continue;
      if (lacksMessage(current()) && mayBelong(message, current())) move(message, other, current());
    }
  };

  earlier.forEach(put);
  return {
    onRequest: ({ requestId, receivedAt, body, ...parts }) => {
      const text = body.toString('utf8');
      const request = text.slice(0, MAX_REQUEST_CHARACTERS);
      const claimed = readClaims(text);
      put({ id: requestId, at: receivedAt, ...parts, claimed, request, steps: [], messages: [] });
    },
    onAnswer: (requestId, { status, latencyMs, headers, body }) => {
      const entry = entries.get(requestId);
      if (entry !== undefined) put({ ...entry, status, latencyMs, answer: { headers, body } });
    },
    onMessage: (received) => {
      const segments = received.channel === 'sms' ? countSegments(received.text ?? '') : {};
      const message = { ...received, ...segments, id: `${run}-${++messageCount}` };
      const owner = entries.get(owners.get(message.messageId) ?? '');
      const newestFirst = [...entries.values()].reverse();
      add(message, owner ?? newestFirst.find((entry) => lacksMessage(entry) && mayBelong(message, entry)));
    },
    onLogLine: (line) => {
      const record = readLogRecord(line);
      const { requestId = '', outcome, reason, messageId } = record ?? {};
      const entry = entries.get(requestId);
      if (record === undefined || outcome === undefined || entry === undefined) return;
      if (messageId !== undefined) owners.set(messageId, requestId);
      put({ ...entry, outcome, reason, steps: [...entry.steps, { ...record, at: Date.now() }] });
      claim(entry, messageId);
    },
    entries: () => [...entries.values()].reverse(),
    findEntry: (id) => entries.get(id),
    findMessage: (id) => {
      const hasIt = ({ messages }: InboxEntry) => messages.some((message) => message.id === id);
      return [...entries.values()].find(hasIt)?.messages.find((message) => message.id === id);
    },
    clear: () => {
      if (entries.size > 0) cleared = [...entries.values()];
      [...entries.values()].forEach(remove);
    },
    restore: () => {
      const since = [...entries.values()];
      since.forEach((entry) => entries.delete(entry.id));
      bytes = 0;
      [...cleared, ...since].forEach(put);
      cleared = [];
      publish({ restored: true });
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Whether a provider's answer was lost, and no message was found yet that no log can name for that reason. */
function lacksMessage({ steps, messages }: InboxEntry): boolean {
  const failures = steps.flatMap((step) => step.failures ?? []);
  const lost = failures.filter((failure) => failure.includes(':ambiguous:'));
  const named = new Set(steps.map(({ messageId }) => messageId));
  return lost.length > messages.filter(({ messageId }) => !named.has(messageId)).length;
}

function mayBelong({ channel, to, receivedAt }: InboxMessage, entry: InboxEntry): boolean {
  const claimedTo = entry.claimed?.to?.toLowerCase();
  return entry.channel === channel && entry.at <= receivedAt && claimedTo === to.toLowerCase();
}

const MAX_CLAIM_CHARACTERS = 400;

function readClaims(body: string): Claimed {
  const short = (value: unknown) =>
    typeof value === 'string' ? value.slice(0, MAX_CLAIM_CHARACTERS) : undefined;
  try {
    const { email, phoneNumber, subject, messageText } = JSON.parse(body) as Record<string, unknown>;
    return { to: short(email ?? phoneNumber), subject: short(subject), text: short(messageText) };
  } catch {
    return {};
  }
}

function sizeOf({ request = '', messages }: InboxEntry): number {
  const parts = messages.flatMap(({ html, text, raw }) => [html, text, raw]);
  return 2 * [request, ...parts].reduce((sum, part = '') => sum + part.length, 0);
}
