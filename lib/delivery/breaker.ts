/** Failures in a row that open the breaker. */
const FAILURES = 3;
/** How long an open breaker's provider is passed over before it is probed with one message. */
const OPEN_MS = 10_000;

/** Passes over a provider that keeps failing. Each sandbox has one per provider. */
export interface Breaker {
  /** False while the provider should be passed over; after a while, true for one caller, which probes it. */
  allows(): boolean;
  succeeded(): void;
  failed(): void;
}

/** @param now milliseconds on any clock. */
export function createBreaker(now: () => number): Breaker {
  let failures = 0;
  let openUntil = 0;
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
      openUntil = now() + OPEN_MS;
    },
  };
}
