import { SettingsError } from '../../../lib/errors.js';
import { type Check, type DoctorContext, fail, ok, warn } from '../../../tools/doctor/finding.js';
import { format, runChecks, summarize } from '../../../tools/doctor/run.js';

const context = {} as DoctorContext;
const check = (title: string, run: Check['run']): Check => ({ title, run });

test('a check that throws is a failure, and the next one runs', async () => {
  const printed: string[] = [];
  const results = await runChecks(
    [
      check('a', () => Promise.reject(Object.assign(new Error('no'), { name: 'AccessDeniedException' }))),
      check('b', () => Promise.reject(new SettingsError(['EMAIL_FROM is not set']))),
      check('c', () => Promise.resolve([ok('fine'), warn('hm', 'do this')])),
      check('d', () => Promise.resolve([])),
    ],
    context,
    (result) => printed.push(format(result)),
  );

  expect(results).toEqual([
    {
      check: 'a',
      level: 'fail',
      text: 'not checked: AccessDeniedException: no',
      todo: 'Use credentials that may read this.',
    },
    { check: 'b', level: 'fail', text: 'not checked', todo: 'Mend the settings first.' },
    { check: 'c', level: 'ok', text: 'fine' },
    { check: 'c', level: 'warn', text: 'hm', todo: 'do this' },
  ]);
  expect(summarize(results)).toBe('1 ok, 1 to look at, 2 failed');
  expect(printed).toHaveLength(4);
});

test('a line says what to do where there is something to do', () => {
  expect(format({ check: 'stack', ...ok('UPDATE_COMPLETE') })).toBe(
    'ok    stack                 UPDATE_COMPLETE',
  );
  expect(format({ check: 'stack', ...fail('gone', 'deploy') })).toBe(
    'fail  stack                 gone\n                            -> deploy',
  );
});
