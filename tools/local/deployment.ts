import { randomUUID } from 'node:crypto';
import { SettingsError } from '../../lib/errors.js';
import type { Environment } from '../../lib/settings/settings.js';
import { buildFunctions } from '../build/build.js';
import { countriesInUse, providersInUse } from '../stage/stage.js';
import type { LoopbackQueue } from '../loopback/queue.js';
import type { ChannelName } from '../ownid/ownid.js';
import { type LocalFunction, startFunction } from './functions.js';
import { startQueuePoller } from './queue-poller.js';

/** The functions of `serverless.yml`, running. */
export interface Deployment {
  readonly webhooks: Readonly<Record<ChannelName, LocalFunction>>;
  close(): Promise<void>;
}

/** So long API Gateway waits for a function (its developer guide, "Quotas for configuring and running an HTTP API"). */
const TIMEOUT_MS = 30_000;
/** As the function `retry` has it in `serverless.yml`. */
const RETRY_TIMEOUT_MS = 20_000;
/** Fewer batches at a time than in AWS: one machine is enough to send to itself. */
const RETRY_CONCURRENCY = 2;

/**
 * Builds the functions and starts them, the retry worker fed from the queue.
 *
 * @throws {SettingsError} listing the faulty settings of all functions.
 * @throws {FunctionLoadError}
 */
export async function startDeployment(options: {
  outdir: string;
  environment: Environment;
  queue: LoopbackQueue;
  onOutput: (line: string) => void;
}): Promise<Deployment> {
  const { outdir, environment, queue, onOutput } = options;
  await buildFunctions({
    outdir,
    providers: providersInUse(environment),
    countries: countriesInUse(environment),
  });
  // Where settings are faulty, the list of them says all that there is to say.
  const early: string[] = [];
  let onLine: (line: string) => void = (line) => early.push(line);
  const tellAll = () => {
    onLine = onOutput;
    early.forEach(onOutput);
  };
  const start = (name: string, timeoutMs: number) =>
    startFunction({
      bundle: `${outdir}/${name}.js`,
      environment,
      timeoutMs,
      onOutput: (line) => {
        onLine(line);
      },
    });
  const results = await Promise.allSettled([
    start('email', TIMEOUT_MS),
    start('sms', TIMEOUT_MS),
    start('retry', RETRY_TIMEOUT_MS),
  ]);
  const [email, sms, retry] = results;
  if (email.status === 'rejected' || sms.status === 'rejected' || retry.status === 'rejected') {
    // Only now that all have settled: a process that is still starting would be left behind.
    await Promise.all(results.map(async (result) => result.status === 'fulfilled' && result.value.close()));
    const isFault = (result: PromiseSettledResult<unknown>) =>
      result.status === 'fulfilled' || result.reason instanceof SettingsError;
    if (!results.every(isFault)) tellAll();
    throw reasonOf(results);
  }
  tellAll();

  const poller = startQueuePoller({
    queue,
    invoke: (event) => retry.value.invoke(event, randomUUID()),
    concurrency: RETRY_CONCURRENCY,
  });
  return {
    webhooks: { email: email.value, sms: sms.value },
    close: async () => {
      await Promise.all([poller, email.value, sms.value, retry.value].map((part) => part.close()));
    },
  };
}

/** Faulty settings of all functions together, so that they can be corrected in one go. */
function reasonOf(results: readonly PromiseSettledResult<unknown>[]): unknown {
  const reasons = results.map((result): unknown =>
    result.status === 'rejected' ? result.reason : undefined,
  );
  const faults = reasons.flatMap((reason) => (reason instanceof SettingsError ? reason.faults : []));
  return faults.length > 0
    ? new SettingsError([...new Set(faults)])
    : reasons.find((reason) => reason !== undefined);
}
