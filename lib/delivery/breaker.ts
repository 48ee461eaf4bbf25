/** Failures in a row that open the breaker. */
const FAILURES = 3;
/** How long an open breaker's provider is passed over before it is probed with one message. */
const OPEN_MS = 10_000;

/** Passes over a provider that keeps failing; one for each provider and sandbox. */
export interface Breaker {
  /** False while the provider is to be passed over. True lets one caller through to probe it after a while. */
  allows(): boolean;
  succeeded(): void;
  failed(): void;
}

/** @param now milliseconds on any clock. */
export function createBreaker(now: () => number): Breaker {
  let failures = 0;
  let openUntil = -Infinity;
  return {
    allows: () => {
      if (failures < FAILURES) return true;
      if (now() < openUntil) return false;
      openUntil = now() + OPEN_MS;
      return true;
    },
    succeeded: () => {
      failures = 0;
    },
    failed: () => {
      failures += 1;
      if (failures >= FAILURES) openUntil = now() + OPEN_MS;
    },
  };
}
