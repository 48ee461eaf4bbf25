/**
 * Warm invocations, ours and the peers', each in a process of its own with a kept connection: `npm run bench:warm --
 * [--invocations 3000] [--write]`. Then verify, parse and validate alone.
 */
import { execFileSync, fork } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { describeMachine, install, LAMBDA_NODE, ROOT, startStub } from './harness/environment.js';
import { type ChannelName, eventOf } from './harness/job.js';
import { median, quantile } from './harness/statistics.js';
import { buildVariants, variantsOf } from './harness/variants.js';

const { values: options } = parseArgs({
  options: {
    invocations: { type: 'string', default: '3000' },
    node: { type: 'string', default: LAMBDA_NODE },
    write: { type: 'boolean', default: false },
  },
});

/** Thousands in a minute are what the caps are there to refuse. */
const UNCAPPED = { RECIPIENT_LIMIT: '*', SMS_COUNTRY_HOURLY_LIMIT: '*', SMS_DAILY_LIMIT: '*' };

install('bench/ric');
install('bench/peers');
await buildVariants();
const stub = await startStub();
const report = [
  '# Warm invocations',
  '',
  `${describeMachine(options.node)}; ${options.invocations} invocations one after the other.`,
];
try {
  for (const channel of ['email', 'sms'] as ChannelName[]) {
    const variants = variantsOf(channel, 'env').filter(({ name }) => name !== 'empty');
    // The peer that signs by hand is the bare round trip: one HMAC, one JSON.parse, one signed request.
    const times = new Map<string, number[]>();
    for (const variant of variants) {
      const file = join(variant.task, `${variant.handler.split('.')[0] ?? ''}.js`);
      times.set(variant.name, await invocations(file, channel, { ...stub.env, ...UNCAPPED, ...variant.env }));
    }
    const floor = times.get('floor') ?? [];
    report.push(
      '',
      `## ${channel}`,
      '',
      '| variant | p50 ms | p99 ms | p50 over the floor | p99 over the floor |',
      '|---|--:|--:|--:|--:|',
      ...[...times].map(([name, values]) => {
        const [p50, p99] = [median(values), quantile(values, 0.99)];
        const over = [p50 - median(floor), p99 - quantile(floor, 0.99)];
        return `| ${[name, ...[p50, p99, ...over].map((value) => value.toFixed(3))].join(' | ')} |`;
      }),
    );
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
if (options.write) {
  mkdirSync(join(ROOT, 'bench/results'), { recursive: true });
  writeFileSync(join(ROOT, 'bench/results/warm.md'), `${report.join('\n')}\n`);
}

/** Milliseconds of each invocation, after as many to warm up as a tenth. */
async function invocations(
  file: string,
  channel: ChannelName,
  env: Readonly<Record<string, string>>,
): Promise<number[]> {
  const child = fork(join(ROOT, 'bench/harness/warm-worker.js'), [file], {
    execPath: options.node,
    execArgv: [],
    // What Lambda takes from a function's output costs no less here.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env,
  });
  const ask = (event: object) =>
    new Promise<number>((resolve, reject) => {
      child.once('message', (reply: { milliseconds?: number; failure?: string }) => {
        if (reply.milliseconds === undefined) reject(new Error(`${file}: ${reply.failure ?? ''}`));
        else resolve(reply.milliseconds);
      });
      child.send(event);
    });
  try {
    const count = Number(options.invocations);
    const times: number[] = [];
    for (let index = -count / 10; index < count; index++) {
      const milliseconds = await ask(eventOf(channel));
      if (index >= 0) times.push(milliseconds);
    }
    return times;
  } finally {
    child.kill();
  }
}
