import type { Clock } from '../../lib/clock.js';

/** A clock whose time passes only while nothing else can happen. Milliseconds since the Unix epoch. */
export interface VirtualClock extends Clock {
  /** Runs what was scheduled, in order, until `promise` is settled. */
  until<T>(promise: Promise<T>): Promise<T>;
  /** As for a process that was frozen: time has passed, and nothing ran. */
  freeze(ms: number): void;
  /** Lets that much time pass. */
  pass(ms: number): Promise<void>;
}

export function createVirtualClock(start = 1_700_000_000_000): VirtualClock {
  let time = start;
  let order = 0;
  const timers = new Map<number, { readonly at: number; readonly act: () => void }>();

  // Promise jobs that follow from what has happened run before the next turn of the event loop.
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  const next = () => [...timers].sort(([a, one], [b, other]) => one.at - other.at || a - b)[0];
  const runNext = (latest: number): boolean => {
    const [key, timer] = next() ?? [];
    if (key === undefined || timer === undefined || timer.at > latest) return false;
    timers.delete(key);
    time = Math.max(time, timer.at);
    timer.act();
    return true;
  };

  return {
    now: () => time,
    after: (ms, act) => {
      const key = (order += 1);
      timers.set(key, { at: time + Math.max(0, ms), act });
      return () => {
        timers.delete(key);
      };
    },
    freeze: (ms) => {
      time += ms;
    },
    until: async (promise) => {
      const state = { isSettled: false };
      const settled = () => {
        state.isSettled = true;
      };
      promise.then(settled, settled);
      for (;;) {
        await settle();
        if (state.isSettled) return promise;
        if (!runNext(Infinity)) throw new Error('nothing is scheduled, and the promise is not settled');
      }
    },
    pass: async (ms) => {
      const end = time + ms;
      do await settle();
      while (runNext(end));
      time = end;
    },
  };
}
