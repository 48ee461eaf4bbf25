import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { SendEmailCommand, type SendEmailCommandInput, SESClient } from '@aws-sdk/client-ses';
import { GetParametersCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { startAwsLoopback } from '../../../tools/loopback/aws.js';
import type { AwsCall } from '../../../tools/loopback/aws-service.js';
import type { Behaviour, Loopback, ReceivedMessage } from '../../../tools/loopback/provider.js';
import { connectProvider, emailMessage } from '../../support/email-provider.js';
import { connectSmsProvider } from '../../support/sms-provider.js';
import { sdkClient } from '../../support/sdk-client.js';
import { until } from '../../support/until.js';

const messages: ReceivedMessage[] = [];
const calls: AwsCall[] = [];
let behaviour: Behaviour = 'accept';
let loopback: Loopback;
let origin: string;
let ses: SESClient;
let sns: SNSClient;
let ssm: SSMClient;

beforeAll(async () => {
  loopback = await startAwsLoopback({
    onMessage: (message) => messages.push(message),
    onCall: (call) => calls.push(call),
    behaviour: () => ({ answer: behaviour }),
    parameters: new Map([
      ['/relay/one', 'first'],
      ['/relay/two', 'a<b>&"c"'],
    ]),
  });
  origin = `http://127.0.0.1:${loopback.port}`;
  const config = sdkClient(origin);
  ses = new SESClient(config);
  sns = new SNSClient(config);
  ssm = new SSMClient(config);
});

beforeEach(() => {
  messages.length = 0;
  calls.length = 0;
  behaviour = 'accept';
});

afterAll(() => loopback.close());

const email = {
  Source: '"Shop \\"A\\"" <login@example.com>',
  Destination: { ToAddresses: ['user@example.com'] },
  ReplyToAddresses: ['help@example.com'],
  ConfigurationSetName: 'otp',
  Tags: [{ Name: 'channel', Value: 'email' }],
  Message: {
    Subject: { Data: 'Grüße – 5928', Charset: 'UTF-8' },
    Body: {
      Text: { Data: 'Code & more: 5928', Charset: 'UTF-8' },
      Html: { Data: '<b>5928</b> ✓', Charset: 'UTF-8' },
    },
  },
} satisfies SendEmailCommandInput;
const sms = {
  PhoneNumber: '+12025550123',
  Message: 'Code 5928 – gültig',
  MessageAttributes: {
    'AWS.SNS.SMS.SMSType': { DataType: 'String', StringValue: 'Transactional' },
    'AWS.SNS.SMS.MaxPrice': { DataType: 'Number', StringValue: '0.50' },
  },
};

/** The error of a call that must fail. */
async function failureOf(call: Promise<unknown>): Promise<Error> {
  try {
    await call;
  } catch (error) {
    return error as Error;
  }
  throw new Error('the call succeeded');
}

describe('SES', () => {
  test('accepts an email and answers with its message id', async () => {
    const { MessageId } = await ses.send(new SendEmailCommand(email));
    expect(messages).toEqual([
      {
        channel: 'email',
        provider: 'ses',
        messageId: MessageId,
        receivedAt: expect.any(Number) as number,
        to: 'user@example.com',
        from: '"Shop \\"A\\"" <login@example.com>',
        subject: 'Grüße – 5928',
        text: 'Code & more: 5928',
        html: '<b>5928</b> ✓',
        raw: calls[0]?.raw,
      },
    ]);
    expect(calls[0]).toMatchObject({
      service: 'ses',
      action: 'SendEmail',
      fields: { 'ReplyToAddresses.member.1': 'help@example.com', ConfigurationSetName: 'otp' },
    });
  });

  test.each<[string, Partial<SendEmailCommandInput>]>([
    ['two recipients', { Destination: { ToAddresses: ['a@example.com', 'b@example.com'] } }],
    ['a copy', { Destination: { ToAddresses: ['a@example.com'], BccAddresses: ['b@example.com'] } }],
    ['no recipient', { Destination: {} }],
    ['a list in one address', { Destination: { ToAddresses: ['a@example.com,b@example.com'] } }],
    ['two dots in a local part', { Destination: { ToAddresses: ['a..b@example.com'] } }],
    ['a dot at the end of a local part', { Destination: { ToAddresses: ['a.@example.com'] } }],
    ['two dots in a domain', { Destination: { ToAddresses: ['a@example..com'] } }],
    ['a local part of 65 characters', { Destination: { ToAddresses: [`${'a'.repeat(65)}@example.com`] } }],
    ['a sender of 321 bytes', { Source: `"${'x'.repeat(299)}" <login@example.com>` }],
    ['a non-ASCII sender', { Source: 'Größe <login@example.com>' }],
    ['a line break in an address', { Source: '"Shop\r\nBcc: x@example.com" <login@example.com>' }],
    ['a line break in the subject', { Message: { ...email.Message, Subject: { Data: 'a\nb' } } }],
    ['no body', { Message: { ...email.Message, Body: {} } }],
    ['text beyond ASCII without a charset', { Message: { ...email.Message, Subject: { Data: 'Grüße' } } }],
    ['what it has no field for', { SourceArn: 'arn:aws:ses:eu-west-1:123456789012:identity/example.com' }],
  ])('refuses %s', async (_, change) => {
    const error = await failureOf(ses.send(new SendEmailCommand({ ...email, ...change })));
    expect(error.name).toBe('InvalidParameterValue');
    expect(messages).toEqual([]);
  });
});

describe('SNS', () => {
  test('accepts a text message and answers with its message id', async () => {
    const { MessageId } = await sns.send(new PublishCommand(sms));
    expect(messages).toMatchObject([
      {
        channel: 'sms',
        provider: 'sns',
        messageId: MessageId,
        to: '+12025550123',
        text: 'Code 5928 – gültig',
      },
    ]);
  });

  test.each([
    ['a number without a plus sign', { PhoneNumber: '12025550123' }],
    ['more than 1,600 bytes', { Message: 'é'.repeat(801) }],
    [
      'an attribute that SMS does not have',
      { MessageAttributes: { 'AWS.SNS.SMS.SmsType': { DataType: 'String', StringValue: 'Transactional' } } },
    ],
    [
      'an attribute of another type',
      { MessageAttributes: { 'AWS.SNS.SMS.MaxPrice': { DataType: 'String', StringValue: '0.50' } } },
    ],
  ])('refuses %s', async (_, change) => {
    const error = await failureOf(sns.send(new PublishCommand({ ...sms, ...change })));
    expect(error.name).toMatch(/^InvalidParameter/);
    expect(messages).toEqual([]);
  });
});

const settings = () => ({
  AWS_ENDPOINT_URL: origin,
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
  SMS_ALLOWED_COUNTRIES: 'US',
});
const inTime = () => until(AbortSignal.timeout(5000));

describe.each([
  ['SES', async () => (await connectProvider(settings()))(emailMessage(), inTime())],
  [
    'SNS',
    async () => {
      const deliver = await connectSmsProvider(settings());
      return deliver({ to: '+12025550123', country: 'US', text: '5928' }, inTime());
    },
  ],
])('%s, told to fail', (_, send) => {
  test.each<Behaviour>(['transient', 'rejected', 'misconfigured', 'ambiguous'])(
    'answers so that it is classified as %s',
    async (told) => {
      behaviour = told;
      await expect(send()).rejects.toMatchObject({ kind: told });
      // Where the answer was lost, the message was not.
      expect(messages).toHaveLength(told === 'ambiguous' ? 1 : 0);
    },
  );
});

describe('SSM', () => {
  test('returns the parameters that exist and names those that do not', async () => {
    const command = new GetParametersCommand({ Names: ['/relay/two', '/relay/none'], WithDecryption: true });
    const { Parameters, InvalidParameters } = await ssm.send(command);
    expect(Parameters).toMatchObject([{ Name: '/relay/two', Type: 'SecureString', Value: 'a<b>&"c"' }]);
    expect(InvalidParameters).toEqual(['/relay/none']);
  });

  test('returns a secret encrypted unless decryption is requested', async () => {
    const { Parameters } = await ssm.send(new GetParametersCommand({ Names: ['/relay/one'] }));
    expect(Parameters?.[0]?.Value).not.toContain('first');
  });

  test('accepts at most ten names', async () => {
    const Names = Array.from({ length: 11 }, (_, index) => `/relay/${index}`);
    const error = await failureOf(ssm.send(new GetParametersCommand({ Names })));
    expect(error.name).toBe('ValidationException');
  });

  test('answers an unsupported action with an error', async () => {
    const command = new PutParameterCommand({ Name: '/relay/one', Value: 'x', Type: 'SecureString' });
    const error = await failureOf(ssm.send(command));
    expect(error.name).toBe('InvalidAction');
  });
});

describe('a caller', () => {
  const post = (headers: Record<string, string>, body: string) =>
    fetch(`http://127.0.0.1:${loopback.port}/`, { method: 'POST', headers, body });
  const authorization = (service: string) =>
    `AWS4-HMAC-SHA256 Credential=any/20261121/eu-west-1/${service}/aws4_request, SignedHeaders=host, Signature=${'0'.repeat(64)}`;
  const form = 'Action=Publish&Version=2010-03-31&PhoneNumber=%2B12025550123&Message=Hello';

  test('must sign its request', async () => {
    const response = await post({}, form);
    expect(response.status).toBe(403);
    expect(await response.text()).toContain('<Code>MissingAuthenticationToken</Code>');
  });

  test('must sign it for the right service', async () => {
    const response = await post({ authorization: authorization('ses') }, form);
    expect(response.status).toBe(403);
    expect(await response.text()).toContain('<Code>SignatureDoesNotMatch</Code>');
    expect(messages).toEqual([]);
  });

  test('gets the error for an unknown action in the protocol of its request', async () => {
    const query = await post({ authorization: authorization('iam') }, 'Action=ListUsers&Version=2010-05-08');
    expect(await query.text()).toContain('<Code>InvalidAction</Code>');
    const json = await post(
      { authorization: authorization('kms'), 'x-amz-target': 'TrentService.Encrypt' },
      '{}',
    );
    expect(await json.json()).toMatchObject({ __type: 'InvalidAction' });
  });
});
