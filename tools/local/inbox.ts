import { randomBytes } from 'node:crypto';
import { countSegments } from '../../lib/sms/segments.js';
import type { ReceivedMessage } from '../loopback/provider.js';
import { createEntryStore, type EntryStore } from './entry-store.js';
import type { GatewayObserver } from './gateway.js';
import { type InboxEntry, type InboxMessage, lacksMessage, mayBelong, readClaims } from './inbox-entry.js';
import { readLogRecord } from './log-lines.js';

/** What the gateway, the functions' logs and the loopback providers tell, put together. */
export interface Inbox extends GatewayObserver, Pick<EntryStore, 'clear' | 'restore' | 'subscribe'> {
  readonly onMessage: (message: ReceivedMessage) => void;
  /** A line that a function wrote. */
  readonly onLogLine: (line: string) => void;
  /** Newest first. */
  readonly entries: () => readonly InboxEntry[];
  readonly findEntry: (id: string) => InboxEntry | undefined;
  readonly findMessage: (id: string) => InboxMessage | undefined;
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
  const store = createEntryStore({ maxEntries, maxBytes });
  // Ids of this run differ from those of the entries of an earlier one.
  const run = randomBytes(3).toString('hex');
  let messageCount = 0;

  const newestFirst = () => store.all().toReversed();
  const add = (message: InboxMessage, entry: InboxEntry | undefined) => {
    const { id, channel, receivedAt: at } = message;
    const alone = { id: `message-${id}`, at, channel, steps: [], messages: [] };
    const target = entry ?? alone;
    store.put({ ...target, messages: [...target.messages, message] });
  };
  const move = (message: InboxMessage, from: InboxEntry, to: InboxEntry) => {
    const rest = from.messages.filter((other) => other !== message);
    if (rest.length === 0 && from.request === undefined) store.remove(from);
    else store.put({ ...from, messages: rest });
    add(message, to);
  };
  /** Gives an entry the messages that arrived before its log line could say that they are its own. */
  const claim = (entry: InboxEntry, messageId: string | undefined) => {
    const current = () => store.get(entry.id) ?? entry;
    const holder = store.holderOf(messageId);
    const named = holder?.messages.find((message) => message.messageId === messageId);
    if (holder !== undefined && named !== undefined && holder.id !== entry.id) move(named, holder, current());

    for (const other of lacksMessage(current()) ? store.all() : []) {
      const [message] = other.messages;
      if (other.request !== undefined || message === undefined) continue;
      if (lacksMessage(current()) && mayBelong(message, current())) move(message, other, current());
    }
  };

  earlier.forEach(store.put);
  return {
    onRequest: ({ requestId, receivedAt, body, ...parts }) => {
      const text = body.toString('utf8');
      const request = text.slice(0, MAX_REQUEST_CHARACTERS);
      const claimed = readClaims(text);
      store.put({ id: requestId, at: receivedAt, ...parts, claimed, request, steps: [], messages: [] });
    },
    onAnswer: (requestId, { status, latencyMs, headers, body }) => {
      const entry = store.get(requestId);
      if (entry !== undefined) store.put({ ...entry, status, latencyMs, answer: { headers, body } });
    },
    onMessage: (received) => {
      const segments = received.channel === 'sms' ? countSegments(received.text ?? '') : {};
      const message = { ...received, ...segments, id: `${run}-${++messageCount}` };
      const lacking = (entry: InboxEntry) => lacksMessage(entry) && mayBelong(message, entry);
      add(message, store.ownerOf(message.messageId) ?? newestFirst().find(lacking));
    },
    onLogLine: (line) => {
      const record = readLogRecord(line);
      const { requestId, outcome, reason, messageId } = record ?? {};
      const entry = store.get(requestId);
      if (record === undefined || outcome === undefined || entry === undefined) return;
      store.put({ ...entry, outcome, reason, steps: [...entry.steps, { ...record, at: Date.now() }] });
      claim(entry, messageId);
    },
    entries: newestFirst,
    findEntry: store.get,
    findMessage: (id) =>
      store
        .all()
        .flatMap(({ messages }) => messages)
        .find((message) => message.id === id),
    clear: store.clear,
    restore: store.restore,
    subscribe: store.subscribe,
  };
}
