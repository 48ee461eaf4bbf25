/**
 * Deploys the stack to an emulated AWS with the real `serverless deploy`, uses it as OwnID and its operator do, and
 * removes it. docs/operations.md lists what the emulator cannot show.
 */
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { GetFunctionConfigurationCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { CreateEmailIdentityCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import { DeleteParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { startAwsLoopback } from '../../tools/loopback/aws.js';
import type { ReceivedMessage } from '../../tools/loopback/provider.js';
import { startSmsLoopbacks } from '../../tools/loopback/sms.js';
import { DOWN, type RecordedRequest } from '../support/fault-proxy.js';
import { createSteps, until } from '../support/steps.js';
import { deployerPolicy, mayDeploy } from '../template/deployer.js';
import { createEvaluator } from '../template/evaluator.js';
import { functionLogs, inventory } from './account.js';
import { permissionOf } from './deployer-calls.js';
import { newSecret, startEmulatedStage } from './emulated-stage.js';
import { releaseSteps } from './release.js';
import { postTo, signedEmail, signedSms } from './webhook.js';

const emulated = await startEmulatedStage();
const { stage: STAGE, emulator, proxy, config, standby, ssm, parameter } = emulated;
const { run, runOperatorTool, writeSettings, putSecret, outputs, mailsTo } = emulated;
/** What the emulator has not: AWS End User Messaging and Twilio, and what they accepted. */
const texts: ReceivedMessage[] = [];
const onMessage = (text: ReceivedMessage) => texts.push(text);
const endUserMessaging = await startAwsLoopback({ onMessage });
const smsProviders = await startSmsLoopbacks({ onMessage });
const TWILIO_PARAMETER = `/otp-relay/${STAGE}/twilio-auth-token`;

const { step, close } = createSteps(async () => {
  console.log((await functionLogs(config, STAGE)).join('\n'));
});
const activity = (...args: string[]) => runOperatorTool('activity', ...args);
const doctor = (account: Parameters<typeof emulated.doctor>[1]) => emulated.doctor(apiId, account);
const deploymentCalls: RecordedRequest[] = [];
const deploy = async () => {
  const before = emulated.requests.length;
  const printed = await run('deploy');
  deploymentCalls.push(...emulated.requests.slice(before));
  return printed;
};
const fromName = async () => {
  const command = new GetFunctionConfigurationCommand({ FunctionName: `otp-relay-${STAGE}-email` });
  const { Environment } = await new LambdaClient(config).send(command);
  return Environment?.Variables?.['EMAIL_FROM_NAME'];
};

let { text: secretText, key: secret } = newSecret();
let apiId = '';
let tableName = '';
const post = (request: Parameters<typeof postTo>[2]) => postTo(emulator.port, apiId, request);
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
    assert.match(await deploy(), /Service deployed to stack otp-relay-emulated/);
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
    await emulated.logDelivery(mail.MessageId);
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

  await step('a second deployment changes settings', async () => {
    const { TWILIO_AUTH_TOKEN: token = '', ...ofTwilio } = smsProviders.environment;
    await putSecret(token, { name: TWILIO_PARAMETER });
    await writeSettings({
      EMAIL_FROM_NAME: 'Renamed Shop',
      SMS_ALLOWED_COUNTRIES: 'US,GB',
      SMS_PROVIDER: 'eum, GB=twilio',
      SMS_ORIGINATION_NUMBER: 'US=+12065550100',
      AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2: `http://127.0.0.1:${endUserMessaging.port}`,
      TWILIO_AUTH_TOKEN: `ssm:${TWILIO_PARAMETER}`,
      ...ofTwilio,
    });
    await deploy();
    assert.equal((await post(emailTo('second@example.com'))).status, 202);
    assert.equal((await mailsTo('second@example.com'))[0]?.Source, '"Renamed Shop" <login@acme-shop.com>');
  });

  await step('its SMS go through End User Messaging, and to one country through Twilio', async () => {
    assert.equal((await post(smsTo('+12025550124'))).status, 202);
    assert.equal((await post(smsTo('+447400123456'))).status, 202);
    assert.deepEqual(
      texts.map(({ provider, to, from, text }) => [provider, to, from, text]),
      [
        ['eum', '+12025550124', '+12065550100', 'Your code is 1234'],
        ['twilio', '+447400123456', '+15005550006', 'Your code is 1234'],
      ],
    );
  });

  await step('the policy of docs/ci-cd.md allows every call of the two deployments', async () => {
    const evaluate = await createEvaluator();
    const policy = deployerPolicy({ stage: STAGE, region: config.region, account: '000000000000' });
    assert.ok(deploymentCalls.length > 30);
    const denied: string[] = [];
    for (const request of deploymentCalls) {
      const call = permissionOf(request);
      if (call === undefined || (await mayDeploy(evaluate, policy, call))) continue;
      denied.push(`${call.action} on ${call.resource}`);
    }
    assert.deepEqual(denied, []);
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

    await ssm.send(new DeleteParameterCommand({ Name: parameter() }));
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
      await putSecret(secretText, { store: new SSMClient(standby) });
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

  await releaseSteps(step, emulated);

  await step('serverless remove leaves nothing behind', async () => {
    await run('remove');
    assert.deepEqual(await inventory(config), before);
  });
} finally {
  await Promise.all([emulated.stop(), endUserMessaging.close(), smsProviders.close()]);
  close();
  console.log(`The emulator's log: ${emulator.logFile}`);
}
