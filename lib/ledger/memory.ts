import type { LedgerTable, Row } from './table.js';

/** More than a sandbox handles in the minute in which a copy of a request can arrive. */
const MAX_ITEMS = 20_000;

interface Expiring {
  readonly expiresAt: number;
}

/** A table of this sandbox alone: used if none is configured, and for the caps while the shared one is down. */
export function createMemoryTable(now: () => number, maxItems = MAX_ITEMS): LedgerTable {
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
      else keep(rows, key, { row: next, expiresAt }, maxItems);
      return Promise.resolve({ done: true });
    },
    add: (key, amount, { limit, part, expiresAt }) => {
      const counted = [
        { item: key, limit },
        ...(part === undefined ? [] : [{ item: `${key}:${part.name}`, limit: part.limit }]),
      ].map((one) => ({ ...one, count: (live(counters.get(one.item))?.count ?? 0) + amount }));
      if (counted.some((one) => one.count < 0 || (amount > 0 && one.count > one.limit))) {
        return Promise.resolve(false);
      }
      for (const { item, count } of counted) keep(counters, item, { count, expiresAt }, maxItems);
      return Promise.resolve(true);
    },
  };
}

/** Drops the item written longest ago. Totals are written with every message, so they are never dropped. */
function keep<T>(items: Map<string, T>, key: string, item: T, maxItems: number): void {
  items.delete(key);
  items.set(key, item);
  const [oldest] = items.keys();
  if (items.size > maxItems && oldest !== undefined) items.delete(oldest);
}
