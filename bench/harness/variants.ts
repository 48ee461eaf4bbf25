import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { buildFunctions } from '../../tools/build/build.js';
import { ROOT } from './environment.js';
import type { ChannelName } from './job.js';

/** `env`: secret in the environment, no state store. `full`: secret from SSM, replay guard, caps and queue. */
export type Scenario = 'env' | 'full';

/** A function to measure. */
export interface Variant {
  readonly name: string;
  readonly task: string;
  readonly handler: string;
  /** In addition to the stub's; an undefined variable is not set. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

const FULL = {
  OWNID_SHARED_SECRET: 'ssm:/otp-relay/bench/secret',
  STATE_TABLE: 'otp-relay-bench',
};

const PEERS = [
  'empty',
  ...['bare', 'floor', 'sdk', 'stack', 'stack-full'].flatMap((peer) => [`${peer}-email`, `${peer}-sms`]),
];

/** The stage that is measured: the example in README.md. */
export const STAGE = { providers: ['ses', 'sns'], countries: ['US', 'CA', 'GB'] };

/** Parts of the start that a variable can switch off. */
const SWITCHES: Readonly<Record<string, Variant['env']>> = {
  priming: { AWS_LAMBDA_INITIALIZATION_TYPE: undefined },
};

const withoutDir = (name: string) => join(ROOT, `dist/without-${name}`);

/**
 * Builds ours as deployed, and the peers as their documentation bundles them: one minified ES module each.
 *
 * @param without the names of plugins of `tools/build/plugins.ts`: ours is built once more without each.
 */
export async function buildVariants(without: readonly string[] = []): Promise<void> {
  await buildFunctions(STAGE);
  for (const name of without.filter((candidate) => !(candidate in SWITCHES))) {
    await buildFunctions({ ...STAGE, outdir: withoutDir(name), without: [name] });
  }
  await build({
    absWorkingDir: join(ROOT, 'bench/peers'),
    entryPoints: [...PEERS.map((peer) => `${peer}.js`), '../harness/verify-alone.ts'],
    entryNames: '[name]',
    outdir: join(ROOT, 'dist/peers'),
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node22',
    format: 'esm',
    mainFields: ['module', 'main'],
    // Some of their dependencies are CommonJS.
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
    logLevel: 'warning',
  });
  copyFileSync(join(ROOT, 'bench/peers/package.json'), join(ROOT, 'dist/peers/package.json'));
}

/** What is compared in a scenario: ours first, ours again to show the noise, ours without a trick each, the peers. */
export function variantsOf(
  channel: ChannelName,
  scenario: Scenario,
  without: readonly string[] = [],
): Variant[] {
  const peer = (name: string, file: string, env = {}): Variant => ({
    name,
    task: join(ROOT, 'dist/peers'),
    handler: `${file}.handler`,
    env,
  });
  const handler = `${channel}.handler`;
  const ours = { name: 'ours', task: join(ROOT, 'dist/handlers'), handler };
  const env = scenario === 'full' ? FULL : {};
  const own = [
    { ...ours, env },
    { ...ours, name: 'ours again', env },
    ...without.map((name) => ({
      name: `without ${name}`,
      task: name in SWITCHES ? ours.task : withoutDir(name),
      handler,
      env: { ...env, ...SWITCHES[name] },
    })),
  ];
  if (without.length > 0) return own;
  const floor = peer('floor', `floor-${channel}`);
  return scenario === 'env'
    ? [
        ...own,
        peer('empty', 'empty'),
        floor,
        peer('sdk', `sdk-${channel}`),
        peer('stack', `stack-${channel}`),
      ]
    : [...own, floor, peer('stack', `stack-full-${channel}`, FULL)];
}
