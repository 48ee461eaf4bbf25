import { awsConfig } from '../aws/config.js';
import { type Clock, systemClock } from '../clock.js';
import type { Dependencies } from '../channel.js';
import { createGuard, type Guard } from '../ledger/guard.js';
import { createLog, type Log, type LogSink } from '../telemetry/log.js';
import { createMeasure, type Measure } from '../telemetry/metrics.js';
import { createSqsQueue, type RetryQueue } from '../delivery/queue.js';
import { type Environment, readSettings } from '../settings/settings.js';
import { createDynamoDbStore } from '../ledger/dynamodb.js';
import { createMemoryStore } from '../ledger/memory.js';
import { createTransport, type Transport } from '../net/transport.js';

/** What the outside world is to a function; the defaults are those of a Lambda container. */
export interface Surroundings {
  readonly environment: Environment;
  readonly clock?: Clock;
  /** Between 0 and 1, as `Math.random`. */
  readonly random?: () => number;
  readonly logSink?: LogSink;
  /** Takes one line of CloudWatch's embedded metric format. */
  readonly writeMetric?: (line: string) => void;
  readonly transport?: Transport;
}

/** What a function's container makes once and shares among invocations. */
export interface Container {
  readonly environment: Environment;
  readonly clock: Clock;
  /** As `clock.now`. */
  readonly now: () => number;
  readonly random: () => number;
  readonly log: Log;
  readonly measure: Measure;
  readonly dependencies: Dependencies;
  readonly guard: Guard;
  /** Undefined where no queue is configured. */
  readonly queue: RetryQueue | undefined;
}

/** @param channel the dimension of what is measured outside of a delivery. */
export function createContainer(channel: string, surroundings: Surroundings): Container {
  const { environment, clock = systemClock, random = Math.random } = surroundings;
  const { logSink, writeMetric = toStdout } = surroundings;
  const { now } = clock;
  const { transport = createTransport() } = surroundings;
  const { QUEUE_URL: queueUrl, STATE_TABLE: tableName } = environment;
  const timeoutMs = readSettings({ app: '', values: environment }, (get) => get('STATE_TIMEOUT_MS'));
  const log = createLog(environment, logSink);
  const measure = createMeasure({
    service: environment['METRICS_SERVICE'] ?? 'otp-relay',
    write: writeMetric,
    now,
  });
  const aws = awsConfig(environment, { transport, clock });
  if (!tableName) log('warn', { channel, reason: 'state_kept_in_memory' });

  return {
    environment,
    clock,
    now,
    random,
    log,
    measure,
    dependencies: { aws, transport, clock },
    guard: createGuard({
      store: tableName ? createDynamoDbStore({ tableName, timeoutMs }, aws, now) : createMemoryStore(now),
      now,
      random,
      onStoreDown: () => {
        log('error', { channel, reason: 'state_store_down' });
        measure({ channel, count: 'stateStoreDown' });
      },
    }),
    queue: queueUrl ? createSqsQueue(queueUrl, aws) : undefined,
  };
}

// Lambda's JSON log format would wrap what goes through the console, and CloudWatch reads metrics at top level only.
function toStdout(line: string): void {
  process.stdout.write(`${line}\n`);
}
