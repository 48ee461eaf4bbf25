import { awsConfig } from '../../../lib/aws/config.js';
import { ENDPOINTS } from '../../../lib/aws/endpoints.js';
import { SettingsError } from '../../../lib/errors.js';
import { albEvent, functionUrlEvent, httpApiEvent, restApiEvent } from '../../../tools/ownid/event-shapes.js';
import { EMAIL, signedEvent, SMS } from '../../support/event.js';
import { SECRET, startTestRelay, type TestRelay } from '../../support/relay.js';

const OTHER_SECRET = 'b3RoZXItc2hhcmVkLXNlY3JldC0wMTIzNDU2Nzg5';
const running: TestRelay[] = [];

async function start(...options: Parameters<typeof startTestRelay>): Promise<TestRelay> {
  const relay = await startTestRelay(...options);
  running.push(relay);
  return relay;
}

afterEach(() => Promise.all(running.splice(0).map((relay) => relay.close())));

const records = ({ lines }: TestRelay) =>
  lines
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter((record) => record['outcome'] !== undefined);

describe('an accepted email', () => {
  test('is one SendEmail with every field as it should be', async () => {
    const relay = await start({
      environment: {
        EMAIL_FROM_NAME: 'Zoë & Co',
        EMAIL_REPLY_TO: 'help@example.com',
        SES_CONFIGURATION_SET: 'otp',
      },
    });
    const payload = {
      email: 'User@münchen.de',
      subject: 'ログイン認証 🔑',
      body: '<h1>Hi</h1><p>Code: <b>592 801</b> or <a href="https://example.com/go?a=1&amp;b=2">sign in</a></p>',
    };
    const answer = await relay.email(signedEvent(payload), { awsRequestId: 'request-1' });
    expect(answer).toEqual({ statusCode: 202, headers: {}, body: '', isBase64Encoded: false });
    expect(relay.calls.map(({ fields }) => fields)).toEqual([
      {
        Action: 'SendEmail',
        Version: '2010-12-01',
        Source: '=?UTF-8?B?Wm/DqyAmIENv?= <login@example.com>',
        'Destination.ToAddresses.member.1': 'User@xn--mnchen-3ya.de',
        'ReplyToAddresses.member.1': 'help@example.com',
        ConfigurationSetName: 'otp',
        'Message.Subject.Data': 'ログイン認証 🔑',
        'Message.Subject.Charset': 'UTF-8',
        'Message.Body.Html.Data': payload.body,
        'Message.Body.Html.Charset': 'UTF-8',
        'Message.Body.Text.Data': expect.stringMatching(
          /^Hi[\r\n]+Code: 592 801 or sign in \(https:\/\/example\.com\/go\?a=1&b=2\)$/,
        ) as string,
        'Message.Body.Text.Charset': 'UTF-8',
      },
    ]);
  });

  test('is logged once, its recipient as a hash', async () => {
    const relay = await start();
    await relay.email(signedEvent(EMAIL), { awsRequestId: 'request-1' });
    expect(records(relay)).toEqual([
      {
        requestId: 'request-1',
        channel: 'email',
        outcome: 'accepted',
        provider: 'ses',
        messageId: relay.received[0]?.messageId,
        recipient: expect.stringMatching(/^[0-9a-f]{32}$/) as string,
        failures: [],
        durationMs: expect.any(Number) as number,
        deliveryMs: expect.any(Number) as number,
      },
    ]);
  });

  test('is measured by channel, and by provider and app', async () => {
    const relay = await start();
    await relay.email(signedEvent(EMAIL));
    const metric = relay.lines
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .find((line) => '_aws' in line);
    expect(metric).toMatchObject({
      _aws: {
        CloudWatchMetrics: [
          {
            Namespace: 'OtpRelay',
            Dimensions: [
              ['service', 'channel'],
              ['service', 'channel', 'provider', 'app'],
            ],
            Metrics: [
              { Name: 'accepted', Unit: 'Count' },
              { Name: 'providerLatency', Unit: 'Milliseconds' },
            ],
          },
        ],
      },
      service: 'otp-relay',
      channel: 'email',
      provider: 'ses',
      app: 'default',
      accepted: 1,
    });
  });
});

describe('an accepted SMS', () => {
  test('is one Publish with every attribute', async () => {
    const relay = await start({
      environment: {
        SMS_ALLOWED_COUNTRIES: '*',
        SMS_SENDER_ID: 'ACME',
        SMS_ORIGINATION_NUMBER: '+12065550100',
        SMS_MAX_PRICE_USD: '0.50',
        SMS_DLT_ENTITY_ID: '1101234567890123456',
        SMS_DLT_TEMPLATE_ID: '1107123456789012345',
      },
    });
    const payload = { phoneNumber: '+919876543210', messageText: 'कोड 1234 ✓', code: '1234' };
    expect(await relay.sms(signedEvent(payload, { path: '/sms' }))).toMatchObject({
      statusCode: 202,
      body: '',
    });
    const { Action, Version, PhoneNumber, Message, ...attributes } = relay.calls[0]?.fields ?? {};
    expect({ Action, Version, PhoneNumber, Message }).toEqual({
      Action: 'Publish',
      Version: '2010-03-31',
      PhoneNumber: '+919876543210',
      Message: 'कोड 1234 ✓',
    });
    const entry = (index: number, name: string, type: string, value: string) => ({
      [`MessageAttributes.entry.${index}.Name`]: name,
      [`MessageAttributes.entry.${index}.Value.DataType`]: type,
      [`MessageAttributes.entry.${index}.Value.StringValue`]: value,
    });
    expect(attributes).toEqual({
      ...entry(1, 'AWS.SNS.SMS.SMSType', 'String', 'Transactional'),
      ...entry(2, 'AWS.SNS.SMS.MaxPrice', 'Number', '0.50'),
      ...entry(3, 'AWS.MM.SMS.OriginationNumber', 'String', '+12065550100'),
      ...entry(4, 'AWS.MM.SMS.EntityId', 'String', '1101234567890123456'),
      ...entry(5, 'AWS.MM.SMS.TemplateId', 'String', '1107123456789012345'),
    });
  });

  test('is logged with its country', async () => {
    const relay = await start();
    await relay.sms(signedEvent(SMS, { path: '/sms' }));
    expect(records(relay)).toMatchObject([
      { channel: 'sms', outcome: 'accepted', provider: 'sns', country: 'US' },
    ]);
  });

  test.each([
    ['Your code is 1234', '1234', 0],
    ['Your code is 12-34', '1234', 0],
    ['Your code is', '1234', 1],
    ['Your code is {{code}}', '1234', 1],
    ['Your code is', undefined, 0],
  ])('is counted as doubtful where its text lacks its code: %s', async (messageText, code, times) => {
    const relay = await start();
    const payload = { ...SMS, messageText, code };
    expect(await relay.sms(signedEvent(payload, { path: '/sms' }))).toMatchObject({ statusCode: 202 });
    expect(relay.received).toMatchObject([{ text: messageText }]);
    expect(relay.lines.filter((line) => line.includes('"doubtful":1'))).toHaveLength(times);
    const [record] = records(relay);
    expect([record?.['outcome'], record?.['reason']]).toEqual([
      'accepted',
      times === 0 ? undefined : 'text_without_code',
    ]);
  });
});

test.each(['HTTP API', 'REST API', 'function URL', 'load balancer'])(
  'an event of %s is read, whatever its header case and encoding',
  async (source) => {
    const relay = await start({
      environment: { EMAIL_FROM__SHOP: 'shop@example.com', OWNID_SHARED_SECRET__SHOP: OTHER_SECRET },
    });
    const { headers = {}, body } = signedEvent(EMAIL, { secret: OTHER_SECRET });
    const parts = {
      method: 'POST',
      path: '/email/shop',
      query: '',
      headers: [
        ['Host', 'example.com'],
        ['Content-Type', 'application/octet-stream'],
        ['OwnID-Timestamp', headers?.['ownid-timestamp'] ?? ''],
        ['OWNID-SIGNATURE', headers?.['ownid-signature'] ?? ''],
      ] as const,
      body: Buffer.from(body ?? ''),
      sourceIp: '192.0.2.1',
      requestId: 'r',
      time: Date.now(),
    };
    const route = { channel: 'email', resource: '/email/{app}', app: 'shop' } as const;
    const events = {
      'HTTP API': httpApiEvent(parts, route),
      'REST API': restApiEvent(parts, route),
      'function URL': functionUrlEvent(parts),
      'load balancer': albEvent(parts),
    };
    expect(await relay.email(events[source as keyof typeof events])).toMatchObject({ statusCode: 202 });
    expect(relay.received).toMatchObject([{ to: EMAIL.email, from: 'shop@example.com' }]);
  },
);

describe('apps', () => {
  const environment = {
    OWNID_SHARED_SECRET__MY_SHOP: OTHER_SECRET,
    EMAIL_FROM__MY_SHOP: 'shop@example.com',
    EMAIL_FROM_NAME: 'Acme',
  };

  test.each([
    ['the default app', '/email', SECRET, 202],
    ['another app', '/email/my-shop', OTHER_SECRET, 202],
    ["another app with the default's secret", '/email/my-shop', SECRET, 401],
    ["the default app with another's secret", '/email', OTHER_SECRET, 401],
    ['an app that is not configured', '/email/unknown', SECRET, 401],
    ['an app with the name of a prototype member', '/email/constructor', SECRET, 401],
  ])('%s', async (_, path, secret, statusCode) => {
    const relay = await start({ environment });
    expect(await relay.email(signedEvent(EMAIL, { path, secret }))).toMatchObject({ statusCode, body: '' });
    expect(relay.received).toHaveLength(statusCode === 202 ? 1 : 0);
  });
});

describe('secrets from the parameter store', () => {
  const environment = { OWNID_SHARED_SECRET: 'ssm:/otp/secret' };

  test('are fetched once, decrypted', async () => {
    const relay = await start({ environment, parameters: new Map([['/otp/secret', SECRET]]) });
    expect(await relay.email(signedEvent(EMAIL))).toMatchObject({ statusCode: 202 });
    expect(await relay.email(signedEvent(EMAIL))).toMatchObject({ statusCode: 202 });
    expect(relay.calls.filter(({ service }) => service === 'ssm')).toMatchObject([
      { action: 'GetParameter', fields: { Name: '/otp/secret', WithDecryption: true } },
    ]);
  });

  test('are rotated without a redeployment: by current and previous, and by a fetch on a failed signature', async () => {
    const clock = { ahead: 0 };
    const parameters = new Map([['/otp/secret', SECRET]]);
    const now = () => Date.now() + clock.ahead;
    const relay = await start({ environment, parameters, now });
    const send = (secret: string) => relay.email(signedEvent(EMAIL, { secret, time: now() }));
    expect(await send(SECRET)).toMatchObject({ statusCode: 202 });

    parameters.set('/otp/secret', `${OTHER_SECRET},${SECRET}`);
    clock.ahead += 30_000;
    expect(await send(OTHER_SECRET)).toMatchObject({ statusCode: 202 });
    expect(await send(SECRET)).toMatchObject({ statusCode: 202 });

    parameters.set('/otp/secret', OTHER_SECRET);
    clock.ahead += 5 * 60_000;
    // The first request goes on with the values at hand, beside which they are refreshed.
    expect(await send(SECRET)).toMatchObject({ statusCode: 202 });
    expect(await send(OTHER_SECRET)).toMatchObject({ statusCode: 202 });
    expect(await send(SECRET)).toMatchObject({ statusCode: 401 });
  });

  test('forged signatures do not make the store be asked each time', async () => {
    const relay = await start({ environment, parameters: new Map([['/otp/secret', SECRET]]) });
    for (let index = 0; index < 5; index += 1) {
      expect(await relay.email(signedEvent(EMAIL, { secret: OTHER_SECRET }))).toMatchObject({
        statusCode: 401,
      });
    }
    expect(relay.calls.filter(({ service }) => service === 'ssm')).toHaveLength(1);
  });

  test('a missing parameter is a 503 whose log names the setting', async () => {
    const relay = await start({ environment });
    expect(await relay.email(signedEvent(EMAIL))).toMatchObject({ statusCode: 503, body: '' });
    expect(records(relay)).toMatchObject([
      {
        outcome: 'secret_unavailable',
        faults: ['OWNID_SHARED_SECRET refers to /otp/secret, which is not in the parameter store'],
      },
    ]);
  });

  test('more than ten are fetched in batches', async () => {
    const apps = Array.from({ length: 12 }, (_, index) => `A${index}`);
    const relay = await start({
      environment: {
        ...environment,
        ...Object.fromEntries(apps.map((app) => [`OWNID_SHARED_SECRET__${app}`, `ssm:/otp/${app}`])),
      },
      parameters: new Map([
        ['/otp/secret', SECRET],
        ...apps.map((app) => [`/otp/${app}`, OTHER_SECRET] as const),
      ]),
    });
    expect(await relay.email(signedEvent(EMAIL, { path: '/email/a11', secret: OTHER_SECRET }))).toMatchObject(
      {
        statusCode: 202,
      },
    );
    const names = relay.calls
      .filter(({ service }) => service === 'ssm')
      .map(({ fields }) => (fields['Names'] as string[]).length);
    expect(names.sort((a, b) => a - b)).toEqual([3, 10]);
  });
});

describe('start', () => {
  test('is stopped by one message that lists every faulty setting', async () => {
    await expect(
      start({ environment: { OWNID_SHARED_SECRET: 'hunter2', EMAIL_FROM: '', TIME_BUDGET_MS: 'soon' } }),
    ).rejects.toThrow(
      '3 faulty settings:\n' +
        '  - OWNID_SHARED_SECRET must be standard base64 with padding\n' +
        '  - TIME_BUDGET_MS must be a whole number from 1500 to 14000\n' +
        '  - EMAIL_FROM is not set',
    );
  });

  test.each([
    ['a mistyped name', { EMAIL_FORM: 'a@b.co' }, 'EMAIL_FORM is not a setting; did you mean EMAIL_FROM?'],
    [
      'a mistyped name of an app',
      { EMAIL_FORM__SHOP: 'a@b.co' },
      'EMAIL_FORM__SHOP is not a setting; did you mean EMAIL_FROM__SHOP?',
    ],
    [
      'a time budget that a slow table would use up',
      { STATE_TIMEOUT_MS: '800', TIME_BUDGET_MS: '1600' },
      'TIME_BUDGET_MS must be at least STATE_TIMEOUT_MS + 900, or nothing can be sent while the state table is slow',
    ],
    [
      'such a time budget of one app',
      { STATE_TIMEOUT_MS: '800', TIME_BUDGET_MS__SHOP: '1600' },
      'TIME_BUDGET_MS__SHOP must be at least STATE_TIMEOUT_MS + 900, or nothing can be sent while the state table is slow',
    ],
    [
      'a country that does not exist',
      { SMS_ALLOWED_COUNTRIES: 'UK' },
      'SMS_ALLOWED_COUNTRIES must list codes of ISO 3166, and number 1 of the list is none; did you mean GB?',
    ],
  ])('is stopped by %s', async (_, environment, fault) => {
    await expect(start({ environment })).rejects.toThrow(new SettingsError([fault]));
  });

  test('is not stopped by what only the parameter store can tell', async () => {
    const parameters = new Map([['/otp/budget', '5000']]);
    const environment = { STATE_TIMEOUT_MS: '3000', TIME_BUDGET_MS: 'ssm:/otp/budget' };
    const relay = await start({ environment, parameters });
    expect(await relay.email(signedEvent(EMAIL))).toMatchObject({ statusCode: 202 });
  });
});

test('mail of another region is posted to SES there, signed for it', async () => {
  const environment = { SES_REGION: 'eu-west-1', SES_REGION__SHOP: 'ap-southeast-2' };
  const relay = await start({ environment });
  await relay.email(signedEvent(EMAIL));
  await relay.email(signedEvent(EMAIL, { path: '/email/shop' }));
  await relay.sms(signedEvent(SMS, { path: '/sms' }));
  const regions = relay.calls.map(({ headers }) => String(headers['authorization']).split('/')[2]);
  expect(regions).toEqual(['eu-west-1', 'ap-southeast-2', 'us-east-1']);
  expect(awsConfig(environment).inRegion('eu-west-1').endpointOf(ENDPOINTS.ses).href).toBe(
    'https://email.eu-west-1.amazonaws.com/',
  );
});

test("a channel's own secret takes the place of the one for both", async () => {
  const relay = await start({ environment: { OWNID_SMS_SHARED_SECRET: OTHER_SECRET } });
  const answers = await Promise.all([
    relay.email(signedEvent(EMAIL)),
    relay.email(signedEvent(EMAIL, { secret: OTHER_SECRET })),
    relay.sms(signedEvent(SMS, { path: '/sms', secret: OTHER_SECRET })),
    relay.sms(signedEvent(SMS, { path: '/sms' })),
  ]);
  expect(answers.map(({ statusCode }) => statusCode)).toEqual([202, 401, 202, 401]);
});

describe('a dry run', () => {
  test('is verified, parsed and guarded, but not delivered, and leaves nothing behind', async () => {
    const relay = await start({ environment: { RECIPIENT_LIMIT: '1', DRY_RUN: 'allowed' } });
    const time = Date.now();
    const dry = signedEvent(EMAIL, { time, headers: { 'x-otp-dry-run': '1' } });
    expect(await relay.email(dry)).toMatchObject({ statusCode: 202 });
    expect(relay.received).toHaveLength(0);
    expect(records(relay)).toMatchObject([{ outcome: 'dry_run' }]);
    expect(await relay.email(signedEvent(EMAIL, { time }))).toMatchObject({ statusCode: 202 });
    expect(relay.received).toHaveLength(1);
    expect(await relay.email(signedEvent(EMAIL, { headers: { 'x-otp-dry-run': '1' } }))).toMatchObject({
      statusCode: 429,
    });
  });

  test('still needs a signature', async () => {
    const relay = await start({ environment: { DRY_RUN: 'allowed' } });
    const forged = signedEvent(EMAIL, { secret: OTHER_SECRET, headers: { 'x-otp-dry-run': '1' } });
    expect(await relay.email(forged)).toMatchObject({ statusCode: 401 });
  });

  test('is no dry run where the settings do not allow it: the signature does not cover the header', async () => {
    const relay = await start();
    const dry = signedEvent(EMAIL, { headers: { 'x-otp-dry-run': '1' } });
    expect(await relay.email(dry)).toMatchObject({ statusCode: 202 });
    expect(relay.received).toHaveLength(1);
  });
});
