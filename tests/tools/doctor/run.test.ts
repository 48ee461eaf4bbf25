import { SettingsError } from '../../../lib/errors.js';
import { type Check, type DoctorContext, fail, ok, warn } from '../../../tools/doctor/finding.js';
import { exitCode, format, runChecks, summarize } from '../../../tools/doctor/run.js';

const context = { client: { region: 'eu-west-1' } } as DoctorContext;
const check = (title: string, run: Check['run']): Check => ({ title, run });
const denied = () =>
  Promise.reject(Object.assign(new Error('no'), { name: 'AccessDeniedException', $metadata: {} }));

test('a check that cannot be made says why, and the next one runs', async () => {
  const printed: string[] = [];
  const results = await runChecks(
    [
      check('a', denied),
      check('b', () => Promise.reject(new SettingsError(['EMAIL_FROM is not set']))),
      check('c', () => Promise.resolve([ok('fine'), warn('hm', 'do this')])),
      check('d', () => Promise.resolve([])),
    ],
    context,
    (result) => printed.push(format(result)),
  );

  expect(results).toEqual([
    { check: 'a', level: 'none', text: 'not checked: The AWS credentials may not do this: no' },
    { check: 'b', level: 'none', text: 'not checked', todo: 'Correct the settings first.' },
    { check: 'c', level: 'ok', text: 'fine' },
    { check: 'c', level: 'warn', text: 'hm', todo: 'do this' },
  ]);
  expect(summarize(results)).toBe('1 ok, 1 to look at, 0 failed, 2 not checked');
  expect(printed).toHaveLength(4);
});

test('what blocks several checks is said once', async () => {
  const checks = ['a', 'b', 'c'].map((title) => check(title, denied));
  const results = await runChecks(checks, context, () => undefined);
  expect(results).toEqual([
    { check: 'a', level: 'none', text: 'not checked: The AWS credentials may not do this: no' },
    { check: 'and', level: 'none', text: 'not checked for the same reason: b, c' },
  ]);
});

test.each([
  ['all is fine', ['ok', 'warn'], 0],
  ['something fails', ['ok', 'none', 'fail'], 1],
  ['it could not look', ['ok', 'none'], 2],
] as const)('where %s the exit code is %s: %d', (_, levels, code) => {
  expect(exitCode(levels.map((level) => ({ check: 'a', level, text: '' })))).toBe(code);
});

test('a line says what to do where there is something to do', () => {
  expect(format({ check: 'stack', ...ok('UPDATE_COMPLETE') })).toBe(
    'ok    stack                 UPDATE_COMPLETE',
  );
  expect(format({ check: 'stack', ...fail('gone', 'deploy') })).toBe(
    'fail  stack                 gone\n                            -> deploy',
  );
});
