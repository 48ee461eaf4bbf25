/**
 * Runs the delivery code in simulated worlds.
 *
 *   npm run simulate                                      small worlds, then random ones
 *   npm run simulate -- --world large                     small worlds with one fault more
 *   npm run simulate -- --worlds 500 --seed 1             random worlds alone, from that seed on
 *   npm run simulate -- --seed 19 --trace [--code C112]   the history of one
 *   npm run simulate -- --schedule email.1.2.0.0.4 --trace
 */
import { parseArgs } from 'node:util';
import { explore, parseSchedule, replay, SMALL_WORLDS } from './explore.js';
import { strangers, unseen } from './protocol.js';
import { runRandomWorld } from './random-world.js';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    worlds: { type: 'string' },
    webhooks: { type: 'string', default: '200' },
    world: { type: 'string', default: 'small' },
    trace: { type: 'boolean', default: false },
    code: { type: 'string' },
    schedule: { type: 'string' },
  },
});
const RANDOM_WORLDS = 60;
const FAULTS = values.world === 'large' ? 3 : 2;

const all = new Set<string>();
let passed = 0;
let failed = 0;
const seconds = (since: number) => `${((performance.now() - since) / 1000).toFixed(1)} s`;

function report(rules: ReadonlyMap<string, { count: number; detail: string; again: string }>): void {
  for (const [rule, { count, detail, again }] of rules) {
    console.log(`  broken ${count} times: ${rule} (${detail})\n    npm run simulate -- ${again} --trace`);
  }
}

/** Counts a world, and tells what of its changes the protocol's page does not have. */
function judged(
  transitions: ReadonlySet<string>,
  rules: ReadonlyMap<string, { count: number; detail: string; again: string }>,
): void {
  const unknown = strangers(transitions);
  for (const transition of transitions) all.add(transition);
  if (unknown.length > 0) console.log(`  not in docs/delivery-protocol.md: ${unknown.join('; ')}`);
  report(rules);
  if (unknown.length === 0 && rules.size === 0) passed += 1;
  else failed += 1;
}

async function exploreSmallWorlds(): Promise<void> {
  for (const small of SMALL_WORLDS) {
    const startedAt = performance.now();
    const { schedules, states, transitions, breaches } = await explore({ ...small, faults: FAULTS });
    const name = `${small.channel}, ${small.route} provider${small.route > 1 ? 's' : ''}, up to ${FAULTS} faults`;
    console.log(`${name}: ${schedules} schedules, ${states} states, ${seconds(startedAt)}`);
    judged(transitions, breaches);
  }
}

async function runRandomWorlds(first: number, count: number): Promise<void> {
  const startedAt = performance.now();
  const transitions = new Set<string>();
  const rules = new Map<string, { count: number; detail: string; again: string }>();
  let requests = 0;
  for (let seed = first; seed < first + count; seed += 1) {
    const run = await runRandomWorld(seed, { webhooks: Number(values.webhooks) });
    for (const { posts } of run.world.webhooks.values()) requests += posts.length;
    for (const transition of run.world.transitions) transitions.add(transition);
    for (const { rule, code, detail } of run.breaches) {
      const again = `--seed ${seed} --webhooks ${values.webhooks} --code ${code}`;
      rules.set(rule, { detail, again, ...rules.get(rule), count: (rules.get(rule)?.count ?? 0) + 1 });
    }
  }
  console.log(`${count} random worlds from seed ${first} on: ${requests} requests, ${seconds(startedAt)}`);
  judged(transitions, rules);
}

function print(lines: readonly string[]): void {
  const { code } = values;
  const isOf = (line: string) => code === undefined || new RegExp(`\\b${code}\\b`).test(line);
  console.log(lines.filter(isOf).join('\n'));
}

if (values.schedule !== undefined) {
  const { small, path } = parseSchedule(values.schedule);
  print((await replay(small, path)).history.lines);
} else if (values.trace) {
  const options = { webhooks: Number(values.webhooks), keepsHistory: true };
  print((await runRandomWorld(Number(values.seed ?? 1), options)).world.history.lines);
} else {
  if (values.seed === undefined && values.worlds === undefined) await exploreSmallWorlds();
  await runRandomWorlds(
    Number(values.seed ?? 1),
    Number(values.worlds ?? (values.seed === undefined ? RANDOM_WORLDS : 1)),
  );
  if (values.seed === undefined && values.worlds === undefined) {
    console.log(`drawn in docs/delivery-protocol.md, and not seen: ${unseen(all).join('; ') || 'none'}`);
  }
  console.log(`\n${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 ? 1 : 0;
}
