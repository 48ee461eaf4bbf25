import { type Clock, systemClock } from '../../lib/clock.js';

/** A clock whose time a test moves on, while its timers are real ones; milliseconds since the Unix epoch. */
export interface TestClock extends Clock {
  time: number;
}

export function createClock(time = 1_700_000_000_000): TestClock {
  const clock = { time, now: () => clock.time, after: systemClock.after };
  return clock;
}
