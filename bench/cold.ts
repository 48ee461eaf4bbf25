/**
 * Cold starts, ours and the peers': `npm run bench:cold -- [--rounds 15] [--channel email|sms] [--scenario env|full]
 * [--memory full|1024|512|256] [--write NAME]`. Options may be repeated; all combinations are run.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { coldStart, type Sample } from './harness/cold-start.js';
import { createCpuShare } from './harness/cpu-share.js';
import { describeMachine, install, LAMBDA_NODE, RIC, ROOT, startStub } from './harness/environment.js';
import { type ChannelName, eventOf } from './harness/job.js';
import { median, pairedRatio, shuffled } from './harness/statistics.js';
import { buildVariants, type Scenario, type Variant, variantsOf } from './harness/variants.js';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '15' },
    channel: { type: 'string', multiple: true, default: ['email', 'sms'] },
    scenario: { type: 'string', multiple: true, default: ['env', 'full'] },
    memory: { type: 'string', multiple: true, default: ['full', '1024', '512', '256'] },
    node: { type: 'string', default: LAMBDA_NODE },
    write: { type: 'string' },
  },
});

install('bench/ric');
install('bench/peers');
await buildVariants();
const stub = await startStub();

const report = [`# Cold starts`, '', `${describeMachine(options.node)}; ${options.rounds} rounds.`];
try {
  for (const memory of options.memory) {
    for (const scenario of options.scenario as Scenario[]) {
      for (const channel of options.channel as ChannelName[]) {
        const title = `## ${channel}, ${scenario}, ${memory === 'full' ? 'full CPU' : `${memory} MB's share`}`;
        const variants = variantsOf(channel, scenario);
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
if (options.write !== undefined) {
  mkdirSync(join(ROOT, 'bench/results'), { recursive: true });
  writeFileSync(join(ROOT, `bench/results/${options.write}.md`), `${report.join('\n')}\n`);
}

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

/** As Lambda tells a function. */
function memoryOf(memory: string): Record<string, string> {
  return { AWS_LAMBDA_FUNCTION_MEMORY_SIZE: memory === 'full' ? '1769' : memory };
}

function table(variants: readonly Variant[], samples: ReadonlyMap<Variant, Sample[]>): string[] {
  const column = (variant: Variant, key: keyof Sample) =>
    (samples.get(variant) ?? []).map((sample) => sample[key]);
  const floors = variants.filter(({ name }) => name === 'floor');
  const stacks = variants.filter(({ name }) => name === 'stack');
  const rows = variants.map((variant) => {
    const medians = (['init', 'first', 'total', 'cpu', 'rssMb'] as const).map((key) =>
      median(column(variant, key)).toFixed(1),
    );
    const ratios = [...floors, ...stacks].map((other) =>
      pairedRatio(column(variant, 'total'), column(other, 'total')).toFixed(2),
    );
    return `| ${[variant.name, ...medians, ...ratios].join(' | ')} |`;
  });
  return [
    '| variant | INIT ms | first ms | total ms | CPU ms | peak RSS MB | total / floor | total / stack |',
    '|---|--:|--:|--:|--:|--:|--:|--:|',
    ...rows,
  ];
}
