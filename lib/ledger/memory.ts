import type { LedgerTable, Row } from './table.js';

/** More than a sandbox handles in the minute in which a copy of a request can arrive. */
const MAX_ITEMS = 20_000;

interface Expiring {
  readonly expiresAt: number;
}

/** A table of this sandbox alone: where none is configured, and for the caps while the shared one is down. */
export function createMemoryTable(now: () => number): LedgerTable {
  const rows = new Map<string, Expiring & { readonly row: Row }>();
  const counters = new Map<string, Expiring & { readonly count: number }>();

  const live = <T extends Expiring>(item: T | undefined): T | undefined =>
    item !== undefined && item.expiresAt > now() ? item : undefined;

  return {
    isShared: false,
    swap: (key, expected, next, { expiresAt }) => {
      const found = live(rows.get(key))?.row;
      if (found?.state !== expected?.state || found?.holder !== expected?.holder) {
        return Promise.resolve({ done: false, found });
      }
      if (next === undefined) rows.delete(key);
      else keep(rows, key, { row: next, expiresAt });
      return Promise.resolve({ done: true });
    },
    add: (key, amount, { limit, expiresAt }) => {
      const count = (live(counters.get(key))?.count ?? 0) + amount;
      if (count < 0 || (amount > 0 && count > limit)) return Promise.resolve(false);
      keep(counters, key, { count, expiresAt });
      return Promise.resolve(true);
    },
  };
}

/** Forgets what was written longest ago: a total, which is written with each message, never. */
function keep<T>(items: Map<string, T>, key: string, item: T): void {
  items.delete(key);
  items.set(key, item);
  const [oldest] = items.keys();
  if (items.size > MAX_ITEMS && oldest !== undefined) items.delete(oldest);
}
