import { createSecretKey } from 'node:crypto';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { requestKey } from '../../lib/relay/lease.js';
import { hashRecipient } from '../../lib/telemetry/log.js';
import { httpApiEvent, matchRoute } from '../../tools/ownid/event-shapes.js';
import { ownIdRequest, type OwnIdRequest } from '../../tools/ownid/ownid.js';
import { type Functions, type Logged, startFunctions } from './functions.js';
import type { RequestPlan, RunPlan } from './plan.js';
import { type Call, markOf, SECRET, startWorld, type World } from './world.js';

/** One post of a webhook and what came back; `undefined` where the function threw. */
export interface Post {
  readonly id: string;
  readonly at: number;
  readonly answeredAt: number;
  readonly status: number | undefined;
}

/** All that is known of one request in the end. Times are milliseconds since the Unix epoch. */
export interface Story {
  readonly plan: RequestPlan;
  readonly recipient: string;
  readonly deadline: number;
  readonly posts: readonly Post[];
  /** What the functions logged of it, in turn. */
  readonly logged: readonly Logged[];
  readonly calls: readonly Call[];
  /** When a provider accepted it. */
  readonly sends: readonly number[];
  /** Whether a batch with its entry crashed or was handed out twice. */
  readonly batchTroubled: boolean;
  readonly outage: boolean;
}

export interface RunResult {
  /** How late timers were at most, but for one in a hundred, in milliseconds: on a busy machine calls time out. */
  readonly timersLateMs: number;
  readonly stories: readonly Story[];
  readonly calls: readonly Call[];
  readonly metrics: Functions['metrics'];
}

const TTL_MS = 60_000;
const RETRY_MS = 300;
const secret = createSecretKey(Buffer.from(SECRET, 'base64'));

/** More requests than that wait: a busy machine plays a plan more slowly. */
const MAX_IN_FLIGHT = 100;

/** Plays a plan to its end: every deadline has passed, and the queue is empty. */
export async function run(plan: RunPlan): Promise<RunResult> {
  const delay = monitorEventLoopDelay({ resolution: 10 });
  delay.enable();
  const world = await startWorld(plan);
  const functions = startFunctions(world, plan.batches);
  const inTurn = createTurns(MAX_IN_FLIGHT);
  const startedAt = Date.now();
  const until = (at: number) => sleep(Math.max(0, startedAt + at - Date.now()));

  const outages = (async () => {
    for (const { service, at, ms } of [...plan.outages].sort((one, other) => one.at - other.at)) {
      await until(at);
      await world.refuse(service, true);
      await sleep(ms);
      await world.refuse(service, false);
    }
  })();
  const told = await Promise.all(
    plan.requests.map(async (request, number) => {
      await until(request.at);
      return await inTurn(() => tell(request, number, world, functions));
    }),
  );
  await outages;
  await sleep(Math.max(0, ...told.map(({ deadline }) => deadline - Date.now())));
  await drain(world);
  await functions.close();
  await world.close();

  const logged = groupBy(functions.logged, ({ requestId = '' }) => requestId.split('/')[0] ?? '');
  const calls = groupBy(world.calls, ({ request }) => String(request));
  const sends = groupBy(
    world.sent,
    ({ subject, text }) => /rq-(\d+)\./.exec(subject ?? text ?? '')?.[1] ?? '',
  );
  const stories = told.map(({ key, ...rest }, number): Story => ({
    ...rest,
    logged: logged.get(String(number)) ?? [],
    calls: calls.get(String(number)) ?? [],
    sends: (sends.get(String(number)) ?? []).map(({ receivedAt }) => receivedAt),
    batchTroubled: functions.troubled.has(key),
    outage: plan.outages.some(
      ({ at, ms }) => startedAt + at < rest.deadline && startedAt + at + ms + 100 > (rest.posts[0]?.at ?? 0),
    ),
  }));
  return {
    stories,
    calls: world.calls,
    metrics: functions.metrics,
    timersLateMs: delay.percentile(99) / 1e6,
  };
}

async function tell(plan: RequestPlan, number: number, world: World, functions: Functions) {
  const { channel, deadlineIn, copies } = plan;
  const deadline = Date.now() + deadlineIn;
  const to = recipientOf(plan, number);
  const text = `${markOf(number)} Your code is 5928`;
  const request = ownIdRequest({
    channel,
    app: '',
    payload:
      channel === 'email'
        ? { email: to, subject: text, body: '<p>Your code is 5928</p>' }
        : { phoneNumber: to, messageText: text, code: '5928' },
    secret,
    now: deadline - TTL_MS,
  });
  const key = requestKey(request.headers['ownid-signature'] ?? '');
  world.announce(key, number);

  const posts: Post[] = [];
  const post = async () => {
    const id = `${number}/${posts.length + 1}-${Math.random()}`;
    const at = Date.now();
    const status = await functions.invoke[channel](eventOf(request, id), { awsRequestId: id }).then(
      ({ statusCode }) => statusCode,
      () => undefined,
    );
    posts.push({ id, at, answeredAt: Date.now(), status });
    return status;
  };
  const postWithRetries = async () => {
    for (let left = plan.retries; (await post()) !== 202 && left > 0; left -= 1) await sleep(RETRY_MS);
  };
  await Promise.all([
    postWithRetries(),
    ...copies.map(async (delay) => {
      await sleep(delay);
      await post();
    }),
  ]);
  posts.sort((one, other) => one.at - other.at);
  return { plan, key, deadline, posts, recipient: hashRecipient(to, secret) };
}

function recipientOf({ channel, popular }: RequestPlan, number: number): string {
  if (channel === 'email')
    return popular === undefined ? `u${number}@example.com` : `popular${popular}@example.com`;
  return `+1415555${String(popular === undefined ? 2000 + number : 1000 + popular)}`;
}

export function eventOf({ path, headers, body }: OwnIdRequest, requestId: string) {
  const route = matchRoute(path);
  if (route === undefined) throw new Error(`No route: ${path}`);
  const parts = {
    method: 'POST',
    path,
    query: '',
    headers: [['host', 'localhost'], ...Object.entries(headers)] as const,
    body: Buffer.from(body),
    sourceIp: '127.0.0.1',
    requestId,
    time: Date.now(),
  };
  return httpApiEvent(parts, route);
}

/** Every entry is past its deadline: the worker drops it when it has it once more. */
async function drain({ queue, hurryQueue }: World): Promise<void> {
  const left = () => Object.values(queue.counts()).some((count) => count > 0);
  for (let round = 0; left() && round < 3; round += 1) {
    hurryQueue();
    for (let wait = 0; left() && wait < 50; wait += 1) await sleep(100);
  }
}

/** Runs at most so many tasks at a time. */
function createTurns(limit: number): <T>(task: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  let running = 0;
  return async (task) => {
    if (running === limit) await new Promise<void>((resolve) => waiting.push(resolve));
    else running += 1;
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running -= 1;
      else next();
    }
  };
}

function groupBy<T>(items: readonly T[], keyOfItem: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOfItem(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
