import type { Clock } from '../clock.js';
import { Refusal } from '../errors.js';

/**
 * Fetches parameters, decrypted, by name. A parameter that does not exist is missing from the result.
 *
 * @param retryUntil returns until when to ask a store again that does not answer or is over its quota, in milliseconds
 *   since the Unix epoch; called before each try.
 */
export type FetchParameters = (
  names: readonly string[],
  retryUntil: () => number,
) => Promise<ReadonlyMap<string, string>>;

/** The values behind `ssm:` references, cached. */
export interface Secrets {
  /**
   * The values. Once they are older than {@link TTL_MS}, they are refreshed while the caller goes on with them; once
   * older than {@link MAX_AGE_MS}, the caller waits for the refresh. While the store does not answer, the values
   * fetched last stay in use.
   *
   * @param until how long to wait if there are no values yet, in milliseconds since the Unix epoch.
   * @throws {Refusal} `secret_unavailable` when there are none by then.
   */
  current(until?: number): Promise<ReadonlyMap<string, string>>;
  /** Like `current`, but fetched again, unless {@link createAllowance} is used up. */
  refreshed(until?: number): Promise<ReadonlyMap<string, string>>;
}

/** From this age on, values are refreshed. */
export const TTL_MS = 5 * 60_000;
/** From this age on, which only a sandbox that was idle sees, a request waits for the refresh. */
export const MAX_AGE_MS = 10 * 60_000;
/** How long it waits for the refresh. */
export const GRACE_MS = 300;
/** How long the store is left alone after a refresh that failed. */
export const RETRY_MS = 30_000;
/** How long to wait for a caller that gives no `until`. */
const WAIT_MS = 1500;

/**
 * A cache in front of the parameter store: all references in one fetch, one fetch at a time.
 *
 * @param options.onFailure called once per failed fetch, even if cached values remain, and at the latest when a caller
 *   leaves without values.
 */
export function createSecrets(options: {
  names: readonly string[];
  fetchParameters: FetchParameters;
  clock: Clock;
  onFailure: (error: unknown) => void;
}): Secrets {
  const { names, fetchParameters, clock, onFailure } = options;
  const { now } = clock;
  const mayRefresh = createAllowance(now);
  let values: ReadonlyMap<string, string> | undefined;
  let failure: unknown;
  let fetchedAt = 0;
  let triedAt = 0;
  let retryUntil = 0;
  let pending: Promise<void> | undefined;
  let isReported = false;

  /** Each fetch that fails is reported once. */
  const report = (error: unknown): void => {
    if (!isReported) onFailure(error);
    isReported = true;
  };

  const fetchOnce = (): Promise<void> => {
    if (pending !== undefined) return pending;
    triedAt = now();
    isReported = false;
    // A sandbox with values can do without new ones, and leaves the quota to sandboxes without any.
    pending = fetchParameters(names, () => (values === undefined ? retryUntil : -Infinity))
      .then((fetched) => {
        values = fetched;
        // Since the start of the fetch: the values may be that old.
        fetchedAt = triedAt;
      })
      .catch((error: unknown) => {
        failure = error;
        report(error);
      })
      .finally(() => {
        pending = undefined;
      });
    return pending;
  };

  const wait = async (fetch: Promise<void>, until: number): Promise<void> => {
    let cancel: () => void = () => undefined;
    const late = new Promise<void>((resolve) => (cancel = clock.after(Math.max(0, until - now()), resolve)));
    await Promise.race([fetch, late]);
    cancel();
  };

  const held = (): ReadonlyMap<string, string> => {
    if (values !== undefined) return values;
    throw new Refusal('secret_unavailable', 'parameter_store_unavailable', { cause: failure });
  };

  const first = async (until: number): Promise<ReadonlyMap<string, string>> => {
    retryUntil = Math.max(retryUntil, until);
    await wait(fetchOnce(), until);
    // Lambda freezes a sandbox that has answered: a fetch that is still under way might never get to report its
    // failure.
    if (values === undefined) report(failure);
    return held();
  };

  return {
    current: async (until = now() + WAIT_MS) => {
      if (values === undefined) return first(until);
      const isPast = (age: number) => now() - fetchedAt >= age;
      const by = Math.min(until, now() + GRACE_MS);
      // A fetch under way may have been held up with its sandbox, and fail now or return values that are as old.
      if (pending !== undefined && isPast(MAX_AGE_MS)) await wait(pending, by);
      if (isPast(TTL_MS) && now() - triedAt >= RETRY_MS) {
        const refresh = fetchOnce();
        if (isPast(MAX_AGE_MS)) await wait(refresh, by);
      }
      return held();
    },
    refreshed: async (until = now() + WAIT_MS) => {
      if (values === undefined) return first(until);
      // A fetch under way may have been held up with its sandbox, and return values from long before this request.
      if (pending !== undefined) await wait(pending, until);
      if (pending === undefined && mayRefresh(triedAt)) await wait(fetchOnce(), until);
      return held();
    },
  };
}

/** Minimum time between two fetches that requests ask for. */
export const SPACING_MS = 5000;
/** How many may follow each other at that distance; after them, one in every {@link RETRY_MS}. */
export const BURST = 3;

/**
 * Limits the fetches that forged requests can cause, since the parameter store's quota is the account's. A single
 * forged request delays the fetch that an authentic one needs after a rotation by {@link SPACING_MS}; a flood of them
 * causes each sandbox no more than one fetch in {@link RETRY_MS}.
 */
function createAllowance(now: () => number): (triedAt: number) => boolean {
  let left = BURST;
  let countedAt = now();
  return (triedAt) => {
    left = Math.min(BURST, left + (now() - countedAt) / RETRY_MS);
    countedAt = now();
    if (left < 1 || now() - triedAt < SPACING_MS) return false;
    left -= 1;
    return true;
  };
}
