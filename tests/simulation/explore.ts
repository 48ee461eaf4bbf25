import { hash } from 'node:crypto';
import type { Event } from './agenda.js';
import { type Director, type Fate, FINE, type Service } from './fate.js';
import { type Breach, judge } from './judge.js';
import type { Visit, Webhook } from './history.js';
import { Path } from './path.js';
import { PROVIDERS } from './providers.js';
import { AT_A_PROVIDER, EVERYWHERE } from './small-fates.js';
import type { SmallWorld } from './small-worlds.js';
import { rotateSecret, type Signed, START, World } from './world.js';

/*
 * Every order of events is run, with two reductions. What a sandbox hears is invisible to all others until it makes its
 * next request, so answers and timers are taken at once and only the order in which requests arrive at a service is a
 * choice. And a world whose table, queue, clock, pending events, remaining faults and memories of sandboxes are as in
 * one that was explored before has the same future, so it is left if the judge was also told the same of its past: a
 * sandbox's memory is a function of what it has heard and when, since its clock, its names and its random numbers are.
 * Time passes only when no request is on its way; that a request or its answer takes long is a fault.
 */

/** Broken rules, and one of the schedules that break each. */
export type Broken = ReadonlyMap<string, { count: number; detail: string; schedule: string }>;

export interface Explored {
  readonly schedules: number;
  readonly states: number;
  readonly transitions: ReadonlySet<string>;
  readonly broken: Broken;
}

const TIME_BUDGET_MS = 1500;
const TTL_MS = 600_000;
const WINDOW_MS = 86_400_000;
const NO_OUTAGES: ReadonlyMap<Service, number> = new Map();
/** Longer than any lease. */
const LATE_POLL_MS = 4500;
/** When all that befalls a world is over, but for the outages that it is given. */
const CLEARS_AFTER_MS = 300_000;

class Pruned extends Error {}

/**
 * Runs every schedule of a small world.
 *
 * @param faults how many of any kind may come on top of what is given.
 * @param options.stopsAtFirst whether the rest is left once a rule was broken.
 */
export async function explore(
  small: SmallWorld,
  faults: number,
  { stopsAtFirst = false }: { stopsAtFirst?: boolean } = {},
): Promise<Explored> {
  const seen = new Set<string>();
  const transitions = new Set<string>();
  const broken = new Map<string, { count: number; detail: string; schedule: string }>();
  let schedules = 0;
  for (let path: Path | undefined = new Path([]); path !== undefined; path = path.next()) {
    if (stopsAtFirst && broken.size > 0) break;
    schedules += 1;
    const run = await runSchedule(small, path, { faults, seen, keepsHistory: false });
    for (const transition of run.world.transitions) transitions.add(transition);
    for (const { rule, detail } of run.breaches) {
      const schedule = `${small.name}.${faults}.${path.toString()}`;
      broken.set(rule, { detail, schedule, ...broken.get(rule), count: (broken.get(rule)?.count ?? 0) + 1 });
    }
  }
  return { schedules, states: seen.size, transitions, broken };
}

/** The history of one schedule, as `explore` names it: the world, its faults and the choices. */
export async function replay(schedule: string, worlds: readonly SmallWorld[]): Promise<World> {
  const [name, faults, ...path] = schedule.split('.');
  const small = worlds.find((world) => world.name === name);
  if (small === undefined) throw new Error(`no schedule: ${schedule}`);
  const options = { faults: Number(faults), keepsHistory: true };
  return (await runSchedule(small, Path.parse(path.join('.')), options)).world;
}

async function runSchedule(
  small: SmallWorld,
  path: Path,
  { faults, seen, keepsHistory }: { faults: number; seen?: Set<string>; keepsHistory: boolean },
): Promise<{ world: World; breaches: readonly Breach[] }> {
  const { channel, route, posts, madeAt, ttlMs = TTL_MS, given = [], outages = NO_OUTAGES } = small;
  const { rotatesAt, recipientLimit } = small;
  let left = faults;
  let unused = given;
  let decided: Fate | undefined;
  let pollMs = 0;

  const mark = () => {
    if (seen === undefined || !path.isNew) return;
    const state = stateOf(world, [left, unused.map(([text]) => text), pollMs]);
    if (seen.has(state)) throw new Pruned();
    seen.add(state);
  };
  const givenFor = ({ label }: Event) => unused.find(([text]) => label.includes(text));
  const fatesOf = (event: Event): readonly Fate[] => {
    const [, fixed] = givenFor(event) ?? [];
    if (event.service === undefined) return [FINE];
    if (fixed !== undefined) return [fixed];
    if (left === 0 || world.network.isDown(event.service)) return [FINE];
    return [FINE, ...(event.service === 'provider' ? AT_A_PROVIDER : EVERYWHERE)];
  };
  const director: Director = {
    fate: () => {
      const result = decided ?? FINE;
      decided = undefined;
      return result;
    },
    latencyMs: () => 0,
    pollMs: () => {
      if (left === 0 || path.choose(2) === 0) return 0;
      left -= 1;
      pollMs = LATE_POLL_MS;
      return pollMs;
    },
    handsOutTwice: () => {
      if (left === 0 || path.choose(2) === 0) return false;
      left -= 1;
      return true;
    },
    random: () => 0.5,
    skewMs: () => 0,
    choose: (due) => {
      const local = due.filter(({ owner }) => owner !== undefined);
      const [first] = local;
      if (first !== undefined) {
        // A sandbox that thaws may hear of the network before its timers, or after them.
        const isThawing = first.owner?.frozenUntil === first.at;
        const own = isThawing ? local.filter(({ owner }) => owner === first.owner) : [first];
        return own.length === 1 ? first : (own[path.choose(own.length)] ?? first);
      }
      const options = due.flatMap((event) => fatesOf(event).map((fate) => ({ event, fate })));
      if (options.length > 1) mark();
      const chosen = options[options.length > 1 ? path.choose(options.length) : 0];
      if (chosen === undefined) throw new Error('no such choice');
      if (chosen.event.service !== undefined) {
        decided = chosen.fate;
        const fixed = givenFor(chosen.event);
        if (fixed !== undefined) unused = unused.filter((one) => one !== fixed);
        else if (chosen.fate !== FINE) left -= 1;
      }
      return chosen.event;
    },
  };
  const world = new World({
    director,
    route,
    keepsHistory,
    channels: [channel],
    hasParameters: rotatesAt !== undefined,
    environment: {
      TIME_BUDGET_MS: String(TIME_BUDGET_MS),
      STATE_TIMEOUT_MS: '400',
      OTP_TTL_SECONDS: String(ttlMs / 1000),
      RECIPIENT_LIMIT: String(recipientLimit ?? '*'),
      RECIPIENT_WINDOW_SECONDS: String(WINDOW_MS / 1000),
    },
  });
  if (rotatesAt !== undefined) rotateSecret(world, START + rotatesAt);
  for (const [service, until] of outages) world.network.outages.set(service, START + until);
  const to = channel === 'email' ? 'user@example.org' : '+447400100001';
  const signed = new Map<string, Signed>();
  for (const [code, at, signature = 'authentic'] of posts[path.choose(posts.length)] ?? []) {
    world.agenda.schedule(START + at, undefined, 'OwnID', () => {
      const timestamp = START + (madeAt ?? at);
      const webhook = signed.get(code) ?? world.webhook({ code, channel, to, timestamp, ttlMs, signature });
      signed.set(code, webhook);
      world.post(webhook, START + at);
    });
  }
  try {
    await world.agenda.run();
  } catch (error) {
    if (!(error instanceof Pruned)) throw error;
    return { world, breaches: [] };
  }
  const terms = {
    timeBudgetMs: TIME_BUDGET_MS,
    limits: { recipient: recipientLimit, recipientWindowMs: WINDOW_MS, total: undefined },
    route: PROVIDERS.slice(0, route),
    pollMs,
    rotates: rotatesAt !== undefined,
    isAuthentic: rotatesAt === undefined || faults === 0,
    areClocksApart: false,
    clearsAt: START + Math.max(CLEARS_AFTER_MS, ...outages.values()),
    calmFrom: Infinity,
  };
  return { world, breaches: judge(world, terms) };
}

/** A hash of all that the future of a world and the judgement on it depend on, with what its director has decided. */
function stateOf(world: World, decided: readonly unknown[]): string {
  const { agenda, network, table, queue, sandboxes, webhooks, overdue } = world;
  const all = [
    agenda.now,
    decided,
    overdue.size,
    [...table.counters].sort(),
    [...network.outages],
    [...network.open.values()].sort(),
    [...table.rows.values()].map(({ row }) => [row.state, row.holder, row.unsure, row.until]),
    [...queue.entries.values()].map(({ id, visibleAt, receives }) => [id, visibleAt, receives]),
    sandboxes.map(({ name, memory, isDead, frozenUntil }) => [name, memory, isDead, frozenUntil]).sort(),
    agenda.events.map(({ at, label }) => [at, label]).sort(),
    [...webhooks.values()].map(pastOf),
  ];
  return hash('sha256', JSON.stringify(all), 'base64');
}

/** Fields of a webhook's history whose values matter only by their order. */
const PLACES = new Set(['came', 'answered', 'place', 'endedPlace', 'taken', 'seen']);

/** Everything in a webhook's history that the judge reads, as text. */
function pastOf({ posts, attempts, visits }: Webhook): string {
  const places = new Set<number>();
  const past = JSON.stringify([posts, attempts, visits], (key, value: unknown) => {
    if (PLACES.has(key)) {
      places.add(value as number);
      return `#${value as number}`;
    }
    if (value === undefined || !['visit', 'parent'].includes(key)) return value;
    const { sandbox, startedAt } = value as Visit;
    return [sandbox, startedAt];
  });
  const ranks = new Map(
    [...places].sort((one, other) => one - other).map((place, rank) => [`#${place}`, `#${rank}`]),
  );
  return past.replaceAll(/#\d+/g, (place) => ranks.get(place) ?? '');
}
