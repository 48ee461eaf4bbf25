import { randomUUID } from 'node:crypto';
import { awsConfig } from '../aws/config.js';
import { type Clock, systemClock } from '../clock.js';
import type { Dependencies } from '../channel.js';
import { type Caps, createCaps } from '../ledger/caps.js';
import { createLog, type Log, type LogSink } from '../telemetry/log.js';
import { createMeasure, type Measure } from '../telemetry/metrics.js';
import { createSqsQueue, type RetryQueue } from '../delivery/queue.js';
import type { Environment } from '../settings/settings.js';
import { createDynamoDbTable } from '../ledger/dynamodb.js';
import type { Ledger } from '../ledger/claim.js';
import { createLedger } from '../ledger/ledger.js';
import { createMemoryTable } from '../ledger/memory.js';
import type { LedgerTable } from '../ledger/table.js';
import { createTransport, type Transport } from '../net/transport.js';

/** What a function uses from outside; the defaults are those of a Lambda sandbox. */
export interface Surroundings {
  readonly environment: Environment;
  readonly clock?: Clock;
  /** Between 0 and 1, as `Math.random`. */
  readonly random?: () => number;
  /** Returns a different name each time. */
  readonly newId?: () => string;
  readonly logSink?: LogSink;
  /** Takes one line of CloudWatch's embedded metric format. */
  readonly writeMetric?: (line: string) => void;
  readonly transport?: Transport;
  /** In place of the table and the queue that the environment names. */
  readonly table?: LedgerTable;
  readonly queue?: RetryQueue;
}

/** What a function's sandbox makes once and shares among invocations. */
export interface Container {
  readonly environment: Environment;
  readonly clock: Clock;
  readonly random: () => number;
  readonly log: Log;
  readonly measure: Measure;
  readonly dependencies: Dependencies;
  readonly ledger: Ledger;
  readonly caps: Caps;
  /** Undefined where no queue is configured. */
  readonly queue: RetryQueue | undefined;
}

/** @param channel the channel to name in logs and metrics outside of a delivery. */
export function createContainer(channel: string, surroundings: Surroundings): Container {
  const { environment, clock = systemClock, random = Math.random, newId = randomUUID } = surroundings;
  const { logSink, writeMetric = toStdout, transport = createTransport() } = surroundings;
  const { QUEUE_URL: queueUrl, STATE_TABLE: tableName } = environment;
  const log = createLog(environment, logSink);
  const measure = createMeasure({
    service: environment['METRICS_SERVICE'] ?? 'otp-relay',
    write: writeMetric,
    now: clock.now,
  });
  const aws = awsConfig(environment, { transport, clock });
  if (!tableName && !surroundings.table) log('warn', { channel, reason: 'state_kept_in_memory' });
  const {
    table = tableName ? createDynamoDbTable(tableName, aws) : createMemoryTable(clock.now),
    queue = queueUrl ? createSqsQueue(queueUrl, aws) : undefined,
  } = surroundings;
  const onDown = () => {
    log('error', { channel, reason: 'state_store_down' });
    measure({ channel, count: 'stateStoreDown' });
  };

  return {
    environment,
    clock,
    random,
    log,
    measure,
    dependencies: { aws, transport, clock },
    ledger: createLedger({ table, clock, newId, onDown }),
    caps: createCaps({ table, clock, random, onDown }),
    queue,
  };
}

// Lambda's JSON log format would wrap console output, and CloudWatch reads metrics at top level only.
function toStdout(line: string): void {
  process.stdout.write(`${line}\n`);
}
