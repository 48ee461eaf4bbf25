import { createRequire } from 'node:module';
import { SETTINGS } from '../../../lib/settings/table.js';
import { unknownNames } from '../../../lib/settings/unknown-names.js';

test.each([
  ['two letters swapped', 'EMAIL_FORM', 'EMAIL_FROM'],
  ['a letter too many', 'SMS_DAILY_LIMITS', 'SMS_DAILY_LIMIT'],
  ['a letter left out', 'OWNID_SHRED_SECRET', 'OWNID_SHARED_SECRET'],
  ['a letter changed', 'SMTP_PASSWORT', 'SMTP_PASSWORD'],
  ['the nearer of two', 'SMTP_PORTS', 'SMTP_PORT'],
  ['an underscore too few', 'EMAIL_FROM_NAME_SHOP', 'EMAIL_FROM_NAME__SHOP'],
  ["a mistake before an app's suffix", 'EMAIL_FORM__MY_SHOP', 'EMAIL_FROM__MY_SHOP'],
  ["an app's suffix in small letters", 'EMAIL_FROM__shop', 'EMAIL_FROM__SHOP'],
])('%s: %s, did you mean %s?', (_, name, meant) => {
  expect(unknownNames({ [name]: 'value' })).toEqual([`${name} is not a setting; did you mean ${meant}?`]);
});

test('a name with one of our prefixes that resembles no setting is unknown, without a guess', () => {
  expect(unknownNames({ SENDGRID_WEBHOOK_TOKEN: 'hunter2' })).toEqual([
    'SENDGRID_WEBHOOK_TOKEN is not a setting',
  ]);
});

test('every setting is known, with and without a suffix', () => {
  const names = Object.keys(SETTINGS).flatMap((name) => [name, `${name}__SHOP`, `${name}__MY_SHOP`]);
  expect(unknownNames(Object.fromEntries(names.map((name) => [name, 'x'])))).toEqual([]);
});

// Lambda developer guide, "Using Lambda environment variables", defined runtime environment variables.
test.each(
  `_HANDLER _X_AMZN_TRACE_ID AWS_DEFAULT_REGION AWS_REGION AWS_EXECUTION_ENV AWS_LAMBDA_FUNCTION_NAME
   AWS_LAMBDA_FUNCTION_MEMORY_SIZE AWS_LAMBDA_FUNCTION_VERSION AWS_LAMBDA_INITIALIZATION_TYPE
   AWS_LAMBDA_LOG_GROUP_NAME AWS_LAMBDA_LOG_STREAM_NAME AWS_LAMBDA_LOG_FORMAT AWS_ACCESS_KEY AWS_ACCESS_KEY_ID
   AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_LAMBDA_RUNTIME_API LAMBDA_TASK_ROOT LAMBDA_RUNTIME_DIR LANG PATH
   LD_LIBRARY_PATH NODE_PATH TZ SHLVL PWD HOME EMAIL USER NODE_OPTIONS OTEL_SERVICE_NAME`.split(/\s+/),
)('%s is not ours', (name) => {
  expect(unknownNames({ [name]: 'x' })).toEqual([]);
});

test('what the stack sets is known', async () => {
  const require = createRequire(import.meta.url);
  const environment = require('../../../resources/environment.cjs') as (osls: {
    resolveVariable: (name: string) => Promise<string>;
  }) => Promise<Record<string, string>>;
  expect(unknownNames(await environment({ resolveVariable: (name) => Promise.resolve(name) }))).toEqual([]);
});
