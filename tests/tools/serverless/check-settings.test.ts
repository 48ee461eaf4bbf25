import { emailChannel } from '../../../lib/email/channel.js';
import { SettingsError } from '../../../lib/errors.js';
import { createWebhook } from '../../../lib/relay/start/webhook-function.js';
import type { Environment } from '../../../lib/settings/settings.js';
import { type SettingName, SETTINGS } from '../../../lib/settings/table.js';
import { smsChannel } from '../../../lib/sms/channel.js';
import { checkSettings } from '../../../tools/serverless/check-settings.js';

const secret = 'ssm:/otp-relay/prod/ownid-shared-secret';

test.each([
  ['both channels', { EMAIL_FROM: 'a@acme-shop.com', SMS_ALLOWED_COUNTRIES: 'US' }, [], []],
  ['SMS only', { SMS_ALLOWED_COUNTRIES: 'US' }, [], ['email: EMAIL_FROM is not set']],
  ['half a provider', { EMAIL_FROM: 'a@acme-shop.com', EMAIL_PROVIDER: 'smtp', SMTP_HOST: 'a.b' }, 2, []],
  ['nothing but an app', { EMAIL_FROM__SHOP: 'a@acme-shop.com' }, ['EMAIL_FROM is not set'], []],
  ['a malformed country', { EMAIL_FROM: 'a@acme-shop.com', SMS_ALLOWED_COUNTRIES: 'USA' }, 1, []],
  ['a malformed sender of one app', { EMAIL_FROM: 'a@acme-shop.com', EMAIL_FROM__SHOP: 'shop' }, 1, []],
])('%s', (_, settings, faults, unused) => {
  const verdict = checkSettings('prod', { OWNID_SHARED_SECRET: secret, ...settings });
  expect(typeof faults === 'number' ? verdict.faults.length : verdict.faults).toEqual(faults);
  expect(verdict.unused).toEqual(unused);
});

test('without a secret nothing can be deployed', () => {
  const { faults, unused } = checkSettings('prod', { EMAIL_FROM: 'a@acme-shop.com' });
  expect(faults).toEqual(['OWNID_SHARED_SECRET is not set']);
  expect(unused).toEqual([]);
});

test('a secret must be in the parameter store, for every app', () => {
  const { faults } = checkSettings('prod', {
    OWNID_SHARED_SECRET: secret,
    OWNID_SHARED_SECRET__SHOP: 'c2VlZC1zaGFyZWQtc2VjcmV0LW9mLTMyLWJ5dGVzISE=',
    EMAIL_FROM: 'a@acme-shop.com',
  });
  expect(faults).toEqual([
    'OWNID_SHARED_SECRET__SHOP must be an ssm: reference; put its value into the parameter store',
  ]);
});

test('a sender that a country does not accept is reported, and stops nothing', () => {
  const { faults, undeliverable } = checkSettings('prod', {
    OWNID_SHARED_SECRET: secret,
    SMS_ALLOWED_COUNTRIES: 'US',
    SMS_ORIGINATION_NUMBER: '+12065550100',
    SMS_ORIGINATION_NUMBER__SHOP: '+447400123456',
  });
  expect(faults).toEqual([]);
  expect(undeliverable).toEqual([expect.stringContaining("US does not deliver another country's number")]);
});

/** What the two webhooks say when they start. */
function faultsAtStart(environment: Environment): string[] {
  return [
    () => createWebhook(emailChannel, { environment }),
    () => createWebhook(smsChannel, { environment }),
  ]
    .flatMap((start) => {
      try {
        start();
        return [];
      } catch (error) {
        if (error instanceof SettingsError) return error.faults;
        throw error;
      }
    })
    .filter((fault, index, faults) => faults.indexOf(fault) === index);
}

test.each(Object.keys(SETTINGS) as SettingName[])(
  'packaging refuses the fault in %s that would stop the start',
  (name) => {
    const environment = {
      OWNID_SHARED_SECRET: secret,
      STATE_TABLE: 'state',
      EMAIL_PROVIDER: 'ses,smtp,microsoft,sendgrid,mandrill',
      EMAIL_FROM: 'login@acme-shop.com',
      SMTP_HOST: 'smtp.shop.example',
      SMTP_USERNAME: 'login',
      SMTP_PASSWORD: secret,
      MICROSOFT_TENANT_ID: 'shop.example',
      MICROSOFT_CLIENT_ID: '00000000-0000-0000-0000-000000000000',
      MICROSOFT_CLIENT_SECRET: secret,
      SENDGRID_API_KEY: secret,
      MANDRILL_API_KEY: secret,
      SES_CONFIGURATION_SET: 'mine',
      SMS_PROVIDER: 'sns,eum,twilio,notify',
      NOTIFY_CONFIGURATION_ID: 'nc-0123',
      TWILIO_ACCOUNT_SID: `AC${'0'.repeat(32)}`,
      TWILIO_AUTH_TOKEN: secret,
      TWILIO_SENDER: '+12065550100',
      ...(name === 'TWILIO_API_KEY_SECRET' && { TWILIO_API_KEY_SID: `SK${'0'.repeat(32)}` }),
      // No format takes a control character, and no reference either.
      [name]: 'ssm:\u0001',
    };
    const atStart = faultsAtStart(environment);
    expect(atStart).toEqual([expect.stringContaining(name)]);
    expect(checkSettings('prod', environment).faults).toEqual(atStart);
  },
);

const COMPLETE = {
  OWNID_SHARED_SECRET: secret,
  EMAIL_FROM: 'login@acme-shop.com',
  SMS_ALLOWED_COUNTRIES: 'US',
};

test.each<[string, Record<string, unknown>, string]>([
  [
    'a mistyped name',
    { EMAIL_FORM: 'login@acme-shop.com' },
    'EMAIL_FORM is not a setting; did you mean EMAIL_FROM?',
  ],
  ["another project's name", { DEBUG: '*' }, 'DEBUG is not a setting'],
  [
    'an unknown name that looks like a secret',
    { SIGNING_KEY: 'hunter2' },
    'SIGNING_KEY is not a setting, and its value, which may be a secret, would stand in the template',
  ],
  [
    'a phone number without quotes',
    { SMS_ORIGINATION_NUMBER: 12065550100 },
    'SMS_ORIGINATION_NUMBER must be in quotes: YAML reads it as a number',
  ],
  [
    'a list of one phone number without quotes',
    { SMS_ALLOWED_RECIPIENTS: 12065550100 },
    'SMS_ALLOWED_RECIPIENTS must be in quotes: YAML reads it as a number',
  ],
  [
    'a name of digits without quotes',
    { EMAIL_FROM_NAME: 1800 },
    'EMAIL_FROM_NAME must be in quotes: YAML reads it as a number',
  ],
  [
    'a word that YAML has a meaning for',
    { EMAIL_FROM_NAME: true },
    'EMAIL_FROM_NAME must be in quotes: YAML reads it as a boolean',
  ],
  ['a name without a value', { EMAIL_FROM_NAME: null }, 'EMAIL_FROM_NAME has no value; delete the line'],
  ['a list', { SMS_ALLOWED_COUNTRIES: ['US'] }, 'SMS_ALLOWED_COUNTRIES must be one value, not a list'],
  [
    "another stage's parameter",
    { OWNID_SHARED_SECRET: 'ssm:/otp-relay/dev/ownid-shared-secret' },
    'OWNID_SHARED_SECRET refers to a parameter outside /otp-relay/prod/, which the functions may not read',
  ],
  [
    'the sender of the example',
    { EMAIL_FROM: 'login@example.com' },
    'EMAIL_FROM is an example: set it to an address of a domain of yours',
  ],
  [
    "an app's sender at a reserved domain",
    { EMAIL_FROM__SHOP: 'login@mail.shop.test' },
    'EMAIL_FROM__SHOP is an example: set it to an address of a domain of yours',
  ],
  [
    "another region's SES with the stack's configuration set",
    { SES_REGION: 'eu-west-1' },
    "SES_CONFIGURATION_SET must be one of SES_REGION's sets, or '' for none",
  ],
  [
    'a country that has another code',
    { SMS_ALLOWED_COUNTRIES: 'US, UK' },
    'SMS_ALLOWED_COUNTRIES must list codes of ISO 3166, and number 2 of the list is none; did you mean GB?',
  ],
  [
    'a country that does not exist',
    { SMS_ALLOWED_COUNTRIES: 'XX' },
    'SMS_ALLOWED_COUNTRIES must list codes of ISO 3166, and number 1 of the list is none',
  ],
  [
    'a time budget without time to send',
    { TIME_BUDGET_MS: 600 },
    'TIME_BUDGET_MS must be a whole number from 1500 to 14000',
  ],
  [
    "a time budget beyond the functions' timeout",
    { TIME_BUDGET_MS: 20_000 },
    'TIME_BUDGET_MS must be a whole number from 1500 to 14000',
  ],
  [
    'a table timeout that leaves no time to send',
    { STATE_TIMEOUT_MS: 2000 },
    'TIME_BUDGET_MS must be at least STATE_TIMEOUT_MS + 900, or nothing can be sent while the state table is slow',
  ],
])('%s is refused', (_, changed, fault) => {
  const { faults } = checkSettings('prod', { ...COMPLETE, ...changed });
  expect(faults).toEqual([fault]);
});

test.each<[string, Record<string, unknown>]>([
  ['numbers where numbers belong', { TIME_BUDGET_MS: 5000, SMTP_PORT: 465, RECIPIENT_LIMIT: 3 }],
  ['numbers in quotes', { TIME_BUDGET_MS: '5000', SMS_ORIGINATION_NUMBER: '+12065550100' }],
  ["this stage's parameters", { EMAIL_FROM: 'ssm:/otp-relay/prod/from' }],
  [
    "variables of AWS's, of Node.js and of the stack",
    { AWS_ENDPOINT_URL_SES: 'https://x', NODE_OPTIONS: '-r y' },
  ],
  [
    'a domain that only looks reserved',
    { EMAIL_FROM: 'login@myexample.com', EMAIL_REPLY_TO: 'help@example.com' },
  ],
])('%s can be deployed', (_, changed) => {
  expect(checkSettings('prod', { ...COMPLETE, ...changed }).faults).toEqual([]);
});

test('every setting whose default is a number may be written as a number', () => {
  const numbers = Object.entries(SETTINGS).flatMap(([name, { whenUnset }]) =>
    whenUnset !== 'required' && typeof whenUnset() === 'number' ? [[name, whenUnset()] as const] : [],
  );
  expect(numbers.length).toBeGreaterThan(5);
  expect(checkSettings('prod', { ...COMPLETE, ...Object.fromEntries(numbers) }).faults).toEqual([]);
});

test('no message contains a value', () => {
  const faults = Object.keys(SETTINGS)
    .map((name) =>
      checkSettings('prod', { ...COMPLETE, [name]: 'ssm:\u0001hunter2', [`${name}_X`]: 'hunter2' }),
    )
    .flatMap((verdict) => verdict.faults);
  expect(faults.length).toBeGreaterThan(50);
  expect(faults.join('\n')).not.toContain('hunter2');
});
