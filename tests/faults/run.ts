import { type Clock, sleep } from '../../lib/clock.js';
import { requestKey } from '../../lib/relay/lease.js';
import { httpApiEvent } from '../../tools/ownid/event-shapes.js';
import type { OwnIdRequest } from '../../tools/ownid/ownid.js';
import { matchRoute } from '../../tools/ownid/routes.js';
import { createChance } from '../simulation/random.js';
import { createPlan, createRoutes, type Plan } from './plan.js';
import type { Call, Service, Visit } from './record.js';
import { type Sandboxes, startSandboxes } from './sandboxes.js';
import { createWeather, type Tally } from './weather.js';
import { startWorld, type World } from './world.js';

/** One webhook and all that is known of it in the end. Times are milliseconds since the Unix epoch. */
export interface Story {
  readonly number: number;
  readonly channel: 'email' | 'sms';
  readonly route: readonly Service[];
  readonly deadline: number;
  /** Whether it may be above its recipient's cap. */
  readonly isPopular: boolean;
  readonly visits: readonly Visit[];
  readonly calls: readonly Call[];
}

export interface Run {
  readonly stories: readonly Story[];
  readonly calls: readonly Call[];
  readonly lines: Sandboxes['lines'];
  /** After that time nothing goes wrong any more. */
  readonly clearsAt: number;
  /** What is left in the queue, and what went to the dead-letter queue. */
  readonly left: number;
  readonly dead: readonly number[];
}

/** After an error OwnID posts a webhook again. */
const RETRY_MS = 300;

/** Begins a run of `size` webhooks that arrive within `stormMs`, at most 40 s, and in the calm after it. */
export async function startRun(options: {
  seed: number;
  size: number;
  stormMs: number;
  tally: Tally;
  clock: Clock;
}): Promise<{ readonly cleared: Promise<void>; readonly ended: Promise<Run> }> {
  const { seed, size, stormMs, tally, clock } = options;
  const chance = createChance(seed);
  const clearsAt = clock.now() + stormMs;
  const weather = createWeather(clock, { chance: createChance(seed + 1), tally, endsAt: clearsAt });
  const world = await startWorld({ weather, tally, clock });
  const routes = createRoutes(chance);
  const settings = Object.fromEntries(
    routes.map(({ app, channel, route }) => [
      `${channel.toUpperCase()}_PROVIDER__${app.toUpperCase()}`,
      route.join(),
    ]),
  );
  const sandboxes = startSandboxes(world, weather, { environment: settings, clock });
  const plans = Array.from({ length: size }, (_, number) =>
    createPlan(chance, number, { routes, clearsAt, stormMs }),
  );

  const ended = (async (): Promise<Run> => {
    await Promise.all(plans.map((plan) => play(plan, world, sandboxes, clock)));
    await sleep(clock, Math.max(0, ...plans.map(({ deadline }) => deadline - clock.now())));
    const left = () => Object.values(world.queue.counts()).reduce((sum, count) => sum + count, 0);
    for (let wait = 0; left() > 0 && wait < 120; wait += 1) await sleep(clock, 100);
    await sandboxes.close();
    const [visits, calls] = [byRequest(sandboxes.visits), byRequest(world.calls)];
    const stories = plans.map(({ number, channel, route, deadline, isPopular }): Story => ({
      ...{ number, channel, route, deadline, isPopular },
      visits: visits.get(number) ?? [],
      calls: calls.get(number) ?? [],
    }));
    const dead = world.deadLetterQueue.receive(1000).flatMap(({ body }) => world.requestsOf(body));
    await world.close();
    return { stories, calls: world.calls, lines: sandboxes.lines, clearsAt, left: left(), dead };
  })();
  return { cleared: sleep(clock, Math.max(0, clearsAt - clock.now())), ended };
}

function byRequest<T extends { readonly requests: readonly number[] }>(
  items: readonly T[],
): Map<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const item of items) {
    for (const request of item.requests) groups.set(request, [...(groups.get(request) ?? []), item]);
  }
  return groups;
}

async function play(
  plan: Plan,
  world: World,
  { post: posts, visits }: Sandboxes,
  clock: Clock,
): Promise<void> {
  const { number, channel, request, postedAt, copies, retries } = plan;
  await sleep(clock, Math.max(0, postedAt - clock.now()));
  world.announce(requestKey(request.headers['ownid-signature'] ?? ''), number);
  const post = () => posts[channel](eventOf(request, clock.now()), number);
  const isOver = () =>
    visits.some(
      ({ requests, by, status = 500 }) => by === 'webhook' && requests[0] === number && status < 500,
    );
  const persist = async () => {
    await post();
    for (let left = retries; left > 0 && !isOver(); left -= 1) {
      await sleep(clock, RETRY_MS);
      await post();
    }
  };
  const copy = async (delay: number) => {
    await sleep(clock, delay);
    await post();
  };
  await Promise.all([persist(), ...copies.map(copy)]);
}

function eventOf({ path, headers, body }: OwnIdRequest, time: number) {
  const route = matchRoute(path);
  if (route === undefined) throw new Error(`No route: ${path}`);
  const parts = {
    method: 'POST',
    path,
    query: '',
    headers: [['host', 'localhost'], ...Object.entries(headers)] as const,
    body: Buffer.from(body),
    sourceIp: '127.0.0.1',
    requestId: '',
    time,
  };
  return httpApiEvent(parts, route);
}
