import type { Event } from './agenda.js';
import { type Director, type Fate, FINE } from './fate.js';
import { type Breach, judge } from './judge.js';
import { Path } from './path.js';
import { PROVIDERS } from './providers.js';
import { START, World } from './world.js';

/**
 * A small world: two copies of one webhook, which come together, one after the other's answer, or after its lease, and up to
 * `faults` faults in the calls of two webhook sandboxes and the workers.
 *
 * Every order of events is run, with two reductions. What a sandbox hears is invisible to all others until it makes its
 * next request, so answers and timers are taken at once and only the order in which requests arrive at a service is a
 * choice. And a world whose table, queue, clock, pending events, remaining faults and memories of sandboxes are as in
 * one that was explored before has the same future, so it is left: a sandbox's memory is a function of what it has heard
 * and when, since its clock, its names and its random numbers are. Time passes only when no request is on its way; that a
 * request or its answer takes long is a fault.
 */
export interface SmallWorld {
  readonly channel: 'email' | 'sms';
  readonly route: number;
  readonly faults: number;
  /** Whether the rest is left once a rule was broken. */
  readonly stopsAtFirst?: boolean;
}

export interface Explored {
  readonly schedules: number;
  readonly states: number;
  readonly isComplete: boolean;
  readonly transitions: ReadonlySet<string>;
  readonly breaches: ReadonlyMap<string, { count: number; detail: string; again: string }>;
}

export const SMALL_WORLDS = (['email', 'sms'] as const).flatMap((channel) =>
  [1, 2].map((route) => ({ channel, route })),
);

const TIME_BUDGET_MS = 1500;
const TTL_MS = 60_000;
/** When the second copy comes: with the first, after its answer, after its lease. */
const COPY_AFTER_MS = [0, 1000, 4000];
/** Longer than any lease of the world, and than any time budget. */
const FREEZE_MS = 4500;
const LATE_MS = 1100;
/** Longer than anything is tried again in one invocation. */
const OUTAGE_MS = 3000;

const fate = (
  name: string,
  effectAfterMs: number | undefined,
  hears: Fate['hears'],
  more: Partial<Fate> = {},
): Fate => ({
  name,
  effectAfterMs,
  hears,
  hearsAfterMs: 0,
  ...more,
});

const EVERYWHERE = [
  fate('refuses for now', undefined, 'throttled'),
  fate('is carried out, and the answer lost', 0, 'reset'),
  fate('is lost', undefined, 'reset'),
  fate('is carried out, and never answered', 0, 'nothing'),
  fate('is never answered', undefined, 'nothing'),
  fate('is carried out late, and never answered', LATE_MS, 'nothing'),
  fate('is carried out; the caller dies', 0, 'nothing', { sandbox: 'dies' }),
  fate('is lost; the caller dies', undefined, 'nothing', { sandbox: 'dies' }),
  fate('is lost, and nobody gets through for a while', undefined, 'reset', { outageMs: OUTAGE_MS }),
  fate('is carried out; the caller freezes', 0, 'answer', { sandbox: { freezesForMs: FREEZE_MS } }),
];
const AT_A_PROVIDER = [
  ...EVERYWHERE,
  fate('hangs for good', 0, 'nothing', { isDeaf: true }),
  fate('does not take the connection', undefined, 'nothing', { unwritten: true }),
  fate('refuses the account', undefined, 'misconfigured'),
];

class Pruned extends Error {}

/** Runs every schedule of a small world. */
export async function explore(small: SmallWorld): Promise<Explored> {
  const seen = new Set<string>();
  const transitions = new Set<string>();
  const breaches = new Map<string, { count: number; detail: string; again: string }>();
  let schedules = 0;
  let path: Path | undefined = new Path([]);
  for (; path !== undefined; path = path.next()) {
    if (small.stopsAtFirst === true && breaches.size > 0) break;
    schedules += 1;
    const run = await runSchedule(small, path, { seen, keepsHistory: false });
    for (const transition of run.world.transitions) transitions.add(transition);
    for (const { rule, detail } of run.breaches) {
      const known = breaches.get(rule);
      const again = `--schedule ${small.channel}.${small.route}.${small.faults}.${path.toString()}`;
      breaches.set(rule, { detail, again, ...known, count: (known?.count ?? 0) + 1 });
    }
  }
  return { schedules, states: seen.size, isComplete: path === undefined, transitions, breaches };
}

/** Reads a schedule as `explore` names it. */
export function parseSchedule(text: string): { small: SmallWorld; path: string } {
  const [channel, route, faults, ...path] = text.split('.');
  if (channel !== 'email' && channel !== 'sms') throw new Error(`no schedule: ${text}`);
  return { small: { channel, route: Number(route), faults: Number(faults) }, path: path.join('.') };
}

/** The history of one schedule. */
export async function replay(small: SmallWorld, path: string): Promise<World> {
  return (await runSchedule(small, Path.parse(path), { keepsHistory: true })).world;
}

async function runSchedule(
  { channel, route, faults }: SmallWorld,
  path: Path,
  { seen, keepsHistory }: { seen?: Set<string>; keepsHistory: boolean },
): Promise<{ world: World; breaches: readonly Breach[] }> {
  let left = faults;
  let decided: Fate | undefined;

  const mark = () => {
    if (seen === undefined || !path.isNew) return;
    const state = stateOf(world, left);
    if (seen.has(state)) {
      throw new Pruned();
    }
    seen.add(state);
  };
  const fatesOf = (event: Event): readonly Fate[] => {
    if (left === 0) return [FINE];
    return [FINE, ...(event.service === 'provider' ? AT_A_PROVIDER : EVERYWHERE)];
  };
  const director: Director = {
    fate: () => {
      const result = decided ?? FINE;
      decided = undefined;
      return result;
    },
    latencyMs: () => 0,
    pollMs: () => 0,
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
      const options = due.flatMap((event) =>
        (event.service === undefined ? [FINE] : fatesOf(event)).map((fate) => ({ event, fate })),
      );
      if (options.length > 1) mark();
      const chosen = options[options.length > 1 ? path.choose(options.length) : 0];
      if (chosen === undefined) throw new Error('no such choice');
      if (chosen.event.service !== undefined) {
        decided = chosen.fate;
        if (chosen.fate !== FINE) left -= 1;
      }
      return chosen.event;
    },
  };
  const world = new World({
    director,
    route,
    keepsHistory,
    channels: [channel],
    environment: {
      TIME_BUDGET_MS: String(TIME_BUDGET_MS),
      STATE_TIMEOUT_MS: '400',
      OTP_TTL_SECONDS: String(TTL_MS / 1000),
    },
  });
  const copyAfter = COPY_AFTER_MS[path.choose(COPY_AFTER_MS.length)] ?? 0;
  const webhook = world.webhook({
    code: 'C1',
    channel,
    to: channel === 'email' ? 'user@example.org' : '+447400100001',
    timestamp: START,
    ttlMs: TTL_MS,
  });
  world.post(webhook, START);
  world.post(webhook, START + copyAfter);
  try {
    await world.agenda.run();
  } catch (error) {
    if (!(error instanceof Pruned)) throw error;
    return { world, breaches: [] };
  }
  const terms = {
    timeBudgetMs: TIME_BUDGET_MS,
    recipientLimit: undefined,
    route: PROVIDERS.slice(0, route),
    pollMs: 0,
    rotates: false,
    isAuthentic: true,
    areClocksApart: false,
    // Two faults are over long before the deadline.
    clearsAt: START - TTL_MS,
    calmFrom: Infinity,
  };
  return { world, breaches: judge(world, terms) };
}

/** All that the future of a world depends on. */
function stateOf(world: World, left: number): string {
  const { agenda, network, table, queue, sandboxes, webhooks } = world;
  return JSON.stringify([
    agenda.now,
    left,
    [...network.outages],
    [...table.rows.values()].map(({ row }) => [row.state, row.holder, row.unsure, row.until]),
    [...queue.entries.values()].map(({ id, visibleAt, receives }) => [id, visibleAt, receives]),
    sandboxes.map(({ name, memory, isDead, frozenUntil }) => [name, memory, isDead, frozenUntil]).sort(),
    agenda.events.map(({ at, label }) => [at, label]).sort(),
    [...webhooks.values()].map(({ posts, attempts }) => [
      posts.map(({ status, answeredAt }) => [status, answeredAt]),
      attempts.map(({ provider, visit, takenAt, heard }) => [provider, visit.sandbox, takenAt, heard]).sort(),
    ]),
  ]);
}
