import { startAwsLoopback } from '../../../tools/loopback/aws.js';
import type { Behaviour, Loopback, ReceivedMessage } from '../../../tools/loopback/provider.js';
import { type SmsLoopbacks, startSmsLoopbacks } from '../../../tools/loopback/sms.js';
import { connectSmsProvider, smsMessage } from '../../support/sms-provider.js';
import { until } from '../../support/until.js';

let aws: Loopback;
let others: SmsLoopbacks;
let told: { answer: Behaviour; delayMs?: number } = { answer: 'accept' };
const received: ReceivedMessage[] = [];
const options = { onMessage: (message: ReceivedMessage) => received.push(message), behaviour: () => told };
beforeAll(async () => {
  aws = await startAwsLoopback(options);
  others = await startSmsLoopbacks(options);
});
afterAll(() => Promise.all([aws.close(), others.close()]));
beforeEach(() => {
  told = { answer: 'accept' };
  received.length = 0;
});
const environment = () => ({
  ...others.environment,
  AWS_ENDPOINT_URL: `http://127.0.0.1:${aws.port}`,
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
});

describe.each(['sns', 'eum', 'twilio', 'notify'])('the loopback of %s', (provider) => {
  const connect = () => connectSmsProvider({ ...environment(), SMS_PROVIDER: provider });
  const soon = () => until(AbortSignal.timeout(5000));

  test('reports what it accepted', async () => {
    const deliver = await connect();
    const { messageId } = await deliver(smsMessage(), soon());
    expect(received).toMatchObject([
      {
        channel: 'sms',
        provider,
        messageId,
        to: '+12133734253',
        text: expect.stringContaining('5928') as string,
      },
    ]);
  });

  test.each<[Behaviour, number]>([
    ['transient', 0],
    ['rejected', 0],
    ['misconfigured', 0],
    ['ambiguous', 1],
  ])('fails as configured (%s), and recovers', async (answer, arrived) => {
    const deliver = await connect();
    told = { answer };
    await expect(deliver(smsMessage(), soon())).rejects.toMatchObject({ kind: answer });
    expect(received).toHaveLength(arrived);
    told = { answer: 'accept' };
    await deliver(smsMessage(), soon());
    expect(received).toHaveLength(arrived + 1);
  });
});

const ask = (body: Record<string, string>, credentials = others.environment) =>
  fetch(
    `${others.environment['TWILIO_API_URL'] ?? ''}/2010-04-01/Accounts/${credentials['TWILIO_ACCOUNT_SID'] ?? ''}/Messages.json`,
    {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${credentials['TWILIO_ACCOUNT_SID'] ?? ''}:${credentials['TWILIO_AUTH_TOKEN'] ?? ''}`).toString('base64')}`,
      },
      body: new URLSearchParams(body),
    },
  );
const SMS = { To: '+12133734253', From: '+15005550006', Body: 'Your code is 5928' };

test.each<[string, Record<string, string>, number]>([
  ['no recipient', { To: '' }, 21604],
  ['a recipient that is none', { To: '2133734253' }, 21211],
  ['no text', { Body: '' }, 21602],
  ['a text of 1,601 characters', { Body: 'a'.repeat(1601) }, 21617],
  ['a sender that is none', { From: 'no sender at all' }, 21212],
  ['two senders', { MessagingServiceSid: `MG${'0'.repeat(32)}` }, 21603],
  ['a validity of nothing', { ValidityPeriod: '0' }, 20001],
  ['a validity of more than ten hours', { ValidityPeriod: '36001' }, 20001],
  ['a field that Twilio does not know', { Text: 'x' }, 20001],
  ['shortened links', { ShortenUrls: 'true' }, 20001],
])('Twilio refuses %s', async (_, change, code) => {
  const response = await ask({ ...SMS, ...change });
  expect(response.status).toBe(400);
  expect(await response.json()).toMatchObject({ code, status: 400 });
  expect(received).toEqual([]);
});

test('Twilio refuses a wrong token', async () => {
  const response = await ask(SMS, { ...others.environment, TWILIO_AUTH_TOKEN: 'wrong' });
  expect([response.status, await response.json()]).toMatchObject([401, { code: 20003 }]);
});

test.each<[string, string, object]>([
  ['eum', 'a number that is none', { to: 'nobody' }],
  ['eum', 'a text of spaces', { text: ' ' }],
  ['eum', 'more than 1,600 characters', { text: 'a'.repeat(1601) }],
  ['notify', 'a number that is none', { to: 'nobody' }],
  ['notify', 'an empty code', { code: '' }],
])('%s refuses %s', async (provider, _, change) => {
  const deliver = await connectSmsProvider({ ...environment(), SMS_PROVIDER: provider });
  const sending = deliver(smsMessage(change), until(AbortSignal.timeout(5000)));
  await expect(sending).rejects.toMatchObject({ kind: 'rejected', code: 'FIELD_VALIDATION_FAILED' });
  expect(received).toEqual([]);
});

test.each<[string, Record<string, string>]>([
  ['1', { SMS_MAX_PRICE_USD: '1' }],
  ['0.5', { SMS_MAX_PRICE_USD: '0.5' }],
  ['more than End User Messaging can be told', { SMS_MAX_PRICE_USD: '100.5' }],
  ['by country', { SMS_MAX_PRICE_USD: '0.05, US=0.1' }],
])('End User Messaging is told a maximum price: %s', async (_, settings) => {
  const deliver = await connectSmsProvider({ ...environment(), SMS_PROVIDER: 'eum', ...settings });
  await deliver(smsMessage(), until(AbortSignal.timeout(5000)));
  expect(JSON.parse(received[0]?.raw ?? '')).toMatchObject({
    MaxPrice: expect.stringMatching(/^[0-9]{0,2}\.[0-9]{1,5}$/) as string,
  });
});

test('End User Messaging gets India’s DLT ids, a configuration set and a protect configuration', async () => {
  const deliver = await connectSmsProvider({
    ...environment(),
    SMS_PROVIDER: 'eum',
    SMS_DLT_ENTITY_ID: '1101',
    SMS_DLT_TEMPLATE_ID: '1107',
    EUM_CONFIGURATION_SET: 'otp',
    EUM_PROTECT_CONFIGURATION_ID: 'protect-1',
  });
  await deliver(smsMessage({ to: '+919876543210', country: 'IN' }), until(AbortSignal.timeout(5000)));
  await deliver(smsMessage(), until(AbortSignal.timeout(5000)));
  const [india, elsewhere] = received.map(({ raw }) => JSON.parse(raw) as object);
  const everywhere = {
    MessageType: 'TRANSACTIONAL',
    ConfigurationSetName: 'otp',
    ProtectConfigurationId: 'protect-1',
  };
  expect(india).toMatchObject({
    ...everywhere,
    DestinationCountryParameters: { IN_ENTITY_ID: '1101', IN_TEMPLATE_ID: '1107' },
  });
  expect(elsewhere).toMatchObject(everywhere);
  expect(elsewhere).not.toHaveProperty('DestinationCountryParameters');
});

test('Notify refuses a message without a code so that the next provider is tried', async () => {
  const deliver = await connectSmsProvider({ ...environment(), SMS_PROVIDER: 'notify' });
  const sending = deliver(smsMessage({ code: undefined }), until(AbortSignal.timeout(5000)));
  await expect(sending).rejects.toMatchObject({ kind: 'misconfigured', code: 'NO_CODE' });
  expect(received).toEqual([]);
});
