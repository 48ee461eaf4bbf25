/**
 * Drives the functions over real sockets through faults of every kind, and holds what providers took against what was
 * answered. One seed makes the same webhooks and the same weather; which call meets which fault differs from run to run.
 */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import { judge, type Rule, RULES } from './judge.js';
import { isProvider, type Service } from './record.js';
import { type Run, startRun, type Story } from './run.js';
import { describe } from './history.js';
import { kindsOf, SERVICES } from './kinds.js';
import { startSteadyClock } from './steady-clock.js';
import { Tally } from './weather.js';

/** A run's length, so that what is posted at its beginning can outlive it. */
const STORM_MS = 38_000;
const SHOWN = 5;

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '20000' },
    seed: { type: 'string' },
    /** So many webhooks arrive in a second, besides their copies. */
    rate: { type: 'string', default: '30' },
    verbose: { type: 'boolean', default: false },
  },
});
const requests = Number(values.requests);
const rate = Number(values.rate);
const runs = Math.ceil(requests / ((rate * STORM_MS) / 1000));
const size = Math.ceil(requests / runs);
const stormMs = Math.ceil((size / rate) * 1000);
const seed = Number(values.seed ?? randomInt(2 ** 31));
const tally = new Tally();
const broken = new Map<Rule, number>(RULES.map((rule) => [rule, 0]));
const endings = new Map<string, number>();
const clock = startSteadyClock();
let [passed, failed, slowest] = [0, 0, 0];

console.log(`seed ${seed}: ${runs} runs of ${size} webhooks, ${rate} a second`);
// What is loaded on demand is loaded now, so that the first run is not one of cold starts alone.
await (
  await startRun({ seed: 1, size: 40, stormMs: 0, tally: new Tally(), clock })
).ended;
const ended: Promise<void>[] = [];
for (let index = 0; index < runs; index += 1) {
  const run = await startRun({ seed: seed + index, size, stormMs, tally, clock });
  ended.push(
    run.ended.then((result) => {
      conclude(result, seed + index);
    }),
  );
  await run.cleared;
}
await Promise.all(ended);
summarize();
process.exit(failed === 0 ? 0 : 1);

/** Judges a run and counts its verdicts. */
function conclude(run: Run, itsSeed: number): void {
  const breaches = new Map<Story, Rule[]>();
  let others = 0;
  judge(run, (rule, story) => {
    broken.set(rule, (broken.get(rule) ?? 0) + 1);
    if (story === undefined) others += 1;
    else breaches.set(story, [...(breaches.get(story) ?? []), rule]);
  });
  failed += breaches.size + others;
  passed += run.stories.length - breaches.size;
  for (const story of run.stories) count(story);
  const times = run.stories.flatMap(({ visits }) =>
    visits.flatMap(({ by, from, to = from }) => (by === 'webhook' ? [to - from] : [])),
  );
  slowest = Math.max(slowest, ...times);
  console.log(
    `run with seed ${itsSeed}: ${breaches.size + others} broken of ${run.stories.length}; answers within ${Math.max(...times)} ms`,
  );
  const shown = [...breaches].slice(0, values.verbose ? Infinity : SHOWN);
  for (const [story, rules] of shown) console.log(describe(story, rules, run));
}

function count({ channel, visits, calls }: Story): void {
  const taken = calls.filter(({ takenAt }) => takenAt !== undefined).length;
  const isPromised = visits.some(({ status }) => status === 202);
  const answer = isPromised ? 'answered 202' : 'answered with errors';
  const name = `${channel} ${answer}, taken ${taken === 0 ? 'never' : taken === 1 ? 'once' : 'more than once'}`;
  endings.set(name, (endings.get(name) ?? 0) + 1);
}

function summarize(): void {
  console.log('\nhow often each kind of fault struck, over all services');
  let silent = 0;
  const kinds = new Map<string, Service[]>();
  for (const service of SERVICES) {
    for (const kind of kindsOf(service)) kinds.set(kind, [...(kinds.get(kind) ?? []), service]);
  }
  for (const [kind, services] of kinds) {
    const counts = services.map((service) => tally.of(service, kind));
    const missed = services.filter((service) => tally.of(service, kind) === 0 && isProvider(service));
    const total = counts.reduce((sum, one) => sum + one, 0);
    if (total === 0) silent += 1;
    console.log(
      `  ${String(total).padStart(6)}  ${kind}${missed.length > 0 ? ` (never: ${missed.join()})` : ''}`,
    );
  }
  console.log(`${kinds.size} kinds of fault; never struck: ${silent}`);
  console.log('\nhow the webhooks ended');
  for (const [name, number] of [...endings].sort()) console.log(`  ${String(number).padStart(6)}  ${name}`);
  console.log('\nbroken rules');
  for (const [rule, number] of broken) console.log(`  ${String(number).padStart(6)}  ${rule}`);
  failed += silent;
  if (failed > 0) console.log(`again: npm run test:faults -- --requests ${requests} --seed ${seed}`);
  console.log(`${passed} passed, ${failed} failed`);
}
