/** Time as everything in `lib/` reads it and waits for it, so that another clock can stand in for the system's. */
export interface Clock {
  /** Milliseconds since the Unix epoch; they go on while the process is frozen. */
  readonly now: () => number;
  /** Runs `act` after that many milliseconds, unless the function it returns is called first. */
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
