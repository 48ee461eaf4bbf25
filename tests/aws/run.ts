/**
 * What the functions say to AWS, judged by what is not ours: moto, an emulator that knows nothing of MiniStack, carries
 * it out, and botocore's models, serializers and signer look at every request.
 */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { SQSBatchResponse } from 'aws-lambda';
import type { HttpResult } from '../../lib/ownid/response.js';
import { startAwsLoopback } from '../../tools/loopback/aws.js';
import { EMAIL, signedEvent, SMS } from '../support/event.js';
import { type RecordedRequest, startFaultProxy } from '../support/fault-proxy.js';
import { SECRET } from '../support/relay.js';
import { createSteps } from '../support/steps.js';
import { judge, nameOf } from './botocore.js';
import { builtFunctions } from './functions.js';
import { startMoto, TABLE } from './moto.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const REGION = 'us-east-1';
const credentials = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret', sessionToken: 'token' };
const signedWith = { region: REGION, credentials };
/** moto's conditional writes are not atomic where two come at once; those of DynamoDB are. */
const SERIAL = { isSerial: true };
const THROTTLED = {
  status: 400,
  body: '<ErrorResponse><Error><Type>Sender</Type><Code>Throttling</Code></Error></ErrorResponse>',
};

const requests: RecordedRequest[] = [];
const moto = await startMoto(credentials, REGION);
const aws = await startFaultProxy(moto.port, (request) => requests.push(request), SERIAL);
// moto has no End User Messaging.
const loopback = await startAwsLoopback({ onMessage: () => undefined });
const eum = await startFaultProxy(loopback.port, (request) => requests.push(request));
const functions = await builtFunctions();

const environment = {
  AWS_REGION: REGION,
  AWS_ACCESS_KEY_ID: credentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
  AWS_SESSION_TOKEN: credentials.sessionToken,
  AWS_ENDPOINT_URL: aws.endpoint,
  AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2: eum.endpoint,
  QUEUE_URL: moto.queueUrl.replace(moto.endpoint, aws.endpoint),
  STATE_TABLE: TABLE,
  SES_CONFIGURATION_SET: 'otp-relay-prod',
  OWNID_SHARED_SECRET: 'ssm:/otp-relay/prod/ownid-shared-secret',
  EMAIL_FROM: 'login@acme-shop.com',
  EMAIL_FROM_NAME: 'Bücher & mehr',
  SMS_ALLOWED_COUNTRIES: 'US',
  // An emulator of many services answers more slowly than DynamoDB.
  STATE_TIMEOUT_MS: '3000',
  TIME_BUDGET_MS: '14000',
};
const emailEvent = (email = EMAIL.email) => signedEvent({ ...EMAIL, email });
/** Each sandbox is a new one. */
const post = async (
  channel: 'email' | 'sms',
  events: readonly unknown[],
  more: Record<string, string> = {},
) => {
  const results = await functions.invoke<HttpResult>(channel, events, { ...environment, ...more });
  return results.map(({ statusCode }) => statusCode);
};
const work = async (record: unknown) => {
  const [result] = await functions.invoke<SQSBatchResponse>('retry', [{ Records: [record] }], environment);
  return result?.batchItemFailures.length;
};

const { step, close } = createSteps(() => Promise.resolve());
try {
  await moto.putParameter('/otp-relay/prod/ownid-shared-secret', SECRET);
  await moto.putParameter('/otp-relay/prod/sms-secret', SECRET);

  await step('a sender that SES does not know is a fault, and its claim is released', async () => {
    const event = emailEvent();
    assert.deepEqual(await post('email', [event]), [500]);
    assert.equal(await moto.mailsSent(), 0);
    await moto.verify('login@acme-shop.com');
    assert.deepEqual(await post('email', [event]), [202]);
    assert.equal(await moto.mailsSent(), 1);
  });

  await step('of five copies at once and one in another sandbox, one sends', async () => {
    const event = emailEvent();
    assert.deepEqual(await post('email', [event, event, event, event, event]), [202, 202, 202, 202, 202]);
    assert.deepEqual(await post('email', [event]), [202]);
    assert.equal(await moto.mailsSent(), 2);
  });

  await step('what SES throttles is queued, postponed, taken up once, and not sent for a copy', async () => {
    const event = emailEvent();
    aws.answers.set('Action=SendEmail', THROTTLED);
    assert.deepEqual(await post('email', [event]), [202]);
    assert.equal(await work(await moto.receive()), 1);
    aws.answers.delete('Action=SendEmail');
    const entry = await moto.receive();
    assert.equal(await work(entry), 0);
    assert.equal(await moto.mailsSent(), 3);
    // Handed out once more before it was deleted.
    assert.equal(await work(entry), 0);
    await moto.remove(entry);
    assert.deepEqual(await post('email', [event]), [202]);
    assert.equal(await moto.mailsSent(), 3);
  });

  await step('SMS go to SNS and to both operations of End User Messaging', async () => {
    for (const provider of ['sns', 'eum', 'notify']) {
      const event = signedEvent(SMS, { path: '/sms' });
      const settings = { SMS_PROVIDER: provider, NOTIFY_CONFIGURATION_ID: 'nc-1', SMS_MAX_PRICE_USD: '0.5' };
      assert.deepEqual(await post('sms', [event], settings), [202]);
    }
  });

  await step('several parameters are read at once', async () => {
    const events = [signedEvent(SMS, { path: '/sms' })];
    const settings = { OWNID_SMS_SHARED_SECRET: 'ssm:/otp-relay/prod/sms-secret' };
    assert.deepEqual(await post('sms', events, settings), [202]);
  });

  await step("the ledger's rules hold in moto's DynamoDB as in the loopback's", async () => {
    const args = ['test', '--', 'tests/lib/ledger/table.test.ts', '-t', 'another emulator'];
    const table = await startFaultProxy(moto.port, undefined, SERIAL);
    const env = { ...process.env, DYNAMODB_ENDPOINT: table.endpoint };
    const { stderr } = await promisify(execFile)('npm', args, { cwd: root, env });
    await table.stop();
    assert.match(stderr, /^Tests: +(?:\d+ skipped, )?[1-9]\d* passed/m);
  });

  await step('every operation that a function has was called', () => {
    const operations = new Set(requests.map(nameOf));
    assert.deepEqual(
      [...operations].sort(),
      [
        ...['AmazonSQS.ChangeMessageVisibility', 'AmazonSQS.SendMessage'],
        ...['AmazonSSM.GetParameter', 'AmazonSSM.GetParameters'],
        ...['DynamoDB_20120810.DeleteItem', 'DynamoDB_20120810.UpdateItem'],
        ...['PinpointSMSVoiceV2.SendNotifyTextMessage', 'PinpointSMSVoiceV2.SendTextMessage'],
        ...['Publish', 'SendEmail'],
      ].sort(),
    );
    return Promise.resolve();
  });

  await step('botocore finds what is wrong', () => {
    const mail = requests.find((request) => nameOf(request) === 'SendEmail');
    const write = requests.find((request) => nameOf(request).endsWith('UpdateItem'));
    assert.ok(mail !== undefined && write !== undefined);
    const changed = (request: RecordedRequest, from: string, to: string) => ({
      ...request,
      body: Buffer.from(request.body.toString().replace(from, to)),
    });
    for (const [request, fault] of [
      [changed(mail, 'acme-shop', 'acme-shap'), /x-amz-content-sha256 is not of the body/],
      [changed(mail, 'Message.Subject.Charset', 'Message.Subject.Character'), /the form, where botocore has/],
      [changed(mail, 'Source=', 'Sender='), /Missing required parameter.*"Source"/],
      [changed(write, '"TableName"', '"Table"'), /Unknown parameter.*"Table"/],
      [changed(write, '"ALL_OLD"', '"OLD"'), /is none of/],
      [{ ...write, headers: { ...write.headers, 'x-amz-date': '20261128T000000Z' } }, /another signature/],
    ] as const) {
      const faults = [...judge([request], signedWith).values()].flat(2).join('\n');
      assert.match(faults, fault);
    }
    return Promise.resolve();
  });
  for (const [name, verdicts] of judge(requests, signedWith)) {
    await step(`botocore, ${verdicts.length} times: ${name}`, () => {
      assert.deepEqual(verdicts.flat(), []);
      return Promise.resolve();
    });
  }
} finally {
  await Promise.all([functions.close(), aws.stop(), eum.stop(), loopback.close(), moto.stop()]);
  close();
}
