import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { jest } from '@jest/globals';
import { activity } from '../../tools/activity/main.js';
import { explainFailure, misspeltSettings } from '../../tools/command.js';
import { doctor } from '../../tools/doctor/main.js';
import { readStartArguments } from '../../tools/local/start-arguments.js';
import { makeEvent } from '../../tools/ownid/event.js';
import { readSendTest, sendTest } from '../../tools/send-test/main.js';
import { settings } from '../../tools/settings/main.js';
import { readTry, tryProvider } from '../../tools/try/main.js';

jest.setTimeout(120_000);

const root = fileURLToPath(new URL('../..', import.meta.url));
const COMMANDS: Readonly<Record<string, string>> = {
  start: 'tools/local/start.ts',
  event: 'tools/ownid/event.ts',
  'send-test': 'tools/send-test/main.ts',
  try: 'tools/try/main.ts',
  doctor: 'tools/doctor/main.ts',
  activity: 'tools/activity/main.ts',
  settings: 'tools/settings/main.ts',
};

/** Without anything of AWS. */
const environment = { HOME: '/nonexistent' };
const ignore = () => undefined;
const RUN: Readonly<Record<string, (args: readonly string[]) => unknown>> = {
  start: (args) => readStartArguments(args, environment),
  event: (args) => makeEvent(args, { environment, now: 0 }),
  'send-test': (args) => sendTest(readSendTest(args), { environment, now: Date.now }),
  try: (args) => tryProvider(readTry(args), { environment, report: () => undefined }),
  doctor: (args) => doctor(args, () => undefined),
  activity: (args) => activity(args, () => undefined),
  settings: (args) =>
    settings(args, { environment, print: ignore, report: ignore, ask: () => Promise.resolve(true) }),
};

async function failureOf(command: string, args: readonly string[]): Promise<string> {
  try {
    await RUN[command]?.(args);
  } catch (error) {
    return explainFailure(error);
  }
  throw new Error('It did not fail.');
}

const MESSAGE = ['email', '--to', 'you@example.com'];

/** Every way to get the arguments of a command wrong, and the line that is printed. */
const WRONG: readonly (readonly [command: string, args: readonly string[], line: RegExp])[] = [
  ...['start', 'doctor', 'activity'].flatMap((command) => [
    [command, ['--stgae', 'prod'], /^There is no option --stgae\./] as const,
    [command, ['prod'], /^"prod" is one word too many\./] as const,
  ]),
  ...['event', 'send-test', 'try'].flatMap((command) => [
    [command, [], /^Say email or sms first\./] as const,
    [command, ['emial', '--to', 'x'], /^Say email or sms first\. Did you mean email\?/] as const,
    [command, ['email', 'sms', '--to', 'x'], /^"sms" is one word too many\./] as const,
    [command, ['email'], /^--to is missing/] as const,
    [command, ['email', '--to'], /^--to needs a value\./] as const,
    [command, [...MESSAGE, '--apq', 'x'], /^There is no option --apq\. Did you mean --app\?/] as const,
    [command, [...MESSAGE, '--app', 'a/b'], /^--app must be a name/] as const,
    [
      command,
      ['sms', '--to', '+12025550123', '--subject', 'x'],
      /^A text message has no --subject\./,
    ] as const,
    [
      command,
      [...MESSAGE, '--stage', 'locla'],
      /^settings\/locla\.yml does not exist.* Did you mean local\?$/,
    ] as const,
    [command, [...MESSAGE, '--stage', '../x'], /is not the name of a stage/] as const,
  ]),
  ['start', ['--port', '99999'], /^The port must be a whole number from 1 to 65534\./],
  ['start', ['--port'], /^--port needs a value\./],
  ['start', ['--real', 'smpt'], /^--real knows no provider "smpt"\. Did you mean smtp\?/],
  ['event', [...MESSAGE, '--shape', 'v3'], /^--shape must be one of v2, v1, url, alb\. Did you mean v/],
  // What it prints is JSON anyway.
  ['event', [...MESSAGE, '--json'], /^There is no option --json\./],
  ['event', [...MESSAGE, '--port', 'x'], /^The port must be a whole number/],
  ['event', [...MESSAGE, '--port', '1'], /is npm start running\?$/],
  ['send-test', [...MESSAGE, '--url', 'example.com'], /^--url must begin with https:\/\/ or http:\/\//],
  ['send-test', [...MESSAGE, '--port', '0'], /^The port must be a whole number/],
  ['try', [...MESSAGE, '--provider', 'sengrid'], /^--provider must be one of .* Did you mean sendgrid\?/],
  ['doctor', ['--stage', 'locla'], /^settings\/locla\.yml does not exist.* Did you mean local\?$/],
  ['doctor', [], /^--stage is missing\. Say --stage prod\./],
  ['doctor', ['--stage', 'local'], /^Stage local is not deployed: npm start checks its settings\./],
  ['doctor', ['--json=yes'], /^--json takes no value\./],
  ['activity', ['--since', 'yesterday'], /^--since must be a time such as/],
  ['activity', ['--limit', 'many'], /^--limit must be a whole number/],
  ['settings', [], /^Say show or revert first\./],
  ['settings', ['shwo', '--stage', 'prod'], /^Say show or revert first\. Did you mean show\?/],
  ['settings', ['show', 'EMAIL', '--stage', 'prod'], /^"EMAIL" is one word too many\./],
  ['settings', ['revert', '--stage', 'prod'], /^Say EMAIL or SMS behind revert\./],
  ['settings', ['revert', 'emial'], /^Say EMAIL or SMS behind revert\. Did you mean EMAIL\?/],
  ['settings', ['revert', 'EMAIL', 'SMS'], /^"SMS" is one word too many\./],
  ['settings', ['show'], /^--stage is missing\. Say --stage prod\./],
  ['settings', ['show', '--stgae', 'prod'], /^There is no option --stgae\. Did you mean --stage\?/],
  ['settings', ['revert', 'SMS', '--yes=no', '--stage', 'prod'], /^--yes takes no value\./],
  ['settings', ['show', '--stage', 'locla'], /^settings\/locla\.yml does not exist.* Did you mean local\?$/],
  ['settings', ['show', '--stage', 'local', '--deployed'], /^--deployed goes with show and a deployed stage/],
  [
    'activity',
    ['--stage', 'local', '--port', '1'],
    /^Nothing answers at http:\/\/localhost:1: is npm start running\?$/,
  ],
];

test.each(WRONG)('%s %j is one line that says what to do', async (command, args, line) => {
  expect((await failureOf(command, args)).split('\n')).toEqual([expect.stringMatching(line)]);
});

test.each(Object.keys(COMMANDS))('%s --help is on stdout, with an example, and succeeds', async (command) => {
  const args = ['--import', 'tsx', COMMANDS[command] ?? '', '--help'];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd: root });
  expect(stderr).toBe('');
  expect(stdout).toMatch(new RegExp(`^ {2}npm (?:run (?:-s )?)?${command}`, 'm'));
  expect(stdout).toMatch(/^Exits with 0 .* 2 /m);
  expect(stdout).not.toContain('\u001b');
});

test('a variable that was meant to be a setting is named, by every command', async () => {
  const wanted = 'EMAIL_FORM is not a setting, and has no effect; did you mean EMAIL_FROM?';
  expect(misspeltSettings({ EMAIL_FORM: 'x', EMAIL_FROM: 'x', EMAIL_FROM__SHOP: 'x', HOME: 'x' })).toEqual([
    wanted,
  ]);
  const args = ['--import', 'tsx', COMMANDS['event'] ?? '', '--help'];
  const env = { PATH: process.env['PATH'], EMAIL_FORM: 'x' };
  const { stderr } = await promisify(execFile)(process.execPath, args, { cwd: root, env });
  expect(stderr).toBe(`${wanted}\n`);
});

test('a wrong argument ends a command with exit code 2, and prints nothing on stdout', async () => {
  const args = ['--import', 'tsx', COMMANDS['event'] ?? '', 'emial'];
  await expect(promisify(execFile)(process.execPath, args, { cwd: root })).rejects.toMatchObject({
    code: 2,
    stdout: '',
  });
});
