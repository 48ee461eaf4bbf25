import { SettingsError } from '../../../lib/errors.js';
import {
  appName,
  type Environment,
  parameterName,
  readSettings,
  splitApps,
} from '../../../lib/settings/settings.js';
import type { SettingName } from '../../../lib/settings/table.js';

const SECRET = 'c2VlZC1zaGFyZWQtc2VjcmV0LW9mLTMyLWJ5dGVzISE=';

const read = <N extends SettingName>(name: N, text: string | undefined) =>
  readSettings({ app: '', values: { [name]: text } }, (get) => get(name));

function faultsOf(call: () => unknown): readonly string[] {
  try {
    call();
    return [];
  } catch (error) {
    if (error instanceof SettingsError) return error.faults;
    throw error;
  }
}

test.each<[SettingName, string | undefined, unknown]>([
  ['EMAIL_PROVIDER', undefined, ['ses']],
  ['EMAIL_FROM', 'login@example.com', 'login@example.com'],
  ['EMAIL_FROM', '  login@münchen.de ', 'login@xn--mnchen-3ya.de'],
  ['EMAIL_FROM_NAME', 'Zoë "Z" Ω 🔑', 'Zoë "Z" Ω 🔑'],
  ['EMAIL_FROM_NAME', '', undefined],
  ['SES_CONFIGURATION_SET', undefined, undefined],
  ['TIME_BUDGET_MS', undefined, 2500],
  ['TIME_BUDGET_MS', '1500', 1500],
  ['SMS_ALLOWED_COUNTRIES', undefined, new Set()],
  ['SMS_ALLOWED_COUNTRIES', 'US, CA,GB', new Set(['US', 'CA', 'GB'])],
  ['SMS_ALLOWED_COUNTRIES', '*', '*'],
  ['SMS_SENDER_ID', 'ACME-1', new Map([['*', 'ACME-1']])],
  ['SMS_ORIGINATION_NUMBER', '+12065550100', new Map([['*', '+12065550100']])],
  ['SMS_ORIGINATION_NUMBER', '12345', new Map([['*', '12345']])],
  ['SMS_MAX_PRICE_USD', '0.50', new Map([['*', '0.50']])],
  ['SMS_DLT_ENTITY_ID', '1101234567890123456', '1101234567890123456'],
])('%s=%s is read as %j', (name, text, value) => {
  expect(read(name, text)).toEqual(value);
});

test.each<[SettingName, string | undefined, string]>([
  ['OWNID_SHARED_SECRET', undefined, 'is not set'],
  ['OWNID_SHARED_SECRET', '   ', 'is not set'],
  ['OWNID_SHARED_SECRET', 'hunter2', 'must be standard base64 with padding'],
  ['OWNID_SHARED_SECRET', 'c2hvcnQ=', 'must decode to at least 16 bytes'],
  ['OWNID_SHARED_SECRET', `${SECRET},`, 'must decode to at least 16 bytes'],
  ['OWNID_SHARED_SECRET', `${SECRET},${SECRET},${SECRET}`, 'must be one secret, or two as current,previous'],
  ['EMAIL_PROVIDER', 'pigeon', 'must be one of: ses, smtp, microsoft, sendgrid, mandrill'],
  ['EMAIL_PROVIDER', 'ses,ses', 'must not name anything twice'],
  ['EMAIL_FROM', 'Acme <login@example.com>', 'must be one email address, without a display name'],
  ['EMAIL_FROM_NAME', 'a\nb', 'must be at most 100 characters without control characters or =?'],
  ['TIME_BUDGET_MS', '2.5', 'must be a whole number from 1500 to 14000'],
  ['TIME_BUDGET_MS', '0', 'must be a whole number from 1500 to 14000'],
  ['TIME_BUDGET_MS', '2500ms', 'must be a whole number from 1500 to 14000'],
  [
    'SMS_ALLOWED_COUNTRIES',
    'us',
    'must be * or a list of two-letter country codes in capitals, such as US,CA,GB',
  ],
  [
    'SMS_ALLOWED_COUNTRIES',
    'US,*',
    'must be * or a list of two-letter country codes in capitals, such as US,CA,GB',
  ],
  [
    'SMS_SENDER_ID',
    '12345',
    'must be 1 to 11 letters, digits or hyphens, with a letter and no hyphen at either end',
  ],
  ['SMS_MAX_PRICE_USD', '0', 'must be a price in US dollars, such as 0.50'],
  ['SMS_MAX_PRICE_USD', '$1', 'must be a price in US dollars, such as 0.50'],
  ['SES_CONFIGURATION_SET', 'ssm:otp', 'must refer to a parameter as ssm:/path/name'],
])('%s=%s is a fault: %s', (name, text, fault) => {
  expect(faultsOf(() => read(name, text))).toEqual([`${name} ${fault}`]);
});

test('one secret, or the current and the previous one', () => {
  expect(read('OWNID_SHARED_SECRET', SECRET)).toHaveLength(1);
  expect(read('OWNID_SHARED_SECRET', `${SECRET}, AAAAAAAAAAAAAAAAAAAAAA==`)).toHaveLength(2);
});

test('one message lists every fault by name and repeats no value', () => {
  const values = { OWNID_SHARED_SECRET: 'hunter2', EMAIL_FROM: 'nobody', TIME_BUDGET_MS: 'soon' };
  const call = () =>
    readSettings({ app: '', values }, (get) => [
      get('OWNID_SHARED_SECRET'),
      get('EMAIL_FROM'),
      get('TIME_BUDGET_MS'),
      get('EMAIL_FROM_NAME'),
    ]);
  expect(call).toThrow(
    new SettingsError([
      'OWNID_SHARED_SECRET must be standard base64 with padding',
      'EMAIL_FROM must be one email address, without a display name',
      'TIME_BUDGET_MS must be a whole number from 1500 to 14000',
    ]),
  );
  expect(call).toThrow(/^3 faulty settings:\n {2}- OWNID_SHARED_SECRET/);
  expect(call).not.toThrow(/hunter2|nobody|soon/);
});

describe('references', () => {
  const values = { EMAIL_FROM: 'ssm:/otp/from' };
  const pick = { app: '', values };

  test.each([
    ['ssm:/otp/from', '/otp/from'],
    ['login@example.com', undefined],
    [undefined, undefined],
  ])('%s refers to %s', (text, name) => {
    expect(parameterName(text)).toBe(name);
  });

  test('are taken as present at start', () => {
    expect(faultsOf(() => readSettings(pick, (get) => get('EMAIL_FROM')))).toEqual([]);
  });

  test('are read like literals once resolved', () => {
    const parameters = new Map([['/otp/from', ' login@example.com\n']]);
    expect(readSettings(pick, (get) => get('EMAIL_FROM'), parameters)).toBe('login@example.com');
  });

  test.each([
    [new Map([['/otp/from', 'nobody']]), 'EMAIL_FROM must be one email address, without a display name'],
    [new Map<string, string>(), 'EMAIL_FROM refers to /otp/from, which is not in the parameter store'],
    [new Map([['/otp/from', '']]), 'EMAIL_FROM refers to /otp/from, which is not in the parameter store'],
  ])('to %j are a fault', (parameters, fault) => {
    expect(faultsOf(() => readSettings(pick, (get) => get('EMAIL_FROM'), parameters))).toEqual([fault]);
  });
});

describe('apps', () => {
  const environment: Environment = {
    EMAIL_FROM: 'login@example.com',
    EMAIL_FROM__SHOP: 'shop@example.com',
    EMAIL_FROM_NAME__SHOP: 'Shop',
    EMAIL_FROM__MY_OTHER_APP: 'nobody',
    npm_config__x: 'y',
  };

  test('are the suffixes in capitals, besides the default app', () => {
    expect(splitApps(environment).map(({ app }) => app)).toEqual(['', 'SHOP', 'MY_OTHER_APP']);
  });

  test('are the same for both channels, neither of which knows the settings of the other', () => {
    expect(splitApps({ SETTING_OF_THE_OTHER__SHOP: 'x' }).map(({ app }) => app)).toEqual(['', 'SHOP']);
  });

  test('take over what they do not override', () => {
    const values = splitApps({ ...environment, EMAIL_REPLY_TO: 'help@example.com' }).map((app) =>
      app.app === 'MY_OTHER_APP'
        ? []
        : readSettings(app, (get) => [get('EMAIL_FROM'), get('EMAIL_FROM_NAME'), get('EMAIL_REPLY_TO')]),
    );
    expect(values).toEqual([
      ['login@example.com', undefined, 'help@example.com'],
      ['shop@example.com', 'Shop', 'help@example.com'],
      [],
    ]);
  });

  test('an empty override means the default', () => {
    const [, shop] = splitApps({ EMAIL_FROM_NAME: 'Acme', EMAIL_FROM_NAME__SHOP: '' });
    expect(shop && readSettings(shop, (get) => get('EMAIL_FROM_NAME'))).toBeUndefined();
  });

  test('faults are named with the suffix where the override is at fault', () => {
    const faults = splitApps(environment).flatMap((app) =>
      faultsOf(() => readSettings(app, (get) => [get('EMAIL_FROM'), get('OWNID_SHARED_SECRET')])),
    );
    expect(faults).toEqual([
      'OWNID_SHARED_SECRET is not set',
      'OWNID_SHARED_SECRET is not set',
      'EMAIL_FROM__MY_OTHER_APP must be one email address, without a display name',
      'OWNID_SHARED_SECRET is not set',
    ]);
  });

  test.each<[string, Record<string, string>, string]>([
    ['the general one, where nothing else is set', {}, 'general@b.co'],
    ['the special one', { EMAIL_REPLY_TO: 'special@b.co' }, 'special@b.co'],
    [
      "the app's general one",
      { EMAIL_REPLY_TO: 'special@b.co', EMAIL_FROM__SHOP: 'general@shop.co' },
      'general@shop.co',
    ],
    [
      "the app's special one",
      { EMAIL_FROM__SHOP: 'general@shop.co', EMAIL_REPLY_TO__SHOP: 'special@shop.co' },
      'special@shop.co',
    ],
    [
      'the general one, where the app has no special one',
      { EMAIL_REPLY_TO: 'special@b.co', EMAIL_REPLY_TO__SHOP: '' },
      'general@b.co',
    ],
  ])('of a general and a special setting use %s', (_, values, expected) => {
    const [, shop] = splitApps({ EMAIL_FROM: 'general@b.co', EMAIL_FROM_NAME__SHOP: 'Shop', ...values });
    expect(shop && readSettings(shop, (get) => get('EMAIL_FROM', 'EMAIL_REPLY_TO'))).toBe(expected);
  });

  test('a fault is named after the setting that it was found in', () => {
    const values = { EMAIL_FROM: 'a@b.co', EMAIL_REPLY_TO: 'nobody' };
    expect(
      faultsOf(() => readSettings({ app: '', values }, (get) => get('EMAIL_FROM', 'EMAIL_REPLY_TO'))),
    ).toEqual([expect.stringMatching(/^EMAIL_REPLY_TO must be/)]);
  });

  test.each([
    [undefined, ''],
    ['shop', 'SHOP'],
    ['my-other-app', 'MY_OTHER_APP'],
  ])('%s in a path is %j', (path, name) => {
    expect(appName(path)).toBe(name);
  });
});
