import type { DeliveryState, StateStore } from './store.js';

/** Expired entries are swept when so many writes have passed. */
const SWEEP_EVERY = 1000;

/** State of this container alone, for where no table is configured. */
export function createMemoryStore(now: () => number): StateStore {
  const deliveries = new Map<string, { readonly state: DeliveryState; readonly expiresAt: number }>();
  const counters = new Map<string, { count: number; readonly expiresAt: number }>();
  let writes = 0;

  const sweep = () => {
    writes += 1;
    if (writes % SWEEP_EVERY !== 0) return;
    for (const map of [deliveries, counters]) {
      for (const [key, { expiresAt }] of map) if (expiresAt <= now()) map.delete(key);
    }
  };

  return {
    isShared: false,
    // eslint-disable-next-line @typescript-eslint/require-await -- the interface is that of a remote store
    swap: async (key, expected, next, expiresAt) => {
      const stored = deliveries.get(key);
      const found = stored !== undefined && stored.expiresAt > now() ? stored.state : undefined;
      if (found?.stage !== expected?.stage || found?.holder !== expected?.holder)
        return { swapped: false, found };
      sweep();
      if (next === undefined) {
        deliveries.delete(key);
        return { swapped: true, state: undefined };
      }
      const state = { ...next, resent: next.resent ?? found?.resent ?? false };
      deliveries.set(key, { state, expiresAt });
      return { swapped: true, state };
    },
    // eslint-disable-next-line @typescript-eslint/require-await -- as above
    increment: async (key, limit, expiresAt) => {
      const counter = counters.get(key) ?? { count: 0, expiresAt };
      if (counter.count >= limit) return false;
      counter.count += 1;
      counters.set(key, counter);
      sweep();
      return true;
    },
    // eslint-disable-next-line @typescript-eslint/require-await -- as above
    decrement: async (key) => {
      const counter = counters.get(key);
      if (counter !== undefined) counter.count -= 1;
    },
  };
}
