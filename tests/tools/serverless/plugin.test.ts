import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

interface Plugin {
  readonly hooks: Readonly<Record<string, () => void>>;
}

const require = createRequire(import.meta.url);
const OtpRelayPlugin = require('../../../tools/serverless/plugin.cjs') as new (serverless: unknown) => Plugin;
const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Starts `serverless <command> --stage <stage>`, as far as the plugin's first hook. */
function initialize(command: string, stage: string): void {
  const plugin = new OtpRelayPlugin({
    serviceDir: root,
    classes: { Error },
    processedInput: { commands: command.split(' '), options: {} },
    getProvider: () => ({ getStage: () => stage }),
  });
  plugin.hooks['initialize']?.();
}

test.each(['deploy', 'deploy function', 'remove', 'rollback', 'info', 'invoke'])(
  '%s of stage local is refused',
  (command) => {
    expect(() => {
      initialize(command, 'local');
    }).toThrow('Stage "local" runs on this machine only');
  },
);

test.each([
  ['invoke local', 'local'],
  ['offline', 'local'],
  ['package', 'dev'],
  ['print', 'prod'],
])('%s of stage %s is not', (command, stage) => {
  expect(() => {
    initialize(command, stage);
  }).not.toThrow();
});

test('a stage without settings is told what to do', () => {
  expect(() => {
    initialize('deploy', 'staging');
  }).toThrow(/copy settings.prod.yml to settings.staging.yml/);
});

test('the bundles are made before anything needs them', () => {
  const { hooks } = new OtpRelayPlugin({});
  expect(Object.keys(hooks)).toEqual([
    'initialize',
    'before:package:cleanup',
    'after:deploy:deploy',
    'before:package:createDeploymentArtifacts',
    'before:deploy:function:packageFunction',
    'before:invoke:local:invoke',
    'before:offline:start:init',
  ]);
});
