import type { Clock } from '../clock.js';

/** The time at which an attempt ends. */
export interface Deadline {
  /** Aborts at that time, or as soon as the timer can fire after it. */
  readonly signal: AbortSignal;
  /**
   * Whether it is too late to send anything. Check this just before writing a message: in a process that was frozen or
   * blocked, network events arrive before its timers fire.
   */
  hasEnded(): boolean;
  /** Stops the timer behind `signal`. */
  clear(): void;
}

/** @param timeoutMs from now; a deadline of 0 or less has already ended. */
export function startDeadline(clock: Clock, timeoutMs: number): Deadline {
  const endsAt = clock.now() + timeoutMs;
  const controller = new AbortController();
  const abort = () => {
    controller.abort();
  };
  if (timeoutMs <= 0) abort();
  const { signal } = controller;
  return {
    signal,
    hasEnded: () => signal.aborted || clock.now() >= endsAt,
    clear: signal.aborted ? () => undefined : clock.after(timeoutMs, abort),
  };
}

/** Runs `use` with a deadline whose timer does not outlive it. */
export async function withDeadline<T>(
  clock: Clock,
  timeoutMs: number,
  use: (deadline: Deadline) => Promise<T>,
): Promise<T> {
  const deadline = startDeadline(clock, timeoutMs);
  try {
    return await use(deadline);
  } finally {
    deadline.clear();
  }
}
