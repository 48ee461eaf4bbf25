/**
 * Lets an IAM policy evaluator that is not ours decide what each role may do and what it may not.
 *
 * It knows neither phone numbers as a resource of `sns:Publish` nor `kms:EncryptionContext`, so that the two statements
 * with these are only tried on what they must deny.
 */
import { stackResources } from '../support/stack.js';
import { createEvaluator } from './evaluator.js';

const ACCOUNT = '123456789012';
const REGION = 'eu-west-1';
const arn = (service: string, resource: string, account = ACCOUNT, region = REGION) =>
  `arn:aws:${service}:${region}:${account}:${resource}`;
const ATTRIBUTES: Readonly<Record<string, string>> = {
  StateTable: arn('dynamodb', 'table/state'),
  RetryQueue: arn('sqs', 'retry'),
  EmailLogGroup: arn('logs', 'log-group:/aws/lambda/otp-relay-prod-email:*'),
  SmsLogGroup: arn('logs', 'log-group:/aws/lambda/otp-relay-prod-sms:*'),
  RetryLogGroup: arn('logs', 'log-group:/aws/lambda/otp-relay-prod-retry:*'),
};
const { StateTable: table = '', RetryQueue: queue = '' } = ATTRIBUTES;

const roles = await stackResources('roles', {
  EMAIL_FROM: 'Login@Example.COM',
  EMAIL_FROM__SHOP: 'shop@bücher.example',
  EMAIL_FROM__PLAIN: 'plain@plain.example',
  SMS_ALLOWED_COUNTRIES: 'US',
});
const evaluate = await createEvaluator();
let passed = 0;
let failed = 0;

/** As CloudFormation resolves what the roles contain. */
function resolve(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(resolve);
  const [[name, content] = ['', undefined]] = Object.entries(value);
  if (name === 'Fn::GetAtt') return ATTRIBUTES[(content as string[])[0] ?? ''];
  if (name === 'Fn::Sub') {
    const values: Record<string, string> = { Partition: 'aws', Region: REGION, AccountId: ACCOUNT };
    return String(content).replaceAll(/\$\{AWS::(\w+)\}/g, (_, key: string) => values[key] ?? '');
  }
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolve(item)]));
}

async function decide(
  isAllowed: boolean,
  role: string,
  action: string,
  resource: string,
  contextVariables: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { Policies } = roles[role]?.Properties as { Policies: readonly [{ PolicyDocument: unknown }] };
  const request = {
    principal: `arn:aws:iam::${ACCOUNT}:role/${role}`,
    action,
    resource: { resource, accountId: ACCOUNT },
    contextVariables,
  };
  if ((await evaluate(resolve(Policies[0].PolicyDocument), request)) === isAllowed) {
    passed += 1;
    return;
  }
  failed += 1;
  const context = JSON.stringify(contextVariables);
  console.log(`FAIL  ${role} ${isAllowed ? 'may not' : 'may'} ${action} on ${resource} with ${context}`);
}

for (const role of ['EmailRole', 'RetryRole']) {
  for (const from of ['Login@example.com', 'shop@xn--bcher-kva.example', 'plain@plain.example']) {
    const sender = { 'ses:FromAddress': from };
    // The sender's identity, as a domain or an address, and in the sandbox the recipient's.
    for (const identity of [from.replace(/^.*@/, ''), from, 'tester@gmail.com']) {
      await decide(true, role, 'ses:SendEmail', arn('ses', `identity/${identity}`), sender);
    }
    await decide(true, role, 'ses:SendEmail', arn('ses', 'configuration-set/otp-relay-prod'), sender);
    await decide(false, role, 'ses:SendEmail', arn('ses', 'configuration-set/other'), sender);
    await decide(false, role, 'ses:SendEmail', arn('ses', 'identity/example.com', '999999999999'), sender);
    await decide(
      false,
      role,
      'ses:SendEmail',
      arn('ses', 'identity/example.com', ACCOUNT, 'us-east-1'),
      sender,
    );
    await decide(false, role, 'ses:SendRawEmail', arn('ses', 'identity/example.com'), sender);
  }
  for (const from of [
    'other@example.com',
    'login@example.com',
    'ceo@plain.example',
    'plain@plain.example.evil',
  ]) {
    const sender = { 'ses:FromAddress': from };
    await decide(false, role, 'ses:SendEmail', arn('ses', 'identity/example.com'), sender);
  }
  await decide(false, role, 'ses:SendEmail', arn('ses', 'identity/example.com'));
}

for (const role of ['SmsRole', 'RetryRole']) {
  await decide(false, role, 'sns:Publish', arn('sns', 'otp-relay-prod-alarms'));
  await decide(false, role, 'sns:Publish', arn('sns', 'topic', ACCOUNT, 'us-east-1'));
  for (const identity of ['phone-number/phone-1', 'pool/pool-1', 'sender-id/ACME/GB']) {
    const resource = arn('sms-voice', identity);
    const through = (service: string) => ({ 'aws:CalledViaLast': `${service}.amazonaws.com` });
    await decide(true, role, 'sms-voice:SendTextMessage', resource, through('sns'));
    await decide(false, role, 'sms-voice:SendTextMessage', resource, through('lambda'));
    await decide(false, role, 'sms-voice:SendTextMessage', resource);
  }
}
await decide(false, 'SmsRole', 'ses:SendEmail', arn('ses', 'identity/example.com'), {
  'ses:FromAddress': 'Login@example.com',
});

for (const role of ['EmailRole', 'SmsRole', 'RetryRole']) {
  const isWorker = role === 'RetryRole';
  for (const action of ['ssm:GetParameter', 'ssm:GetParameters']) {
    await decide(true, role, action, arn('ssm', 'parameter/otp-relay/prod/ownid-shared-secret'));
    await decide(false, role, action, arn('ssm', 'parameter/otp-relay/dev/ownid-shared-secret'));
    await decide(false, role, action, arn('ssm', 'parameter/otp-relay/production/secret'));
  }
  await decide(false, role, 'ssm:PutParameter', arn('ssm', 'parameter/otp-relay/prod/secret'));
  await decide(false, role, 'kms:Decrypt', arn('kms', 'key/1'));
  await decide(false, role, 'kms:Decrypt', arn('kms', 'key/1'), {
    'kms:ViaService': `s3.${REGION}.amazonaws.com`,
  });
  await decide(true, role, 'dynamodb:UpdateItem', table);
  await decide(false, role, 'dynamodb:Scan', table);
  await decide(false, role, 'dynamodb:UpdateItem', arn('dynamodb', 'table/other'));
  await decide(!isWorker, role, 'sqs:SendMessage', queue);
  for (const action of ['ReceiveMessage', 'DeleteMessage', 'ChangeMessageVisibility', 'GetQueueAttributes']) {
    await decide(isWorker, role, `sqs:${action}`, queue);
  }
  await decide(false, role, 'sqs:PurgeQueue', queue);
}

console.log(`${passed} of ${passed + failed} decisions right`);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
