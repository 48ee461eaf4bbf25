/**
 * Runs the delivery code in simulated worlds.
 *
 *   npm run simulate                                      small worlds, and random ones twice
 *   npm run simulate -- --world large                     one fault more in small worlds, 100,000 requests in random ones
 *   npm run simulate -- --explore email-1 --faults 3      one of them
 *   npm run simulate -- --worlds 500 --seed 1             random worlds alone, from that seed on
 *   npm run simulate -- --seed 19 --trace [--code C112]   the history of one
 *   npm run simulate -- --schedule email-1.2.0.0.4
 */
import { hash } from 'node:crypto';
import { parseArgs } from 'node:util';
import { DIRECTED_WORLDS } from './directed-worlds.js';
import { elsewhere } from './elsewhere.js';
import { explore, replay } from './explore.js';
import { strangers, unseen } from './protocol.js';
import { runRandomWorld } from './random-world.js';
import { SMALL_WORLDS } from './small-worlds.js';
import type { World } from './world.js';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    worlds: { type: 'string' },
    webhooks: { type: 'string', default: '200' },
    world: { type: 'string', default: 'small' },
    explore: { type: 'string' },
    faults: { type: 'string', default: '2' },
    trace: { type: 'boolean', default: false },
    code: { type: 'string' },
    schedule: { type: 'string' },
    fingerprints: { type: 'string' },
  },
});
const isLarge = values.world === 'large';
/** Of some 320 requests each. */
const RANDOM_WORLDS = isLarge ? 320 : 60;
const worlds = [...SMALL_WORLDS, ...DIRECTED_WORLDS];
const webhooks = Number(values.webhooks);

const all = new Set<string>();
let passed = 0;
let failed = 0;
const seconds = (since: number) => `${((performance.now() - since) / 1000).toFixed(1)} s`;
const from = (first: number, many: number) => Array.from({ length: many }, (_, index) => first + index);

/** A rule that was broken, how often, how one such history is told again, and that history. */
interface BrokenRule {
  readonly rule: string;
  readonly detail: string;
  readonly count: number;
  readonly again: string;
  readonly history: readonly string[];
}

/** What was found in worlds: changes of a row, and broken rules. */
interface Found {
  readonly title: string;
  readonly transitions: readonly string[];
  readonly broken: readonly BrokenRule[];
}

/** What happened in a world, or what of it concerns one webhook, one recipient or one channel. */
function historyOf({ history: { lines }, webhooks: all }: World, about?: string): readonly string[] {
  if (about === undefined) return lines;
  const codes = [...all.values()]
    .filter(({ code, to, channel }) => [code, to, channel].includes(about))
    .map(({ code }) => code);
  return lines.filter((line) => codes.some((code) => new RegExp(`\\b${code}\\b`).test(line)));
}

function count(title: string, faults: readonly string[]): void {
  console.log([title, ...faults.map((fault) => `  ${fault}`)].join('\n'));
  if (faults.length === 0) passed += 1;
  else failed += 1;
}

/** Counts them, and tells what of their changes the protocol's page does not have. */
function judged({ title, transitions, broken }: Found): void {
  for (const transition of transitions) all.add(transition);
  count(title, [
    ...strangers(transitions).map((transition) => `not in docs/delivery-protocol.md: ${transition}`),
    ...broken.map(({ rule, detail, count: times, again, history }) =>
      [`broken ${times} times: ${rule} (${detail})`, `npm run simulate -- ${again}`, ...history].join(
        '\n    ',
      ),
    ),
  ]);
}

async function exploreWorld(name: string, faults: number): Promise<Found> {
  const startedAt = performance.now();
  const small = worlds.find((world) => world.name === name);
  if (small === undefined) throw new Error(`no world: ${name}`);
  const { schedules, states, transitions, broken } = await explore(small, faults);
  const what = `${name}, up to ${faults} faults${small.given === undefined ? '' : ' beside those given'}`;
  const title = `${what}: ${schedules} schedules, ${states} states, ${seconds(startedAt)}`;
  const told = [...broken].map(async ([rule, { schedule, ...rest }]) => {
    const history = historyOf(await replay(schedule, worlds));
    return { rule, ...rest, again: `--schedule ${schedule}`, history };
  });
  return { title, transitions: [...transitions], broken: await Promise.all(told) };
}

/** @returns a fingerprint of each world's history. */
async function runRandomWorlds(seeds: readonly number[]): Promise<{ found: Found; histories: string[] }> {
  const startedAt = performance.now();
  const transitions = new Set<string>();
  const broken = new Map<string, BrokenRule>();
  const histories: string[] = [];
  let requests = 0;
  for (const seed of seeds) {
    const { world, breaches } = await runRandomWorld(seed, { webhooks, keepsHistory: true });
    for (const { posts } of world.webhooks.values()) requests += posts.length;
    for (const transition of world.transitions) transitions.add(transition);
    for (const { rule, code, detail } of breaches) {
      const again = `--seed ${seed} --webhooks ${webhooks} --trace --code ${code}`;
      const first = broken.get(rule) ?? { rule, detail, again, history: historyOf(world, code), count: 0 };
      broken.set(rule, { ...first, count: first.count + 1 });
    }
    histories.push(hash('sha256', world.history.lines.join('\n'), 'hex'));
  }
  const title = `${seeds.length} random worlds: ${requests} requests, ${seconds(startedAt)}`;
  return { found: { title, transitions: [...transitions], broken: [...broken.values()] }, histories };
}

async function runAll(): Promise<void> {
  const seeds = from(1, RANDOM_WORLDS);
  // In another order, and some a second time.
  const again = [...seeds.toReversed(), ...seeds.slice(0, 5)];
  let others: readonly string[] = [];
  const programs = worlds.map(({ name, faults = 2 }) => ({
    args: ['--explore', name, '--faults', String(faults + (isLarge ? 1 : 0))],
    onEnd: (printed: string) => {
      judged(JSON.parse(printed) as Found);
    },
  }));
  const repeat = {
    args: ['--fingerprints', again.join()],
    onEnd: (printed: string) => {
      others = printed.split('\n');
    },
  };
  const [{ found, histories }] = await Promise.all([
    runRandomWorlds(seeds),
    elsewhere([...programs, repeat]),
  ]);
  judged(found);
  count(
    `one seed is one history: ${again.length} random worlds again, in another process and order`,
    again
      .filter((seed, index) => histories[seed - 1] !== others[index])
      .map((seed) => `seed ${seed} has another history`),
  );
  count(
    'what docs/delivery-protocol.md draws is seen',
    unseen(all).map((transition) => `not seen: ${transition}`),
  );
}

function print(world: World): void {
  console.log(historyOf(world, values.code).join('\n'));
}

if (values.explore !== undefined) {
  console.log(JSON.stringify(await exploreWorld(values.explore, Number(values.faults))));
} else if (values.fingerprints !== undefined) {
  console.log((await runRandomWorlds(values.fingerprints.split(',').map(Number))).histories.join('\n'));
} else if (values.schedule !== undefined) {
  print(await replay(values.schedule, worlds));
} else if (values.trace) {
  const options = { webhooks, keepsHistory: true };
  print((await runRandomWorld(Number(values.seed ?? 1), options)).world);
} else {
  if (values.seed === undefined && values.worlds === undefined) await runAll();
  else judged((await runRandomWorlds(from(Number(values.seed ?? 1), Number(values.worlds ?? 1)))).found);
  console.log(`\n${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 ? 1 : 0;
}
