import type { InboxEntry } from './inbox-entry.js';

export type InboxChange =
  { readonly entry: InboxEntry } | { readonly removed: string } | { readonly restored: true };

/** The entries of an inbox, the newest of them and no more than there is room for. */
export interface EntryStore {
  readonly get: (id: string | undefined) => InboxEntry | undefined;
  /** Adds an entry, or replaces the one of the same id in its place. */
  readonly put: (entry: InboxEntry) => void;
  readonly remove: (entry: InboxEntry) => void;
  /** In the order in which they came. */
  readonly all: () => readonly InboxEntry[];
  /** The entry that holds the message to which a provider gave this id, and the one whose log names it. */
  readonly holderOf: (messageId: string | undefined) => InboxEntry | undefined;
  readonly ownerOf: (messageId: string | undefined) => InboxEntry | undefined;
  /** Removes all; `restore` brings back what the latest `clear` removed. */
  readonly clear: () => void;
  readonly restore: () => void;
  /** Returns the function that ends the subscription. */
  readonly subscribe: (listener: (change: InboxChange) => void) => () => void;
}

/** @param limits of what is kept; the oldest goes first. Bytes are those of the texts in memory. */
export function createEntryStore(limits: { maxEntries: number; maxBytes: number }): EntryStore {
  // In the order in which they came; a Map keeps it when an entry is replaced.
  const kept = new Map<string, { readonly entry: InboxEntry; readonly bytes: number }>();
  let cleared: readonly InboxEntry[] = [];
  // By the provider's message id, the ids of entries.
  const holders = new Map<string | undefined, string>();
  const owners = new Map<string | undefined, string>();
  const listeners = new Set<(change: InboxChange) => void>();
  let bytes = 0;

  const get = (id: string | undefined) => (id === undefined ? undefined : kept.get(id)?.entry);
  const all = () => [...kept.values()].map(({ entry }) => entry);
  const publish = (change: InboxChange) => {
    listeners.forEach((listener) => {
      listener(change);
    });
  };
  const remove = ({ id }: InboxEntry) => {
    const { entry, bytes: size } = kept.get(id) ?? {};
    if (entry === undefined || size === undefined) return;
    kept.delete(id);
    bytes -= size;
    entry.messages.forEach(({ messageId }) => holders.delete(messageId));
    entry.steps.forEach(({ messageId }) => owners.delete(messageId));
    publish({ removed: id });
  };
  const makeRoom = (latest: InboxEntry) => {
    for (const { entry } of kept.values()) {
      if (kept.size <= limits.maxEntries && bytes <= limits.maxBytes) return;
      if (entry.id !== latest.id) remove(entry);
    }
  };
  const put = (entry: InboxEntry) => {
    const size = sizeOf(entry);
    bytes += size - (kept.get(entry.id)?.bytes ?? 0);
    kept.set(entry.id, { entry, bytes: size });
    entry.messages.forEach(({ messageId }) => holders.set(messageId, entry.id));
    entry.steps.forEach(({ messageId }) => messageId !== undefined && owners.set(messageId, entry.id));
    publish({ entry });
    makeRoom(entry);
  };

  return {
    get,
    put,
    remove,
    all,
    holderOf: (messageId) => get(holders.get(messageId)),
    ownerOf: (messageId) => get(owners.get(messageId)),
    clear: () => {
      if (kept.size > 0) cleared = all();
      all().forEach(remove);
    },
    restore: () => {
      const since = all();
      kept.clear();
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

/** Two bytes a character is the most that a text takes. */
function sizeOf(entry: InboxEntry): number {
  return 2 * JSON.stringify(entry).length;
}
