/**
 * Warm invocations, ours and the peers', each in a process of its own with kept connections, one after the other in a
 * shuffled order: `npm run bench:warm -- [--invocations 3000] [--write]`. Then verify, parse and validate alone.
 */
import { execFileSync, fork } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeMachine, install, LAMBDA_NODE, ROOT, startStub } from './harness/environment.js';
import { type ChannelName, eventOf } from './harness/job.js';
import { writeReport } from './harness/report.js';
import { formatEstimate, median, pairedDifference, quantile, shuffled } from './harness/statistics.js';
import { buildVariants, type Scenario, type Variant, variantsOf } from './harness/variants.js';

const { values: options } = parseArgs({
  options: {
    invocations: { type: 'string', default: '3000' },
    node: { type: 'string', default: LAMBDA_NODE },
    write: { type: 'boolean', default: false },
  },
});
const count = Number(options.invocations);

/** Thousands in a minute are what the caps are there to refuse; they are counted nevertheless. */
const UNCAPPED = { RECIPIENT_LIMIT: '999999', SMS_COUNTRY_HOURLY_LIMIT: '999999', SMS_DAILY_LIMIT: '999999' };

install('bench/ric');
install('bench/peers');
await buildVariants();
const stub = await startStub();
const report = [
  '# Warm invocations',
  '',
  `${describeMachine(options.node)}; ${options.invocations} invocations of each, interleaved.`,
  '',
  'Milliseconds; what is over the bare round trips is the median of the rounds, with the interval of 95 of 100 resamplings.',
];
try {
  for (const scenario of ['env', 'full'] as Scenario[]) {
    for (const channel of ['email', 'sms'] as ChannelName[]) {
      const variants = [bare(channel, scenario), ...variantsOf(channel, scenario)].filter(
        ({ name }) => name !== 'empty',
      );
      const times = await interleaved(variants, channel);
      const base = times.get('bare') ?? [];
      report.push(
        '',
        `## ${channel}, ${scenario}`,
        '',
        '| variant | p50 | p99 | over the bare round trips | p99 over theirs |',
        '|---|--:|--:|--:|--:|',
        ...[...times].map(([name, values]) => {
          const [p50, p99] = [median(values), quantile(values, 0.99)].map((value) => value.toFixed(3));
          const over = formatEstimate(pairedDifference(values, base), 3);
          const p99Over = (quantile(values, 0.99) - quantile(base, 0.99)).toFixed(3);
          return `| ${[name, p50, p99, over, p99Over].join(' | ')} |`;
        }),
      );
    }
  }
} finally {
  stub.close();
}

report.push(
  '',
  '## Verify, parse and validate alone, email',
  '',
  `${execFileSync(options.node, [join(ROOT, 'dist/peers/verify-alone.js')])
    .toString()
    .trim()} µs (median)`,
);
console.log(report.join('\n'));
await writeReport('warm', report, options.write);

function bare(channel: ChannelName, scenario: Scenario): Variant {
  const env = scenario === 'full' ? { STATE_TABLE: 'otp-relay-bench' } : {};
  return { name: 'bare', task: join(ROOT, 'dist/peers'), handler: `bare-${channel}.handler`, env };
}

/** Milliseconds of each invocation by variant, after as many to warm up as a tenth. */
async function interleaved(
  variants: readonly Variant[],
  channel: ChannelName,
): Promise<ReadonlyMap<string, number[]>> {
  const workers = variants.map((variant) => ({ name: variant.name, ...startWorker(variant) }));
  const times = new Map<string, number[]>(variants.map(({ name }) => [name, []]));
  try {
    for (let round = -count / 10; round < count; round++) {
      for (const { name, ask } of shuffled(workers)) {
        const milliseconds = await ask(eventOf(channel));
        if (round >= 0) times.get(name)?.push(milliseconds);
      }
    }
    return times;
  } finally {
    for (const { child } of workers) child.kill();
  }
}

function startWorker({ task, handler, env }: Variant) {
  const file = join(task, `${handler.split('.')[0] ?? ''}.js`);
  const child = fork(join(ROOT, 'bench/harness/warm-worker.js'), [file], {
    execPath: options.node,
    execArgv: [],
    // What Lambda takes from a function's output costs no less here.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...stub.env, ...UNCAPPED, ...env },
  });
  const ask = (event: object) =>
    new Promise<number>((resolve, reject) => {
      child.once('message', (reply: { milliseconds?: number; failure?: string }) => {
        if (reply.milliseconds === undefined) reject(new Error(`${file}: ${reply.failure ?? ''}`));
        else resolve(reply.milliseconds);
      });
      child.send(event);
    });
  return { child, ask };
}
