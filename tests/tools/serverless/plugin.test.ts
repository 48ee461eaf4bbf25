import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { completeSettings, stageFiles } from '../../support/stage-files.js';

interface Plugin {
  readonly hooks: Readonly<Record<string, () => void>>;
}

const require = createRequire(import.meta.url);
const OtpRelayPlugin = require('../../../tools/serverless/plugin.cjs') as new (serverless: unknown) => Plugin;
const files = stageFiles();
beforeAll(() => files.write(completeSettings(files.stage)));
afterAll(() => files.remove());

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** Starts `serverless <command> --stage <stage>`, as far as the plugin's first hook; returns the functions then. */
function initialize(command: string, stage: string, environment: Record<string, string> = {}): string[] {
  const functions = { email: {}, sms: {}, retry: { environment } };
  const plugin = new OtpRelayPlugin({
    serviceDir: root,
    service: { functions },
    classes: { Error },
    processedInput: { commands: command.split(' '), options: {} },
    getProvider: () => ({ getStage: () => stage }),
  });
  plugin.hooks['initialize']?.();
  return Object.keys(functions);
}

test.each([
  ['both channels', { EMAIL_FROM: 'a@example.com', SMS_ALLOWED_COUNTRIES: 'US' }, ['email', 'sms', 'retry']],
  ['email only', { EMAIL_FROM: 'a@example.com' }, ['email', 'retry']],
  ['SMS only', { SMS_ALLOWED_COUNTRIES: 'US' }, ['sms', 'retry']],
])('a stage with %s has only the functions that it uses', (_, environment, functions) => {
  expect(initialize('print', files.stage, environment)).toEqual(functions);
});

test.each(['deploy', 'deploy function', 'remove', 'rollback', 'info', 'invoke'])(
  '%s is refused for stage local',
  (command) => {
    expect(() => {
      initialize(command, 'local');
    }).toThrow('Stage "local" runs on this machine only');
  },
);

test.each([
  ['invoke local', 'local'],
  ['offline', 'local'],
  ['package', 'local'],
  ['print', files.stage],
])('%s is allowed for stage %s', (command, stage) => {
  expect(() => {
    initialize(command, stage);
  }).not.toThrow();
});

test('for a stage without settings the error says what to do', () => {
  expect(() => {
    initialize('deploy', 'staging');
  }).toThrow(/cp settings.prod.example.yml settings.staging.yml/);
});
