import type { SQSEvent } from 'aws-lambda';
import type { Clock } from '../../lib/clock.js';
import { emailChannel } from '../../lib/email/channel.js';
import { smsChannel } from '../../lib/sms/channel.js';
import type { HttpEvent } from '../../lib/ownid/request.js';
import type { Surroundings } from '../../lib/relay/container.js';
import { workOf } from '../../lib/relay/receive.js';
import { createWebhook } from '../../lib/relay/start/webhook-function.js';
import { createWorker } from '../../lib/relay/worker.js';
import { startQueuePoller } from '../../tools/local/queue-poller.js';
import type { Visit } from './record.js';
import type { Weather } from './weather.js';
import type { World } from './world.js';

/** The three functions, each in as many sandboxes as are busy at a time; each takes one event at a time, as in Lambda. */
export interface Sandboxes {
  /** Posts a webhook, and resolves when it is answered. */
  readonly post: Record<'email' | 'sms', (event: HttpEvent, request: number) => Promise<void>>;
  readonly visits: readonly Visit[];
  /** What the functions logged, by the visit in which they did. */
  readonly lines: ReadonlyMap<Visit, readonly string[]>;
  /** Ends the worker when its batches have passed. */
  close(): Promise<void>;
}

/** Events after which a sandbox is replaced, so that cold starts never end. */
const EVENTS_PER_SANDBOX = 40;
const WORKERS = 20;

export function startSandboxes(
  world: World,
  weather: Weather,
  { environment, clock }: { environment: Readonly<Record<string, string>>; clock: Clock },
): Sandboxes {
  const visits: Visit[] = [];
  const lines = new Map<Visit, string[]>();
  let count = 0;

  /** Starts a sandbox; what it does belongs to the visit that it is busy with. */
  const start = <E, R>(create: (surroundings: Surroundings) => (event: E) => Promise<R>) => {
    const sandbox = {
      number: (count += 1),
      eventsLeft: EVENTS_PER_SANDBOX,
      visit: undefined as Visit | undefined,
    };
    const log = (line: unknown) => {
      if (sandbox.visit !== undefined) lines.get(sandbox.visit)?.push(String(line));
    };
    const handle = create({
      environment: { ...world.environment, ...environment },
      clock,
      transport: world.transport(() => sandbox.visit),
      logSink: { info: log, warn: log, error: log },
      writeMetric: (line) => sandbox.visit?.metrics.push(...metricsIn(line)),
    });
    return Object.assign(sandbox, { handle });
  };
  /** A pool: the sandbox used last takes the next event, and a new one where all are busy. */
  const pool = <E, R>(by: Visit['by'], create: Parameters<typeof start<E, R>>[0]) => {
    const idle: ReturnType<typeof start<E, R>>[] = [];
    return async (event: E, requests: readonly number[], isTroubled = false) => {
      const sandbox = idle.pop() ?? start(create);
      const { number } = sandbox;
      const visit: Visit = { by, sandbox: number, requests, from: clock.now(), metrics: [], isTroubled };
      visits.push(visit);
      lines.set(visit, []);
      world.visits.add(visit);
      sandbox.visit = visit;
      try {
        return { visit, result: await sandbox.handle(event).catch(() => undefined) };
      } finally {
        visit.to = clock.now();
        world.visits.delete(visit);
        sandbox.visit = undefined;
        sandbox.eventsLeft -= 1;
        if (sandbox.eventsLeft > 0) idle.push(sandbox);
      }
    };
  };

  const webhooks = {
    email: pool('webhook', (surroundings) => createWebhook(emailChannel, surroundings).handler),
    sms: pool('webhook', (surroundings) => createWebhook(smsChannel, surroundings).handler),
  };
  const worker = pool('worker', (surroundings) =>
    createWorker([workOf(emailChannel), workOf(smsChannel)], surroundings),
  );
  const poller = startQueuePoller({
    queue: world.queue,
    concurrency: WORKERS,
    invoke: async (event: SQSEvent) => {
      const requests = event.Records.flatMap(({ body }) => world.requestsOf(body));
      const [isCrash, isTwice] = [weather.happens(0.03), weather.happens(0.03)];
      const receive = () => worker(event, requests, isCrash || isTwice);
      const [{ result }] = await Promise.all([receive(), isTwice ? receive() : undefined]);
      return isCrash ? { ended: 'crashed' } : { ended: 'returned', result };
    },
  });
  const postTo = (channel: 'email' | 'sms') => async (event: HttpEvent, request: number) => {
    const { visit, result } = await webhooks[channel](event, [request]);
    // It has none where the function threw.
    if (result !== undefined) visit.status = result.statusCode;
  };
  return {
    post: { email: postTo('email'), sms: postTo('sms') },
    visits,
    lines,
    close: () => poller.close(),
  };
}

/** The metrics in a line of CloudWatch's embedded metric format. */
function metricsIn(line: string): string[] {
  const { _aws, ...values } = JSON.parse(line) as {
    _aws: { CloudWatchMetrics: { Metrics: { Name: string }[] }[] };
  } & Record<string, unknown>;
  return _aws.CloudWatchMetrics.flatMap(({ Metrics }) => Metrics.map(({ Name }) => Name)).filter(
    (name) => values[name] === 1,
  );
}
