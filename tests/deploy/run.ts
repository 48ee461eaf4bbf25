/**
 * Deploys the stack to an emulated AWS with the real `serverless deploy`, uses it as OwnID and its operator do, and
 * removes it. docs/operations.md lists what the emulator cannot show.
 */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import {
  CloudWatchLogsClient,
  CreateLogStreamCommand,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { CreateEmailIdentityCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import { DeleteParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { stringify } from 'yaml';
import { decodeSecret } from '../../lib/ownid/signature.js';
import { startDnsServer } from '../support/dns-server.js';
import { createSteps, until } from '../support/steps.js';
import { functionLogs, inventory } from './account.js';
import { startEmulator } from './emulator.js';
import { DOWN, startFaultProxy } from './fault-proxy.js';
import { runTool, serverless } from '../support/serverless.js';
import { postTo, signedEmail, signedSms } from './webhook.js';

const STAGE = 'emulated';
const PARAMETER = `/otp-relay/${STAGE}/ownid-shared-secret`;
const settingsFile = new URL(`../../settings/${STAGE}.yml`, import.meta.url);

const emulator = await startEmulator();
const proxy = await startFaultProxy(emulator.port);
const dns = await startDnsServer({ '_dmarc.acme-shop.com': ['v=DMARC1; p=reject'] });
const config = {
  region: 'us-east-1',
  endpoint: emulator.endpoint,
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
};
/** Where docs/operations.md fails over to. */
const standby = { ...config, region: 'eu-west-1' };
const ssm = new SSMClient(config);
const lambda = new LambdaClient(config);

const { step, close } = createSteps(async () => {
  console.log((await functionLogs(config, STAGE)).join('\n'));
});
const operator = {
  AWS_ENDPOINT_URL: emulator.endpoint,
  AWS_REGION: config.region,
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
};
const run = (command: string) => serverless([...command.split(' '), '--stage', STAGE], operator);
/** With the two actions of SNS that the emulator has not, and subscribers, whose mails nobody reads there. */
const doctor = (account: { isInSandbox: boolean; subscribers?: number }) => {
  proxy.answers.set('Action=GetTopicAttributes', {
    status: 200,
    body: `<GetTopicAttributesResponse><GetTopicAttributesResult><Attributes><entry><key>SubscriptionsConfirmed</key><value>${account.subscribers ?? 1}</value></entry></Attributes></GetTopicAttributesResult></GetTopicAttributesResponse>`,
  });
  proxy.answers.set('Action=GetSMSSandboxAccountStatus', {
    status: 200,
    body: `<GetSMSSandboxAccountStatusResponse><GetSMSSandboxAccountStatusResult><IsInSandbox>${account.isInSandbox}</IsInSandbox></GetSMSSandboxAccountStatusResult></GetSMSSandboxAccountStatusResponse>`,
  });
  proxy.answers.set('Action=GetSMSAttributes', {
    status: 200,
    body: '<GetSMSAttributesResponse><GetSMSAttributesResult><attributes><entry><key>MonthlySpendLimit</key><value>50</value></entry></attributes></GetSMSAttributesResult></GetSMSAttributesResponse>',
  });
  const endpoint = `${emulator.endpoint}/_aws/execute-api/${apiId}/$default`;
  return runOperatorTool('doctor', '--endpoint', endpoint, '--dns', dns.address);
};
const activity = (...args: string[]) => runOperatorTool('activity', ...args);

async function runOperatorTool(name: string, ...args: string[]) {
  const result = await runTool(`tools/${name}/main.ts`, ['--stage', STAGE, ...args], {
    ...operator,
    AWS_ENDPOINT_URL: proxy.endpoint,
  });
  console.log(result.printed.replace(/^/gm, '      '));
  return result;
}
const writeSettings = (changed: Record<string, string> = {}) =>
  writeFile(
    settingsFile,
    stringify({
      OWNID_SHARED_SECRET: `ssm:${PARAMETER}`,
      EMAIL_FROM: 'login@acme-shop.com',
      EMAIL_FROM_NAME: 'Example Shop',
      SMS_ALLOWED_COUNTRIES: 'US',
      DRY_RUN: 'allowed',
      AWS_ENDPOINT_URL: proxy.endpoint,
      ...changed,
    }),
  );
const putSecret = (value: string, store = ssm) =>
  store.send(
    new PutParameterCommand({ Name: PARAMETER, Value: value, Type: 'SecureString', Overwrite: true }),
  );
const newSecret = () => {
  const text = randomBytes(32).toString('base64');
  return { text, key: decodeSecret(text) };
};
const outputs = async (where = config): Promise<Record<string, string>> => {
  const command = new DescribeStacksCommand({ StackName: `otp-relay-${STAGE}` });
  const { Stacks = [] } = await new CloudFormationClient(where).send(command);
  return Object.fromEntries(
    Stacks.flatMap(({ Outputs = [] }) =>
      Outputs.map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]),
    ),
  );
};
const fromName = async () => {
  const command = new GetFunctionConfigurationCommand({ FunctionName: `otp-relay-${STAGE}-email` });
  const { Environment } = await lambda.send(command);
  return Environment?.Variables?.['EMAIL_FROM_NAME'];
};

/** As EventBridge does on a delivery event of SES, which the emulator has not. */
const logDelivery = async (messageId: string) => {
  const logs = new CloudWatchLogsClient(config);
  const stream = { logGroupName: `/aws/events/otp-relay-${STAGE}-email-events`, logStreamName: 'test' };
  const message = JSON.stringify({ event: 'Delivery', messageId, bounceType: '' });
  await logs.send(new CreateLogStreamCommand(stream));
  await logs.send(new PutLogEventsCommand({ ...stream, logEvents: [{ timestamp: Date.now(), message }] }));
};

let { text: secretText, key: secret } = newSecret();
let apiId = '';
let tableName = '';
const post = (request: Parameters<typeof postTo>[2]) => postTo(emulator.port, apiId, request);
const mailsTo = async (address: string) => (await emulator.mails()).filter(({ To }) => To.includes(address));
const emailTo = (email: string, code = '5928') =>
  signedEmail({ email, subject: 'Sign in', body: `<p>Your code is <b>${code}</b></p>` }, secret);
const smsTo = (phoneNumber: string) =>
  signedSms({ phoneNumber, messageText: 'Your code is 1234', code: '1234' }, secret);

try {
  let before: string[] = [];
  await step('an empty account, with the secret in its parameter store', async () => {
    await writeSettings();
    await putSecret(secretText);
    before = await inventory(config);
    assert.deepEqual(before, []);
  });

  await step('serverless deploy', async () => {
    assert.match(await run('deploy'), /Service deployed to stack otp-relay-emulated/);
    const found = await outputs();
    apiId = found['HttpApiId'] ?? '';
    tableName = found['StateTableName'] ?? '';
  });

  await step('serverless info names the endpoints and the functions', async () => {
    const printed = await run('info');
    for (const path of ['/email', '/email/{app}', '/sms', '/sms/{app}']) assert.ok(printed.includes(path));
    for (const name of ['email', 'sms', 'retry']) assert.ok(printed.includes(`otp-relay-${STAGE}-${name}`));
  });

  await step('as long as SES knows no such sender, a signed email is answered 500', async () => {
    assert.deepEqual(await post(emailTo('early@example.com')), { status: 500, body: '' });
    await new SESv2Client(config).send(new CreateEmailIdentityCommand({ EmailIdentity: 'acme-shop.com' }));
  });

  await step('a signed email is answered 202 and reaches SES', async () => {
    assert.deepEqual(await post(emailTo('ada@example.com')), { status: 202, body: '' });
    const [mail, ...others] = await mailsTo('ada@example.com');
    assert.equal(others.length, 0);
    assert.equal(mail?.Source, '"Example Shop" <login@acme-shop.com>');
    assert.equal(mail.Subject, 'Sign in');
    assert.match(mail.BodyHtml, /<b>5928<\/b>/);
    assert.match(mail.BodyText, /5928/);
  });

  await step('a signed SMS is answered 202 and reaches SNS', async () => {
    assert.deepEqual(await post(smsTo('+12025550123')), { status: 202, body: '' });
    assert.deepEqual(
      (await emulator.texts('+12025550123')).map(({ Message }) => Message),
      ['Your code is 1234'],
    );
  });

  await step('an unsigned and an altered webhook are answered 401, and nothing is sent', async () => {
    const request = emailTo('eve@example.com');
    const unsigned = { ...request, headers: { 'content-type': 'application/json' } };
    assert.deepEqual(await post(unsigned), { status: 401, body: '' });
    assert.deepEqual(await post({ ...request, body: request.body.replace('5928', '5929') }), {
      status: 401,
      body: '',
    });
    assert.deepEqual(await mailsTo('eve@example.com'), []);
  });

  await step('a country that is not allowed is answered 429', async () => {
    assert.equal((await post(smsTo('+447400123456'))).status, 429);
  });

  await step('a replay is answered 202 and sent once', async () => {
    const request = emailTo('replay@example.com');
    const answers = await Promise.all([post(request), post(request)]);
    answers.push(await post(request));
    assert.deepEqual(
      answers.map(({ status }) => status),
      [202, 202, 202],
    );
    assert.equal((await mailsTo('replay@example.com')).length, 1);
  });

  await step('a dry run is answered 202 and not sent', async () => {
    const request = emailTo('dry@example.com');
    const dry = { ...request, headers: { ...request.headers, 'x-otp-dry-run': '1' } };
    assert.deepEqual(await post(dry), { status: 202, body: '' });
    assert.deepEqual(await mailsTo('dry@example.com'), []);
  });

  await step('the state table holds no personal data', async () => {
    const { Items = [] } = await new DynamoDBClient(config).send(new ScanCommand({ TableName: tableName }));
    assert.ok(Items.length > 0);
    assert.doesNotMatch(JSON.stringify(Items), /example\.com|2025550123|5928|1234"/);
    assert.ok(Items.every(({ expiresAt }) => Number(expiresAt?.N) > Date.now() / 1000));
  });

  await step('while SES is down: 202, and the deployed worker sends it once SES is back', async () => {
    proxy.answers.set('Action=SendEmail', DOWN);
    assert.deepEqual(await post(emailTo('later@example.com', '7777')), { status: 202, body: '' });
    assert.deepEqual(await mailsTo('later@example.com'), []);
    proxy.answers.delete('Action=SendEmail');
    const mail = await until('the queued email', 60_000, async () => (await mailsTo('later@example.com'))[0]);
    assert.match(mail.BodyText, /7777/);
    await logDelivery(mail.MessageId);
  });

  await step('npm run doctor finds the stage in order', async () => {
    const { code, printed } = await doctor({ isInSandbox: false });
    assert.equal(code, 0);
    assert.match(printed, / 0 failed/);
    assert.match(printed, /ok +concurrency +\d+ functions may run at once/);
    assert.match(printed, /ok +sender dns +acme-shop.com: DMARC, p=reject/);
    assert.equal((await emulator.mails()).length, 3);
  });

  await step('npm run activity shows the messages and their fate', async () => {
    const { printed } = await activity();
    assert.match(printed, /email .*queued, accepted .*ses .*delivered/);
    assert.match(printed, /email .*misconfigured .*ses:misconfigured:MessageRejected/);
    assert.match(printed, /sms .*country_not_allowed/);
    assert.doesNotMatch(printed, /@example\.com|2025550123/);

    const { stdout: ofOne } = await activity('--recipient', 'later@example.com', '--json');
    const [found, ...others] = JSON.parse(ofOne) as { outcomes: string[]; fate: string }[];
    assert.deepEqual([found?.outcomes, found?.fate, others], [['queued', 'accepted'], 'delivered', []]);
  });

  await step('the secret is rotated in the parameter store, without a deployment', async () => {
    const old = secret;
    ({ text: secretText, key: secret } = newSecret());
    await putSecret(secretText);
    // The store is asked again after a failed signature, but at most every 30 s.
    await until('the new secret', 45_000, async () =>
      (await post(emailTo('rotated@example.com'))).status === 202 ? true : undefined,
    );
    const { status } = await post(
      signedEmail({ email: 'old@example.com', subject: 'Sign in', body: '1' }, old),
    );
    assert.equal(status, 401);
  });

  await step('a second deployment changes a setting', async () => {
    await writeSettings({ EMAIL_FROM_NAME: 'Renamed Shop' });
    await run('deploy');
    assert.equal((await post(emailTo('second@example.com'))).status, 202);
    assert.equal((await mailsTo('second@example.com'))[0]?.Source, '"Renamed Shop" <login@acme-shop.com>');
  });

  await step('serverless rollback takes it back', async () => {
    const [timestamp = ''] = (await run('deploy list')).match(/(?<=Timestamp: )\d+/g) ?? [];
    await run(`rollback --timestamp ${timestamp}`);
    assert.equal(await fromName(), 'Example Shop');
    assert.equal((await post(emailTo('third@example.com'))).status, 202);
    assert.equal((await mailsTo('third@example.com'))[0]?.Source, '"Example Shop" <login@acme-shop.com>');
  });

  await step('npm run doctor finds what is wrong with a broken stage', async () => {
    await writeSettings({ EMAIL_FROM: 'login@not-verified-shop.com' });
    await putSecret('not a secret');
    const { code, printed } = await doctor({ isInSandbox: true, subscribers: 0 });
    assert.equal(code, 1);
    assert.match(printed, /fail +parameters +email: OWNID_SHARED_SECRET must be/);
    assert.match(printed, /warn +functions +email: EMAIL_FROM changed since its deployment/);
    assert.match(printed, /fail +sns sandbox/);
    assert.match(printed, /fail +alarms +nobody is subscribed/);

    await putSecret(secretText);
    const { printed: corrected } = await doctor({ isInSandbox: false });
    assert.match(corrected, /fail +ses sender +login@not-verified-shop.com: neither/);

    await ssm.send(new DeleteParameterCommand({ Name: PARAMETER }));
    const { printed: missing } = await doctor({ isInSandbox: false });
    assert.match(missing, /fail +parameters .*which is not in the parameter store/);
  });

  await step('a stage of another checkout is overwritten only by who says so', async () => {
    await rm(new URL('../../.deployed/', import.meta.url), { recursive: true, force: true });
    await putSecret(secretText);
    await writeSettings({ EMAIL_FROM_NAME: 'Other Shop' });
    await assert.rejects(run('deploy'), /different are: EMAIL_FROM_NAME\.\nNothing was deployed/);
    assert.equal(await fromName(), 'Example Shop');
    await run('deploy --param overwrite=yes');
    assert.equal(await fromName(), 'Other Shop');
  });

  await step(
    'the failover of docs/operations.md: the same stage in a second region, beside the first',
    async () => {
      const before = await inventory(standby);
      await putSecret(secretText, new SSMClient(standby));
      await new SESv2Client(standby).send(new CreateEmailIdentityCommand({ EmailIdentity: 'acme-shop.com' }));
      assert.match(await run('deploy --region eu-west-1'), /Service deployed to stack otp-relay-emulated/);
      const there = await outputs(standby);
      const here = await outputs();
      assert.notEqual(there['HttpApiId'], here['HttpApiId']);
      assert.match(
        there['DashboardUrl'] ?? '',
        /eu-west-1.*#dashboards\/dashboard\/otp-relay-emulated-eu-west-1$/,
      );
      assert.match(
        here['DashboardUrl'] ?? '',
        /us-east-1.*#dashboards\/dashboard\/otp-relay-emulated-us-east-1$/,
      );
      const { status } = await postTo(
        emulator.port,
        there['HttpApiId'] ?? '',
        emailTo('failover@example.com'),
      );
      assert.equal(status, 202);
      assert.equal((await mailsTo('failover@example.com')).length, 1);
      await run('remove --region eu-west-1');
      assert.deepEqual(await inventory(standby), before);
      assert.equal((await post(emailTo('first-region@example.com'))).status, 202);
    },
  );

  await step('serverless remove leaves nothing behind', async () => {
    await run('remove');
    assert.deepEqual(await inventory(config), before);
  });
} finally {
  await rm(settingsFile, { force: true });
  await Promise.all([proxy.stop(), dns.close()]);
  await emulator.stop();
  close();
  console.log(`The emulator's log: ${emulator.logFile}`);
}
