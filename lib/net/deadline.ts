const clocks = new WeakMap<AbortSignal, () => boolean>();

/** Ends a delivery's attempt at a time. */
export interface Deadline {
  /** Aborts then, or as soon afterwards as the process hears of it. */
  readonly signal: AbortSignal;
  readonly clear: () => void;
}

/** @param now milliseconds on any clock that goes on while the process is held up. */
export function startDeadline(timeoutMs: number, now: () => number): Deadline {
  const endsAt = now() + timeoutMs;
  const controller = new AbortController();
  const timer = setTimeout(() => {
    controller.abort();
  }, timeoutMs);
  clocks.set(controller.signal, () => now() >= endsAt);
  return {
    signal: controller.signal,
    clear: () => {
      clearTimeout(timer);
    },
  };
}

/**
 * Whether nothing may be sent any more. To be asked just before a message is written: a process that was frozen or held
 * up hears of the network before it hears of its timers.
 */
export function hasEnded(signal: AbortSignal): boolean {
  return signal.aborted || clocks.get(signal)?.() === true;
}
