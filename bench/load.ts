/**
 * The built functions under load, in several sandboxes side by side, each in its own process, against a stand-in for
 * AWS in another: `npm run bench:load -- [--sandboxes 2] [--seconds 60] [--channel email|sms] [--scenario env|full]
 * [--write]`. Fails if a webhook is not answered 202, or if the heap grows.
 */
import { parseArgs } from 'node:util';
import { describeMachine, install, LAMBDA_NODE, startStub } from './harness/environment.js';
import { type ChannelName, eventOf } from './harness/job.js';
import { writeReport } from './harness/report.js';
import { median, quantile } from './harness/statistics.js';
import { buildVariants, type Scenario, variantsOf } from './harness/variants.js';
import { startWarmSandbox, type WarmSandbox } from './harness/warm-sandbox.js';

const { values: options } = parseArgs({
  options: {
    sandboxes: { type: 'string', default: '2' },
    seconds: { type: 'string', default: '60' },
    channel: { type: 'string', multiple: true, default: ['email', 'sms'] },
    scenario: { type: 'string', multiple: true, default: ['env', 'full'] },
    node: { type: 'string', default: LAMBDA_NODE },
    write: { type: 'boolean', default: false },
  },
});
/**
 * How many times the heap is measured. The last is compared with the first, by when everything is loaded and compiled.
 */
const LOOKS = 6;
/** Room for code that is compiled late and, in `env`, for the 20,000 requests that a sandbox remembers. */
const MAX_GROWTH_MB = { env: 24, full: 2 } as const;
const durationMs = Number(options.seconds) * 1000;

interface Load {
  readonly times: number[];
  /** In bytes, in order. */
  readonly heaps: number[];
}

install('bench/ric');
await buildVariants();
const stub = await startStub();
const faults: string[] = [];
const report = [
  '# Load',
  '',
  `${describeMachine(options.node)}; ${options.sandboxes} sandboxes for ${options.seconds} s, one request at a time each.`,
  '',
  `Milliseconds; the heap is in MB after garbage collection, at ${LOOKS} times, in the sandbox where it grew most.`,
  '',
  '| function | requests a second and sandbox | p50 | p99 | heap |',
  '|---|--:|--:|--:|---|',
];
try {
  for (const scenario of options.scenario as Scenario[]) {
    for (const channel of options.channel as ChannelName[]) {
      const loads = await load(channel, scenario);
      const times = loads.flatMap((one) => one.times);
      const growth = ({ heaps }: Load) => (heaps.at(-1) ?? NaN) - (heaps[0] ?? NaN);
      const [worst] = [...loads].sort((one, other) => growth(other) - growth(one));
      if (worst === undefined) throw new Error('no sandbox');
      if (growth(worst) > MAX_GROWTH_MB[scenario] * 1e6)
        faults.push(`${channel}, ${scenario}: the heap grows`);
      const rate = times.length / loads.length / (durationMs / 1000);
      report.push(
        `| ${[
          `${channel}, ${scenario}`,
          rate.toFixed(0),
          median(times).toFixed(2),
          quantile(times, 0.99).toFixed(2),
          worst.heaps.map((bytes) => (bytes / 1e6).toFixed(1)).join(', '),
        ].join(' | ')} |`,
      );
    }
  }
} finally {
  stub.close();
}
await writeReport('load', report, options.write);
if (faults.length > 0) {
  console.error(faults.join('\n'));
  process.exitCode = 1;
}

async function load(channel: ChannelName, scenario: Scenario): Promise<Load[]> {
  const [ours] = variantsOf(channel, scenario);
  if (ours === undefined) throw new Error('nothing to measure');
  const sandboxes = Array.from({ length: Number(options.sandboxes) }, () =>
    startWarmSandbox(ours, { node: options.node, env: stub.env }),
  );
  try {
    return await Promise.all(sandboxes.map((sandbox) => drive(sandbox, channel)));
  } finally {
    for (const { close } of sandboxes) close();
  }
}

async function drive({ invoke, heap }: WarmSandbox, channel: ChannelName): Promise<Load> {
  const times: number[] = [];
  const heaps: number[] = [];
  for (let look = 0; look < LOOKS; look += 1) {
    const until = performance.now() + durationMs / LOOKS;
    while (performance.now() < until) times.push(await invoke(eventOf(channel)));
    heaps.push(await heap());
  }
  return { times, heaps };
}
