import type { SQSEvent } from 'aws-lambda';
import { emailChannel } from '../../lib/email/channel.js';
import type { LogRecord } from '../../lib/telemetry/log.js';
import { smsChannel } from '../../lib/sms/channel.js';
import type { QueueEntry } from '../../lib/delivery/queue.js';
import type { HttpEvent } from '../../lib/ownid/request.js';
import type { HttpResult } from '../../lib/ownid/response.js';
import { createWebhook } from '../../lib/relay/start/webhook-function.js';
import { workOf } from '../../lib/relay/receive.js';
import { createWorker, type QueueHandler } from '../../lib/relay/worker.js';
import type { Invocation } from '../../tools/local/container.js';
import { startQueuePoller } from '../../tools/local/queue-poller.js';
import type { BatchFate } from './plan.js';
import type { World } from './world.js';

/** A log record, and when it was written. */
export type Logged = LogRecord & { readonly at: number };

type Invoke = (event: HttpEvent, context: { awsRequestId: string }) => Promise<HttpResult>;

/** Containers of the three functions, each of which takes one event at a time, as in Lambda. */
export interface Functions {
  readonly invoke: Record<'email' | 'sms', Invoke>;
  readonly logged: readonly Logged[];
  /** How often each metric was counted. */
  readonly metrics: ReadonlyMap<string, number>;
  /** The delivery keys of entries whose batch did not simply pass. */
  readonly troubled: ReadonlySet<string>;
  /** Ends the worker when its batches have passed. */
  close(): Promise<void>;
}

/** Events after which a container is replaced, so that cold starts never end. */
const EVENTS_PER_CONTAINER = 40;
const WORKERS = 4;

export function startFunctions(world: World, batches: readonly BatchFate[]): Functions {
  const logged: Logged[] = [];
  const metrics = new Map<string, number>();
  const troubled = new Set<string>();
  /** @param working for whom the container works just now: what it logs of no request in particular is theirs. */
  const surroundings = (working: { ids: readonly string[] }) => {
    const take = (line: string) => {
      const record = JSON.parse(line) as LogRecord;
      const ids = record.requestId === undefined ? working.ids : [record.requestId];
      for (const requestId of ids) logged.push({ ...record, requestId, at: Date.now() });
    };
    return {
      environment: world.environment,
      logSink: { info: take, warn: take, error: take },
      writeMetric: (line: string) => {
        count(metrics, line);
      },
    };
  };
  const worker: QueueHandler = pooled(
    (working) => createWorker([workOf(emailChannel), workOf(smsChannel)], surroundings(working)),
    ({ Records }) => Records.map(({ body }) => (JSON.parse(body) as QueueEntry).requestId ?? ''),
  );
  const webhook = (channel: typeof emailChannel | typeof smsChannel): Invoke =>
    pooled<Parameters<Invoke>, HttpResult>(
      (working) => createWebhook(channel as typeof emailChannel, surroundings(working)).handler,
      (_, { awsRequestId }) => [awsRequestId],
    );

  let batch = 0;
  const invoke = async (event: SQSEvent): Promise<Invocation> => {
    const fate = batches[batch++] ?? 'handled';
    if (fate !== 'handled') for (const { body } of event.Records) troubled.add(keyOf(body));
    const [result] = await Promise.all([worker(event), fate === 'twice' ? worker(event) : undefined]);
    return fate === 'crashed' ? { ended: 'crashed' } : { ended: 'returned', result };
  };
  const poller = startQueuePoller({ queue: world.queue, invoke, concurrency: WORKERS });
  return {
    invoke: {
      email: webhook(emailChannel),
      sms: webhook(smsChannel),
    },
    logged,
    metrics,
    troubled,
    close: () => poller.close(),
  };
}

export function keyOf(body: string): string {
  return (JSON.parse(body) as { key: string }).key;
}

/** Many containers behind one: the one used last first, and another where all are busy. */
function pooled<Args extends unknown[], R>(
  create: (working: { ids: readonly string[] }) => (...args: Args) => Promise<R>,
  idsOf: (...args: Args) => readonly string[],
): (...args: Args) => Promise<R> {
  const start = () => {
    const working = { ids: [] as readonly string[] };
    return { working, handle: create(working), left: EVENTS_PER_CONTAINER };
  };
  const idle: ReturnType<typeof start>[] = [];
  return async (...args) => {
    const container = idle.pop() ?? start();
    container.working.ids = idsOf(...args);
    try {
      return await container.handle(...args);
    } finally {
      container.left -= 1;
      if (container.left > 0) idle.push(container);
    }
  };
}

/** Reads a line of CloudWatch's embedded metric format. */
function count(metrics: Map<string, number>, line: string): void {
  const { _aws, ...values } = JSON.parse(line) as {
    _aws: { CloudWatchMetrics: { Metrics: { Name: string }[] }[] };
  } & Record<string, unknown>;
  for (const { Name } of _aws.CloudWatchMetrics.flatMap(({ Metrics }) => Metrics)) {
    if (values[Name] === 1) metrics.set(Name, (metrics.get(Name) ?? 0) + 1);
  }
}
