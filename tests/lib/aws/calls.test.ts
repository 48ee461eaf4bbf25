/** What our own calls send, and make of the answers, beside the SDK's clients: the same, or the test fails. */
import { DynamoDBClient, UpdateItemCommand, type UpdateItemCommandInput } from '@aws-sdk/client-dynamodb';
import {
  PinpointSMSVoiceV2Client,
  SendNotifyTextMessage$,
  SendNotifyTextMessageCommand,
  type SendNotifyTextMessageCommandInput,
  SendTextMessage$,
  SendTextMessageCommand,
  type SendTextMessageCommandInput,
} from '@aws-sdk/client-pinpoint-sms-voice-v2';
import { SendEmail$, SendEmailCommand, type SendEmailCommandInput, SESClient } from '@aws-sdk/client-ses';
import { Publish$, PublishCommand, type PublishCommandInput, SNSClient } from '@aws-sdk/client-sns';
import { SendMessageCommand, type SendMessageCommandInput, SQSClient } from '@aws-sdk/client-sqs';
import { GetParametersCommand, type GetParametersCommandInput, SSMClient } from '@aws-sdk/client-ssm';
import { Sha256 } from '@smithy/core/checksum';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import { type AwsConfig, awsConfig, readAwsFailure } from '../../../lib/aws/config.js';
import { type AwsCall, createAwsCall } from '../../../lib/aws/call.js';
import { createDynamoDb, DYNAMODB } from '../../../lib/aws/dynamodb.js';
import { createSqs, SQS } from '../../../lib/aws/sqs.js';
import { createSsm, SSM } from '../../../lib/aws/ssm.js';
import { SES } from '../../../lib/email/ses.js';
import { EUM } from '../../../lib/sms/eum-service.js';
import { SNS } from '../../../lib/sms/sns.js';
import { type Recorded, startRecorder } from '../../support/http.js';
import { until } from '../../support/until.js';

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret+/=', sessionToken: 'to/ken+=' };
const region = 'eu-central-1';
let recorder: Awaited<ReturnType<typeof startRecorder>>;
let aws: AwsConfig;

beforeAll(async () => {
  recorder = await startRecorder();
  aws = awsConfig({
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
    AWS_ENDPOINT_URL: recorder.url,
  });
});
afterAll(() => recorder.close());

const sdkConfig = () => ({ region, credentials, endpoint: recorder.url, maxAttempts: 1 });

interface Pair {
  readonly ours: (aws: AwsConfig) => AwsCall<never, object>;
  readonly sdk: () => (input: never) => Promise<object>;
  readonly signingName: string;
  readonly accepted: string;
  readonly input: fc.Arbitrary<object>;
  readonly errorBody: (code: string, message: string) => string;
}

const text = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 30 })
  .filter((value) => value.isWellFormed());
const content = text.map((Data) => ({ Data, Charset: 'UTF-8' }));
const xmlError = (code: string, message: string) =>
  `<ErrorResponse xmlns="http://x/"><Error><Type>Sender</Type><Code>${code}</Code>` +
  `<Message>${message.replaceAll('&', '&amp;').replaceAll('<', '&lt;')}</Message></Error><RequestId>r</RequestId></ErrorResponse>`;
const jsonError = (code: string, message: string) =>
  JSON.stringify({ __type: `com.amazonaws.x#${code}`, message });

const PAIRS: Record<string, Pair> = {
  'SES SendEmail': {
    ours: (config) => createAwsCall(SES, SendEmail$, config),
    sdk: () => {
      const client = new SESClient(sdkConfig());
      return (input: SendEmailCommandInput) => client.send(new SendEmailCommand(input));
    },
    signingName: SES.signingName,
    accepted:
      '<SendEmailResponse xmlns="http://ses.amazonaws.com/doc/2010-12-01/"><SendEmailResult><MessageId>0100-a&amp;b</MessageId></SendEmailResult><ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></SendEmailResponse>',
    input: fc.record<SendEmailCommandInput>(
      {
        Source: text,
        Destination: fc.record({ ToAddresses: fc.array(text, { maxLength: 3 }) }),
        Message: fc.record({ Subject: content, Body: fc.record({ Text: content, Html: content }) }),
        ReplyToAddresses: fc.array(text, { maxLength: 2 }),
        Tags: fc.array(fc.record({ Name: text, Value: text }), { maxLength: 2 }),
        ConfigurationSetName: text,
      },
      { requiredKeys: ['Source', 'Destination', 'Message'] },
    ),
    errorBody: xmlError,
  },
  'SNS Publish': {
    ours: (config) => createAwsCall(SNS, Publish$, config),
    sdk: () => {
      const client = new SNSClient(sdkConfig());
      return (input: PublishCommandInput) => client.send(new PublishCommand(input));
    },
    signingName: SNS.signingName,
    accepted:
      '<PublishResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/">\n  <PublishResult>\n <MessageId>567910cd</MessageId>\n </PublishResult></PublishResponse>',
    input: fc.record<PublishCommandInput>({
      PhoneNumber: text,
      Message: text,
      MessageAttributes: fc.dictionary(
        text.filter((name) => !/^\d+$|^__proto__$/.test(name)),
        fc.record({ DataType: fc.constantFrom('String', 'Number'), StringValue: text }),
        { minKeys: 1, maxKeys: 6 },
      ),
    }),
    errorBody: xmlError,
  },
  'End User Messaging SendTextMessage': {
    ours: (config) => createAwsCall(EUM, SendTextMessage$, config),
    sdk: () => {
      const client = new PinpointSMSVoiceV2Client(sdkConfig());
      return (input: SendTextMessageCommandInput) => client.send(new SendTextMessageCommand(input));
    },
    signingName: EUM.signingName,
    accepted: '{"MessageId":"0123-é"}',
    input: fc.record<SendTextMessageCommandInput>(
      {
        DestinationPhoneNumber: text,
        MessageBody: text,
        MessageType: fc.constantFrom('TRANSACTIONAL', 'PROMOTIONAL'),
        OriginationIdentity: text,
        ConfigurationSetName: text,
        ProtectConfigurationId: text,
        MaxPrice: text,
        TimeToLive: fc.nat(259_200),
        DestinationCountryParameters: fc.record({ IN_ENTITY_ID: text, IN_TEMPLATE_ID: text }),
      },
      { requiredKeys: ['DestinationPhoneNumber', 'MessageBody'] },
    ),
    errorBody: jsonError,
  },
  'End User Messaging SendNotifyTextMessage': {
    ours: (config) => createAwsCall(EUM, SendNotifyTextMessage$, config),
    sdk: () => {
      const client = new PinpointSMSVoiceV2Client(sdkConfig());
      return (input: SendNotifyTextMessageCommandInput) =>
        client.send(new SendNotifyTextMessageCommand(input));
    },
    signingName: EUM.signingName,
    accepted: '{"MessageId":"0123","TemplateId":"t","ResolvedMessageBody":"5928"}',
    input: fc.record<SendNotifyTextMessageCommandInput>(
      {
        NotifyConfigurationId: text,
        DestinationPhoneNumber: text,
        TemplateVariables: fc.record({ code: text }),
        TemplateId: text,
        TimeToLive: fc.nat(259_200),
      },
      { requiredKeys: ['NotifyConfigurationId', 'DestinationPhoneNumber', 'TemplateVariables'] },
    ),
    errorBody: jsonError,
  },
  'SSM GetParameters': {
    ours: (config) => createSsm(config).getParameters,
    sdk: () => {
      const client = new SSMClient(sdkConfig());
      return (input: GetParametersCommandInput) => client.send(new GetParametersCommand(input));
    },
    signingName: SSM.signingName,
    accepted: '{"InvalidParameters":["/b"],"Parameters":[{"Name":"/a","Value":"é","Version":3}]}',
    input: fc.record({ Names: fc.array(text), WithDecryption: fc.boolean() }),
    errorBody: jsonError,
  },
  'DynamoDB UpdateItem': {
    ours: (config) => createDynamoDb(config).updateItem,
    sdk: () => {
      const client = new DynamoDBClient(sdkConfig());
      return (input: UpdateItemCommandInput) => client.send(new UpdateItemCommand(input));
    },
    signingName: DYNAMODB.signingName,
    accepted: '{"Attributes":{"stage":{"S":"sending"},"hits":{"N":"3"},"resent":{"BOOL":true}}}',
    input: fc.record({
      TableName: text,
      Key: fc.record({ pk: fc.record({ S: text }) }),
      UpdateExpression: text,
      ConditionExpression: text,
      ExpressionAttributeValues: fc.record({
        ':a': fc.record({ S: text }),
        ':b': fc.record({ N: fc.nat().map(String) }),
        ':c': fc.record({ BOOL: fc.boolean() }),
      }),
      ReturnValues: fc.constant('ALL_NEW'),
      ReturnValuesOnConditionCheckFailure: fc.constant('ALL_OLD'),
    }),
    errorBody: jsonError,
  },
  'SQS SendMessage': {
    ours: (config) => createSqs(config).sendMessage,
    sdk: () => {
      const client = new SQSClient({ ...sdkConfig(), md5: false });
      return (input: SendMessageCommandInput) => client.send(new SendMessageCommand(input));
    },
    signingName: SQS.signingName,
    accepted: '{"MD5OfMessageBody":"x","MessageId":"m"}',
    input: fc.record({
      QueueUrl: fc.constant('https://sqs.eu-central-1.amazonaws.com/123456789012/q'),
      MessageBody: text,
      DelaySeconds: fc.nat(900),
    }),
    errorBody: jsonError,
  },
};

/** What tells one request from the next, or which SDK made it. */
const OWN_HEADERS = /^(?:authorization|x-amz-date|amz-sdk-|user-agent$|x-amz-user-agent$|connection$)/;
const common = (headers: Recorded['headers']) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !OWN_HEADERS.test(name)));
const scope = ({ headers }: Recorded) => /Credential=([^,]+)/.exec(headers.authorization ?? '')?.[1];

/** The client adds how often it tried. */
const withoutMetadata = (value: object) => ({ ...value, $metadata: undefined });

describe.each(Object.entries(PAIRS))('%s', (_, { ours, sdk, signingName, accepted, input, errorBody }) => {
  const callOurs = (value: object) => ours(aws)(value as never, until(new AbortController().signal));
  const callSdk = (value: object) => sdk()(value as never);
  const failureOf = async (promise: Promise<unknown>) => {
    const error: unknown = await promise.catch((reason: unknown) => reason);
    if (!(error instanceof Error)) throw new Error('did not fail');
    return error as Error & { $metadata?: { httpStatusCode?: number }; Item?: unknown };
  };

  test('sends the same bytes, and understands the same answer', async () => {
    recorder.answerWith({ status: 200, body: accepted });
    await fc.assert(
      fc.asyncProperty(input, async (value) => {
        const ourOutput = await callOurs(value);
        const [ourRequest] = recorder.take() as [Recorded];
        const sdkOutput: object = await callSdk(value);
        const [sdkRequest] = recorder.take() as [Recorded];

        expect(ourRequest.body).toBe(sdkRequest.body);
        expect(ourRequest.method).toBe(sdkRequest.method);
        expect(ourRequest.path).toBe(sdkRequest.path);
        expect(common(ourRequest.headers)).toEqual(common(sdkRequest.headers));
        expect(scope(ourRequest)).toBe(scope(sdkRequest));
        expect(withoutMetadata(ourOutput)).toEqual(withoutMetadata(sdkOutput));
      }),
      { numRuns: 60 },
    );
  });

  test('signs what it sends', async () => {
    recorder.answerWith({ status: 200, body: accepted });
    const signer = new SignatureV4({
      service: signingName,
      region,
      credentials,
      sha256: Sha256,
    });
    await fc.assert(
      fc.asyncProperty(input, async (value) => {
        await callOurs(value);
        const [{ headers, body }] = recorder.take() as [Recorded];
        const { authorization, 'x-amz-date': date = '', ...others } = headers;
        const signedNames = /SignedHeaders=([^,]+)/.exec(authorization ?? '')?.[1]?.split(';') ?? [];
        const signable = Object.entries(others).filter(([name]) => signedNames.includes(name));
        const signed = await signer.sign(
          {
            method: 'POST',
            protocol: 'http:',
            hostname: '127.0.0.1',
            path: '/',
            query: {},
            headers: Object.fromEntries(signable) as Record<string, string>,
            body,
          },
          { signingDate: new Date(String(date).replace(/(.{4})(..)(..)T(..)(..)/, '$1-$2-$3T$4:$5:')) },
        );
        expect(authorization).toBe(signed.headers['authorization']);
        expect(signedNames).toEqual(expect.arrayContaining(['host', 'x-amz-date', 'x-amz-security-token']));
      }),
      { numRuns: 20 },
    );
  });

  test.each([
    [400, 'Throttling', 'Maximum sending rate exceeded & more <now>.'],
    [400, 'MessageRejected', 'Email address is not verified.'],
    [400, 'AccountSendingPausedException', 'Paused'],
    [400, 'ConfigurationSetDoesNotExist', 'No such set'],
    [400, 'InvalidParameter', 'Invalid parameter: PhoneNumber'],
    [403, 'SignatureDoesNotMatch', 'The request signature we calculated does not match'],
    [403, 'AccessDeniedException', 'not authorized to perform: ses:SendEmail'],
    [400, 'ConditionalCheckFailedException', 'The conditional request failed'],
    [500, 'InternalFailure', 'oops'],
    [503, 'ServiceUnavailable', ''],
  ])('reads an error as the SDK does: %s %s', async (status, code, message) => {
    recorder.answerWith({ status, body: errorBody(code, message) });
    const value = fc.sample(input, { numRuns: 1, seed: 1 })[0] ?? {};
    const ourError = await failureOf(callOurs(value));
    const sdkError = await failureOf(callSdk(value));
    recorder.take();
    expect(ourError.constructor).toBe(sdkError.constructor);
    expect([ourError.name, ourError.message]).toEqual([sdkError.name, sdkError.message]);
    expect(withoutMetadata(ourError)).toEqual(withoutMetadata(sdkError));
    expect(ourError.$metadata?.httpStatusCode).toBe(status);
    expect(sdkError.$metadata?.httpStatusCode).toBe(status);
  });

  test.each([
    ['a page of HTML with a status of 502', 502, '<html><body>Bad gateway</body></html>', 502],
    ['an empty 500', 500, '', 500],
    ['garbage with a status of 200', 200, '\0\0 nonsense', 200],
  ])('%s is an error with its status', async (_name, status, body, expected) => {
    recorder.answerWith({ status, body });
    const value = fc.sample(input, { numRuns: 1, seed: 1 })[0] ?? {};
    const failure = readAwsFailure(await failureOf(callOurs(value)));
    const { code, kind } = readAwsFailure(await failureOf(callSdk(value)));
    recorder.take();
    expect(failure).toMatchObject({ code, kind, status: expected });
  });
});

test('a conditional check that fails brings the item along', async () => {
  const item = { stage: { S: 'done' } };
  const type = 'com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException';
  recorder.answerWith({ status: 400, body: JSON.stringify({ __type: type, message: 'failed', Item: item }) });
  const update = createDynamoDb(aws).updateItem as AwsCall<object, object>;
  await expect(update({}, until(new AbortController().signal))).rejects.toMatchObject({
    name: 'ConditionalCheckFailedException',
    message: 'failed',
    Item: item,
  });
  recorder.take();
});

test('without credentials nothing is sent', async () => {
  const { getParameters } = createSsm(awsConfig({ AWS_ENDPOINT_URL: recorder.url }));
  await expect(getParameters({ Names: ['/a'] }, until(new AbortController().signal))).rejects.toMatchObject({
    name: 'CredentialsProviderError',
  });
  expect(recorder.take()).toEqual([]);
});

describe('endpoints', () => {
  const regions = [
    ...[
      'us-east-1',
      'us-west-2',
      'eu-central-1',
      'eu-south-2',
      'ap-southeast-5',
      'me-central-1',
      'sa-east-1',
    ],
    ...['ca-west-1', 'il-central-1', 'mx-central-1', 'af-south-1'],
    ...['us-gov-west-1', 'us-gov-east-1', 'cn-north-1', 'cn-northwest-1', 'eusc-de-east-1'],
  ];
  const clients = {
    SES: SESClient,
    SNS: SNSClient,
    PINPOINT_SMS_VOICE_V2: PinpointSMSVoiceV2Client,
    SSM: SSMClient,
    DYNAMODB: DynamoDBClient,
    SQS: SQSClient,
  };

  test.each([SES, SNS, EUM, SSM, DYNAMODB, SQS])('of $id are those of the SDK', (service) => {
    for (const name of regions) {
      const Client = clients[service.id as keyof typeof clients];
      const { config } = new Client({ region: name, credentials });
      const parameters = { Region: name, UseDualStack: false, UseFIPS: false };
      const endpoint = config.endpointProvider(parameters) as { url: URL };
      expect(awsConfig({ AWS_REGION: name }).endpointOf(service).href).toBe(endpoint.url.href);
    }
  });

  test('can be replaced, for one service or for all', () => {
    const replaced = awsConfig({
      AWS_ENDPOINT_URL: 'http://127.0.0.1:4566',
      AWS_ENDPOINT_URL_SES: 'https://email-fips.us-east-1.amazonaws.com',
      AWS_ENDPOINT_URL_SNS: '',
    });
    expect(replaced.endpointOf(SES).href).toBe('https://email-fips.us-east-1.amazonaws.com/');
    expect(replaced.endpointOf(SNS).href).toBe('http://127.0.0.1:4566/');
    expect(replaced.endpointOf(SSM).href).toBe('http://127.0.0.1:4566/');
  });
});

describe('whether a failed call may have been carried out', () => {
  const updateItem = async (status: number, body: string) => {
    recorder.answerWith({ status, body });
    const update = createDynamoDb(aws).updateItem as AwsCall<object, object>;
    const error: unknown = await update({}, until(AbortSignal.timeout(5000))).catch((one: unknown) => one);
    recorder.take();
    return readAwsFailure(error).kind;
  };

  test.each([
    [400, 'ConditionalCheckFailedException', undefined],
    [400, 'ValidationException', undefined],
    [400, 'ProvisionedThroughputExceededException', 'transient'],
    [400, 'ThrottlingException', 'transient'],
    [400, 'RequestLimitExceeded', 'transient'],
    [400, 'AccessDeniedException', 'misconfigured'],
    [500, 'InternalServerError', 'ambiguous'],
    [503, 'ServiceUnavailable', 'ambiguous'],
    [408, 'RequestTimeoutException', 'ambiguous'],
  ])('%d %s -> %s', async (status, code, kind) => {
    expect(await updateItem(status, jsonError(code, 'm'))).toBe(kind);
  });

  test.each([400, 403, 404, 408, 500, 502, 503, 504])(
    '%d without an error code may have been',
    async (status) => {
      for (const body of ['', '{}', '{"message":"x"}', '<html></html>', 'null']) {
        expect(await updateItem(status, body)).toBe('ambiguous');
      }
    },
  );
});
