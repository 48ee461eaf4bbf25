import { emailChannel } from '../../../lib/email/channel.js';
import { SettingsError } from '../../../lib/errors.js';
import { createWebhook } from '../../../lib/relay/start/webhook-function.js';
import type { Environment } from '../../../lib/settings/settings.js';
import { type SettingName, SETTINGS } from '../../../lib/settings/table.js';
import { smsChannel } from '../../../lib/sms/channel.js';
import { checkSettings } from '../../../tools/serverless/check-settings.js';

const secret = 'ssm:/otp-relay/prod/ownid-shared-secret';

test.each([
  ['both channels', { EMAIL_FROM: 'a@example.com', SMS_ALLOWED_COUNTRIES: 'US' }, [], []],
  ['SMS only', { SMS_ALLOWED_COUNTRIES: 'US' }, [], ['email: EMAIL_FROM is not set']],
  ['a malformed country', { EMAIL_FROM: 'a@example.com', SMS_ALLOWED_COUNTRIES: 'USA' }, 1, []],
  ['a malformed sender of one app', { EMAIL_FROM: 'a@example.com', EMAIL_FROM__SHOP: 'shop' }, 1, []],
])('%s', (_, settings, faults, unused) => {
  const verdict = checkSettings({ OWNID_SHARED_SECRET: secret, ...settings });
  expect(typeof faults === 'number' ? verdict.faults.length : verdict.faults).toEqual(faults);
  expect(verdict.unused).toEqual(unused);
});

test('without a secret nothing can be deployed', () => {
  const { faults, unused } = checkSettings({ EMAIL_FROM: 'a@example.com' });
  expect(faults).toEqual(['OWNID_SHARED_SECRET is not set']);
  expect(unused).toEqual([]);
});

test('a secret is in the parameter store, for every app', () => {
  const { faults } = checkSettings({
    OWNID_SHARED_SECRET: secret,
    OWNID_SHARED_SECRET__SHOP: 'c2VlZC1zaGFyZWQtc2VjcmV0LW9mLTMyLWJ5dGVzISE=',
    EMAIL_FROM: 'a@example.com',
  });
  expect(faults).toEqual([
    'OWNID_SHARED_SECRET__SHOP must be an ssm: reference; put its value into the parameter store',
  ]);
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
  'what %s stops at start is refused at packaging',
  (name) => {
    const environment = {
      OWNID_SHARED_SECRET: secret,
      STATE_TABLE: 'state',
      EMAIL_PROVIDER: 'ses,smtp,microsoft,sendgrid,mandrill',
      EMAIL_FROM: 'login@shop.example',
      SMTP_HOST: 'smtp.shop.example',
      SMTP_USERNAME: 'login',
      SMTP_PASSWORD: secret,
      MICROSOFT_TENANT_ID: 'shop.example',
      MICROSOFT_CLIENT_ID: '00000000-0000-0000-0000-000000000000',
      MICROSOFT_CLIENT_SECRET: secret,
      SENDGRID_API_KEY: secret,
      MANDRILL_API_KEY: secret,
      // No format takes a control character, and no reference either.
      [name]: 'ssm:\u0001',
    };
    const atStart = faultsAtStart(environment);
    expect(atStart).toEqual([expect.stringContaining(name)]);
    expect(checkSettings(environment).faults).toEqual(atStart);
  },
);
