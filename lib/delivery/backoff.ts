/** The ceiling of the delay doubles with each receive, up to this. */
const MAXIMUM_DELAY_SECONDS = 60;
/** As in `resources/state.yml`: after this many receives an entry goes to the dead-letter queue. */
export const MAX_RECEIVES = 16;
/** The last try comes 3.5 to 4.5 s before the deadline: late enough to see an outage end, early enough to be sent. */
const LAST_TRY_MS = 3500;

/** Whether a try with this much time left until the deadline is the last. */
export function isLastTry(remainingMs: number): boolean {
  return remainingMs < LAST_TRY_MS + 1000;
}

/**
 * How long an entry waits after that many receives: full jitter, so that the messages of an outage do not come back all
 * at once, but long enough that the remaining receives, a minute apart, last until the deadline.
 *
 * @param random between 0 and 1, as `Math.random`.
 * @param remainingMs until the deadline.
 * @returns whole seconds, or undefined after the last try.
 */
export function backoffSeconds(
  receives: number,
  random: () => number,
  remainingMs: number,
): number | undefined {
  if (isLastTry(remainingMs)) return undefined;
  const lastTry = Math.floor((remainingMs - LAST_TRY_MS) / 1000);
  const ceiling = Math.min(MAXIMUM_DELAY_SECONDS, 2 ** Math.min(receives, 10));
  const later = Math.max(0, MAX_RECEIVES - receives - 1) * MAXIMUM_DELAY_SECONDS;
  const delay = Math.max(1, Math.round(random() * ceiling), Math.ceil(remainingMs / 1000) - later);
  return Math.min(delay, lastTry);
}

/** A new entry is received within this many seconds. */
const FIRST_DELAY_SECONDS = 2;

/** How long a new entry waits, in whole seconds, and at most until its last try. */
export function firstDelaySeconds(random: () => number, remainingMs: number): number {
  const lastTry = Math.max(0, Math.floor((remainingMs - LAST_TRY_MS) / 1000));
  return Math.min(Math.round(random() * FIRST_DELAY_SECONDS), lastTry);
}
