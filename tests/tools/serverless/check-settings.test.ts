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
