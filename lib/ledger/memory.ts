import type { LedgerTable, Row } from './table.js';

/** Expired items are swept every so many writes. */
const SWEEP_EVERY = 1000;

/** A table of this sandbox alone: where none is configured, and for the caps while the shared one is down. */
export function createMemoryTable(now: () => number): LedgerTable {
  const rows = new Map<string, { readonly row: Row; readonly expiresAt: number }>();
  const counters = new Map<string, { readonly count: number; readonly expiresAt: number }>();
  let writes = 0;

  const sweep = () => {
    writes += 1;
    if (writes % SWEEP_EVERY !== 0) return;
    for (const map of [rows, counters]) {
      for (const [key, { expiresAt }] of map) if (expiresAt <= now()) map.delete(key);
    }
  };
  const live = <T extends { readonly expiresAt: number }>(item: T | undefined): T | undefined =>
    item !== undefined && item.expiresAt > now() ? item : undefined;

  return {
    isShared: false,
    swap: (key, expected, next, { expiresAt }) => {
      const found = live(rows.get(key))?.row;
      if (found?.state !== expected?.state || found?.holder !== expected?.holder) {
        return Promise.resolve({ done: false, found });
      }
      sweep();
      if (next === undefined) rows.delete(key);
      else rows.set(key, { row: next, expiresAt });
      return Promise.resolve({ done: true });
    },
    add: (key, amount, { limit, expiresAt }) => {
      const count = (live(counters.get(key))?.count ?? 0) + amount;
      if (count < 0 || (amount > 0 && count > limit)) return Promise.resolve(false);
      sweep();
      counters.set(key, { count, expiresAt });
      return Promise.resolve(true);
    },
  };
}
