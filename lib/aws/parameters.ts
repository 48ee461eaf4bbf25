import { sleep } from '../clock.js';
import { withDeadline } from '../net/deadline.js';
import type { FetchParameters } from '../settings/secrets.js';
import { type AwsConfig, readAwsFailure, unreadableAnswer } from './config.js';
import { ENDPOINTS } from './endpoints.js';

type Values = ReadonlyMap<string, string>;

/** Amazon SSM API reference, GetParameters: at most ten names per call. */
const BATCH = 10;
/** For one call. */
const TIMEOUT_MS = 1500;
/** When a call has no answer after this time, another is made beside it, over another connection. */
const STALL_MS = 500;
/**
 * The pause before a failed call is repeated doubles from this up to {@link MAX_PAUSE_MS}; jitter makes it up to three
 * times as long.
 */
const PAUSE_MS = 75;
const MAX_PAUSE_MS = 200;

/**
 * Reads parameters from the SSM Parameter Store, decrypted. The code for the calls is loaded when first needed.
 *
 * @param random between 0 and 1, as `Math.random`.
 */
export function createParameterFetch(aws: AwsConfig, random: () => number): FetchParameters {
  const { clock } = aws;
  const load = async () => {
    // Opens the connection meanwhile.
    void aws.transport.prepare(aws.endpointOf(ENDPOINTS.ssm));
    return (await import('./ssm.js')).createSsm(aws);
  };
  let loaded: ReturnType<typeof load> | undefined;

  const fetchBatch = async (names: readonly string[], values: Map<string, string>): Promise<void> => {
    const { getParameter, getParameters } = await (loaded ??= load());
    const [only = '', ...others] = names;
    const found = await withDeadline(clock, TIMEOUT_MS, async (deadline) => {
      // The call for a single name has ten times the quota (docs/scale.md).
      if (others.length > 0) {
        const answer = await getParameters({ Names: [...names], WithDecryption: true }, { deadline });
        return ofService(answer.Parameters, answer);
      }
      const answer = await getParameter({ Name: only, WithDecryption: true }, { deadline });
      return [ofService(answer.Parameter, answer)];
    }).catch((error: unknown) => {
      if ((error as Error).name === 'ParameterNotFound') return [];
      throw error;
    });
    for (const { Name, Value } of found) {
      if (Name !== undefined && Value !== undefined) values.set(Name, Value);
    }
  };

  const fetchAll = async (names: readonly string[]): Promise<Values> => {
    const values = new Map<string, string>();
    const batches = Array.from({ length: Math.ceil(names.length / BATCH) }, (_, index) =>
      names.slice(index * BATCH, (index + 1) * BATCH),
    );
    await Promise.all(batches.map((batch) => fetchBatch(batch, values)));
    return values;
  };

  return async (names, retryUntil) => {
    /** Rejects with its own call's error if none of the later calls succeeds either. */
    const attempt = (number: number): Promise<Values> => {
      const answer = fetchAll(names);
      const next = async (): Promise<Values> => {
        const outcome = await Promise.race([
          answer.then(
            () => 'settled',
            (error: unknown) => (mayPass(error) ? 'failed' : 'settled'),
          ),
          sleep(clock, STALL_MS).then(() => 'stalled'),
        ]);
        if (outcome === 'settled') return answer;
        const pause = outcome === 'stalled' ? 0 : Math.min(MAX_PAUSE_MS, PAUSE_MS * 2 ** number);
        const jittered = pause * (1 + 2 * random());
        if (clock.now() + jittered >= retryUntil()) return answer;
        await sleep(clock, jittered);
        return attempt(number + 1);
      };
      return Promise.any([answer, next()]).catch(() => answer);
    };
    return attempt(0);
  };
}

/** The service reports a missing parameter by an error or in another list: a success without a value is not its own. */
function ofService<T>(value: T | undefined, { $metadata }: { $metadata: { httpStatusCode?: number } }): T {
  if (value === undefined) throw unreadableAnswer($metadata);
  return value;
}

/** Whether the same call may succeed later: it does not if the account or the request is at fault. */
function mayPass(error: unknown): boolean {
  const { kind } = readAwsFailure(error);
  return kind === 'transient' || kind === 'ambiguous';
}
