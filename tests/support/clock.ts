/** A clock that a test moves on; milliseconds since the Unix epoch. */
export interface TestClock {
  time: number;
  readonly now: () => number;
}

export function createClock(time = 1_700_000_000_000): TestClock {
  const clock = { time, now: () => clock.time };
  return clock;
}
