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
  readonly env: Readonly<Record<string, string>>;
}

const FULL = {
  OWNID_SHARED_SECRET: 'ssm:/otp-relay/bench/secret',
  STATE_TABLE: 'otp-relay-bench',
};

const PEERS = [
  'empty',
  ...['floor', 'sdk', 'stack', 'stack-full'].flatMap((peer) => [`${peer}-email`, `${peer}-sms`]),
];

/** The stage that is measured: what README.md gives as an example. */
export const STAGE = { providers: ['ses', 'sns'], countries: ['US', 'CA', 'GB'] };

/** Builds ours as it is deployed, and the peers as their documentation bundles them: one minified ES module each. */
export async function buildVariants(): Promise<void> {
  await buildFunctions(STAGE);
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

/** What is compared in a scenario, ours first. */
export function variantsOf(channel: ChannelName, scenario: Scenario): Variant[] {
  const peer = (name: string, file: string, env = {}): Variant => ({
    name,
    task: join(ROOT, 'dist/peers'),
    handler: `${file}.handler`,
    env,
  });
  const ours = { name: 'ours', task: join(ROOT, 'dist/handlers'), handler: `${channel}.handler` };
  const floor = peer('floor', `floor-${channel}`);
  return scenario === 'env'
    ? [
        { ...ours, env: {} },
        peer('empty', 'empty'),
        floor,
        peer('sdk', `sdk-${channel}`),
        peer('stack', `stack-${channel}`),
      ]
    : [{ ...ours, env: FULL }, floor, peer('stack', `stack-full-${channel}`, FULL)];
}
