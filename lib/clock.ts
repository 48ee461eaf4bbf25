/** The clock that all of `lib/` reads and waits on, so that another can replace the system's. */
export interface Clock {
  /** Milliseconds since the Unix epoch; the count goes on while the process is frozen. */
  readonly now: () => number;
  /** Runs `act` after `ms` milliseconds; the function it returns cancels that. */
  readonly after: (ms: number, act: () => void) => () => void;
}

export const systemClock: Clock = {
  now: Date.now,
  after: (ms, act) => {
    const timer = setTimeout(act, ms);
    return () => {
      clearTimeout(timer);
    };
  },
};

export function sleep(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.after(ms, resolve);
  });
}
