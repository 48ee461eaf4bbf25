/**
 * Warm invocations, ours and the peers', each in its own process with kept connections, one at a time in shuffled
 * order: `npm run bench:warm -- [--invocations 3000] [--write]`. Then verify, parse and validate alone.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeMachine, install, LAMBDA_NODE, ROOT, startStub } from './harness/environment.js';
import { type ChannelName, eventOf } from './harness/job.js';
import { writeReport } from './harness/report.js';
import { formatEstimate, median, pairedDifference, quantile, shuffled } from './harness/statistics.js';
import { startWarmSandbox } from './harness/warm-sandbox.js';
import { buildVariants, type Scenario, type Variant, variantsOf } from './harness/variants.js';

const { values: options } = parseArgs({
  options: {
    invocations: { type: 'string', default: '3000' },
    node: { type: 'string', default: LAMBDA_NODE },
    write: { type: 'boolean', default: false },
  },
});
const count = Number(options.invocations);

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
await writeReport('warm', report, options.write);

function bare(channel: ChannelName, scenario: Scenario): Variant {
  const env = scenario === 'full' ? { STATE_TABLE: 'otp-relay-bench' } : {};
  return { name: 'bare', task: join(ROOT, 'dist/peers'), handler: `bare-${channel}.handler`, env };
}

/** Milliseconds of each invocation by variant, after a tenth as many to warm up. */
async function interleaved(
  variants: readonly Variant[],
  channel: ChannelName,
): Promise<ReadonlyMap<string, number[]>> {
  const sandboxes = variants.map((variant) => ({
    times: [] as number[],
    name: variant.name,
    ...startWarmSandbox(variant, { node: options.node, env: stub.env }),
  }));
  try {
    for (let round = -count / 10; round < count; round++) {
      for (const { times, invoke } of shuffled(sandboxes)) {
        const milliseconds = await invoke(eventOf(channel));
        if (round >= 0) times.push(milliseconds);
      }
    }
    return new Map(sandboxes.map(({ name, times }) => [name, times]));
  } finally {
    for (const { close } of sandboxes) close();
  }
}
