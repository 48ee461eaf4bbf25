/**
 * Cold starts, ours and the peers': `npm run bench:cold -- [--rounds 15] [--channel email|sms] [--scenario env|full]
 * [--memory full|1024|512|256] [--without NAME] [--write NAME]`. Options may be repeated; all combinations are run.
 * With `--without`, ours is compared with ours without a plugin of `tools/build/plugins.ts`, or without `priming`.
 */
import { parseArgs } from 'node:util';
import { coldStart, type Sample } from './harness/cold-start.js';
import { createCpuShare } from './harness/cpu-share.js';
import { describeMachine, install, LAMBDA_NODE, RIC, startStub } from './harness/environment.js';
import { type ChannelName, eventOf } from './harness/job.js';
import { writeReport } from './harness/report.js';
import {
  formatEstimate,
  median,
  pairedDifference,
  pairedRatio,
  quantile,
  shuffled,
} from './harness/statistics.js';
import { buildVariants, type Scenario, type Variant, variantsOf } from './harness/variants.js';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '15' },
    channel: { type: 'string', multiple: true, default: ['email', 'sms'] },
    scenario: { type: 'string', multiple: true, default: ['env', 'full'] },
    memory: { type: 'string', multiple: true, default: ['full', '1024', '512', '256'] },
    without: { type: 'string', multiple: true, default: [] },
    node: { type: 'string', default: LAMBDA_NODE },
    write: { type: 'string' },
  },
});

install('bench/ric');
install('bench/peers');
await buildVariants(options.without);
const stub = await startStub();

const report = [
  `# Cold starts`,
  '',
  `${describeMachine(options.node)}; ${options.rounds} rounds.`,
  '',
  'Milliseconds and MB; ratios are medians of the rounds, with the interval of 95 of 100 resamplings.',
];
try {
  for (const memory of options.memory) {
    for (const scenario of options.scenario as Scenario[]) {
      for (const channel of options.channel as ChannelName[]) {
        const title = `## ${channel}, ${scenario}, ${memory === 'full' ? 'full CPU' : `${memory} MB's share`}`;
        const variants = variantsOf(channel, scenario, options.without);
        const samples = await run(variants, channel, memory);
        report.push(
          '',
          title,
          '',
          ...(samples ? table(variants, samples) : ['Not permitted on this machine.']),
        );
        console.log(report.slice(-(variants.length + 4)).join('\n'));
      }
    }
  }
} finally {
  stub.close();
}
await writeReport(options.write ?? 'cold', report, options.write !== undefined);

async function run(
  variants: readonly Variant[],
  channel: ChannelName,
  memory: string,
): Promise<Map<Variant, Sample[]> | undefined> {
  const throttle = memory === 'full' ? undefined : createCpuShare(Number(memory));
  if (memory !== 'full' && throttle === undefined) return undefined;
  const samples = new Map<Variant, Sample[]>(variants.map((variant) => [variant, []]));
  try {
    // The first round fills the file cache, and does not count.
    for (let round = -1; round < Number(options.rounds); round++) {
      for (const variant of shuffled(variants)) {
        const sample = await coldStart(
          { command: [options.node, RIC], env: { ...stub.env, ...memoryOf(memory), ...variant.env } },
          { ...variant, event: () => eventOf(channel), throttle },
        );
        if (round >= 0) samples.get(variant)?.push(sample);
      }
    }
    return samples;
  } finally {
    throttle?.close();
  }
}

/** The variable by which Lambda tells a function its memory. */
function memoryOf(memory: string): Record<string, string> {
  return { AWS_LAMBDA_FUNCTION_MEMORY_SIZE: memory === 'full' ? '1769' : memory };
}

function table(variants: readonly Variant[], samples: ReadonlyMap<Variant, Sample[]>): string[] {
  const column = (variant: Variant | undefined, key: keyof Sample) =>
    (variant === undefined ? [] : (samples.get(variant) ?? [])).map((sample) => sample[key]);
  const named = (name: string) => variants.find((variant) => variant.name === name);
  const others = [named('floor'), named('stack')].filter((variant) => variant !== undefined);
  const compared = others.length > 0 ? others : [named('ours')];
  const ratioHeads = compared.flatMap((other) => [
    `total / ${other?.name ?? ''}`,
    `CPU / ${other?.name ?? ''}`,
  ]);
  // The gain of a trick is judged in milliseconds.
  const isTrial = others.length === 0;
  const heads = ['variant', 'INIT', 'first', 'total', 'CPU', 'RSS p10, p50, p90', ...ratioHeads];
  if (isTrial) heads.push('total − ours');
  const rows = variants.map((variant) => {
    const medians = (['init', 'first', 'total', 'cpu'] as const).map((key) =>
      median(column(variant, key)).toFixed(1),
    );
    const rss = [0.1, 0.5, 0.9].map((q) => quantile(column(variant, 'rssMb'), q).toFixed(1)).join(', ');
    const ratios = compared.flatMap((other) =>
      (['total', 'cpu'] as const).map((key) =>
        formatEstimate(pairedRatio(column(variant, key), column(other, key))),
      ),
    );
    const difference = isTrial
      ? [formatEstimate(pairedDifference(column(variant, 'total'), column(named('ours'), 'total')), 1)]
      : [];
    return `| ${[variant.name, ...medians, rss, ...ratios, ...difference].join(' | ')} |`;
  });
  return [`| ${heads.join(' | ')} |`, `|---${'|--:'.repeat(heads.length - 1)}|`, ...rows];
}
