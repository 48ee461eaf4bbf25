import { withDeadline } from '../net/deadline.js';
import type { AwsConfig } from './config.js';
import { ENDPOINTS } from './endpoints.js';
import type { FetchParameters } from '../settings/secrets.js';

/** Amazon SSM API reference, GetParameters: at most ten names a call. */
const BATCH = 10;
const TIMEOUT_MS = 1500;

/** Reads parameters from the SSM Parameter Store, decrypted; what that takes is loaded when it is first needed. */
export function createParameterFetch(aws: AwsConfig): FetchParameters {
  const load = async () => {
    // The connection is opened meanwhile.
    void aws.transport.prepare(aws.endpointOf(ENDPOINTS.ssm));
    return (await import('./ssm.js')).createSsm(aws);
  };
  let loaded: ReturnType<typeof load> | undefined;

  return async (names) => {
    const { getParameters } = await (loaded ??= load());
    const values = new Map<string, string>();
    const fetchBatch = async (batch: string[]) => {
      const { Parameters = [] } = await withDeadline(aws.clock, TIMEOUT_MS, (deadline) =>
        getParameters({ Names: batch, WithDecryption: true }, { deadline }),
      );
      for (const { Name, Value } of Parameters) {
        if (Name !== undefined && Value !== undefined) values.set(Name, Value);
      }
    };
    const batches = Array.from({ length: Math.ceil(names.length / BATCH) }, (_, index) =>
      names.slice(index * BATCH, (index + 1) * BATCH),
    );
    await Promise.all(batches.map(fetchBatch));
    return values;
  };
}
