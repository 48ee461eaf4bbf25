import { Refusal } from '../errors.js';

/** Fetches parameters, decrypted, by name. A parameter that does not exist is missing from the result. */
export type FetchParameters = (names: readonly string[]) => Promise<ReadonlyMap<string, string>>;

/** The values behind `ssm:` references, cached. */
export interface Secrets {
  /**
   * The values, at most {@link TTL_MS} old while the store answers. When it does not, those fetched last.
   *
   * @throws {Refusal} `secret_unavailable` when the store does not answer and nothing was ever fetched.
   */
  current(): Promise<ReadonlyMap<string, string>>;
  /** As `current`, but fetched anew, unless that was tried less than {@link RETRY_MS} ago. */
  refreshed(): Promise<ReadonlyMap<string, string>>;
}

/** So long may a value that was changed in the store still be in use. */
export const TTL_MS = 5 * 60_000;
/** So long the store is left alone after an attempt: neither an outage nor forged requests may call it each time. */
export const RETRY_MS = 30_000;

/**
 * A cache in front of the parameter store: one batch for all references, one fetch at a time.
 *
 * @param options.now milliseconds since the Unix epoch.
 * @param options.onFailure is told of each failed fetch, including those that cached values made good.
 */
export function createSecrets(options: {
  names: readonly string[];
  fetchParameters: FetchParameters;
  now: () => number;
  onFailure: (error: unknown) => void;
}): Secrets {
  const { names, fetchParameters, now, onFailure } = options;
  let values: ReadonlyMap<string, string> | undefined;
  let failure: unknown;
  let fetchedAt = -Infinity;
  let triedAt = -Infinity;
  let pending: Promise<void> | undefined;

  const fetchOnce = (): Promise<void> => {
    triedAt = now();
    pending ??= fetchParameters(names)
      .then((fetched) => {
        values = fetched;
        fetchedAt = now();
      })
      .catch((error: unknown) => {
        failure = error;
        onFailure(error);
      })
      .finally(() => {
        pending = undefined;
      });
    return pending;
  };

  const fetchIf = async (due: boolean): Promise<ReadonlyMap<string, string>> => {
    // Without any value there is nothing to serve, so waiting would only turn more users away.
    if (pending !== undefined || values === undefined || (due && now() - triedAt >= RETRY_MS))
      await fetchOnce();
    if (values === undefined) {
      throw new Refusal('secret_unavailable', 'parameter_store_unavailable', { cause: failure });
    }
    return values;
  };

  return {
    current: () => fetchIf(now() - fetchedAt >= TTL_MS),
    refreshed: () => fetchIf(true),
  };
}
