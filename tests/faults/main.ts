/** Drives the handlers through random faults, and holds what providers accepted against what was answered. */
import { randomInt } from 'node:crypto';
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { judge, type Judgement } from './judge.js';
import { runPlan } from './plan.js';
import { run, type RunResult, type Story } from './run.js';

/** So many requests arrive in a second; faults keep many of them in flight for seconds. */
const RATE = 25;

/** Timers that are later than that make calls time out without any fault. */
const CALM_MS = 25;
/** A pause of the machine that its timers do not show: how many requests may end without a cause that is seen. */
const UNEXPLAINED_SHARE = 0.01;

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '5000' },
    runs: { type: 'string', default: '4' },
    seed: { type: 'string' },
    path: { type: 'string' },
    verbose: { type: 'boolean', default: false },
  },
});
const runs = Number(values.runs);
const size = Math.ceil(Number(values.requests) / runs);
const seed = Number(values.seed ?? randomInt(2 ** 31));
const totals = new Map<string, number>();
const add = (name: string, count = 1) => totals.set(name, (totals.get(name) ?? 0) + count);
let failed = 0;
let passed = 0;

console.log(`seed ${seed}: ${runs} runs of ${size} requests, ${RATE} a second`);
// What is loaded on demand is loaded now, so that the first run is not one of cold starts alone.
for (const plan of fc.sample(runPlan(20, RATE), { seed: 1, numRuns: 1 })) {
  await run({ ...plan, outages: [], parameterStore: [] });
}
const property = fc.asyncProperty(runPlan(size, RATE), async (plan) => {
  const result = await run(plan);
  return report(result);
});
const details = await fc.check(property, {
  seed,
  ...(values.path !== undefined && { path: values.path }),
  numRuns: runs,
  endOnFailure: true,
});
if (details.errorInstance instanceof Error) console.error(details.errorInstance);

console.log('\nin total');
for (const [name, count] of [...totals].sort(([one], [other]) => one.localeCompare(other))) {
  console.log(`  ${String(count).padStart(7)}  ${name}`);
}
for (const breach of ['lost', 'double SMS', 'double email', 'sent late', 'replay sent', 'refused but sent']) {
  console.log(`${breach}: ${totals.get(`breach: ${breach}`) ?? 0}`);
}
if (details.failed) {
  failed ||= 1;
  console.log(
    `again: npm run test:faults -- --requests ${values.requests} --runs ${runs} --seed ${seed} --path ${details.counterexamplePath ?? '0'}`,
  );
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

/** Counts a run's figures; true where every promise was kept. */
function report({ stories, calls, metrics, timersLateMs }: RunResult): boolean {
  const startedAt = Math.min(...stories.flatMap(({ posts }) => posts.map(({ at }) => at)));
  let shown = 0;
  let unexplained = 0;
  let broken = 0;
  stories.forEach((story, number) => {
    const judgement = judge(story, timersLateMs < CALM_MS);
    count(story, judgement);
    const { breaches } = judgement;
    if (breaches.length === 0) return;
    if (breaches.every((breach) => breach.endsWith('without cause'))) unexplained += 1;
    else broken += 1;
    shown += 1;
    if (shown <= 10 || values.verbose) console.log(describe(story, number, judgement, startedAt));
  });
  if (unexplained > stories.length * UNEXPLAINED_SHARE) broken += unexplained;
  for (const { service, fault } of calls) if (fault.kind !== 'none') add(`faults: ${service} ${fault.kind}`);
  for (const [name, number] of metrics) add(`metric: ${name}`, number);
  failed += broken;
  passed += stories.length - broken;
  const times = stories
    .flatMap(({ posts }) => posts.map(({ at, answeredAt }) => answeredAt - at))
    .sort((a, b) => a - b);
  const at = (share: number) => times[Math.floor((times.length - 1) * share)] ?? 0;
  console.log(
    `run of ${stories.length}: ${broken} broken, ${unexplained} unexplained; answers within ${at(0.5)} ms (half), ${at(0.99)} ms (99 %), ${at(1)} ms (all); timers late by ${timersLateMs.toFixed(0)} ms (99 %)`,
  );
  return broken === 0;
}

function count({ plan, posts, sends }: Story, { breaches, ending, sentUnguarded }: Judgement): void {
  add('requests');
  add('posts', posts.length);
  add('accepted by a provider', sends.length);
  add(`ended: ${plan.channel} ${ending}`);
  if (sentUnguarded) add(`sent unguarded, with the alarm state_store_down: ${plan.channel}`);
  for (const { status } of posts) add(`answer: ${status ?? 'none'}`);
  for (const breach of breaches) add(`breach: ${breach}`);
}

function describe(
  { plan, posts, logged, calls, sends, deadline, batchTroubled, outage }: Story,
  number: number,
  { breaches, ending }: Judgement,
  startedAt: number,
): string {
  const since = (at: number) => at - startedAt;
  const events = [
    ...posts.map(
      ({ id, at, answeredAt, status }) =>
        [at, `post ${id.slice(0, 12)} answered ${status ?? ''} at ${since(answeredAt)}`] as const,
    ),
    ...logged.map(({ at, ...record }) => [at, `logged ${JSON.stringify(record)}`] as const),
    ...calls.map(({ at, service, fault }) => [at, `${service} ${JSON.stringify(fault)}`] as const),
    ...sends.map((at) => [at, 'SENT'] as const),
    [deadline, 'deadline'] as const,
  ].sort(([one], [other]) => one - other);
  return [
    `request ${number} (${plan.channel}): ${breaches.join(', ')}; ${ending}${batchTroubled ? '; batch troubled' : ''}${outage ? '; outage' : ''}`,
    ...events.map(([at, text]) => `  ${String(since(at)).padStart(6)}  ${text}`),
  ].join('\n');
}
