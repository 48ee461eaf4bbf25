import { EVERYTHING } from '../support/stack.js';
import type { Evaluate } from './evaluator.js';
import { type Judge, type Place, stagesIn } from './stage-roles.js';

const OTHER_ACCOUNT = { account: '999999999999' };
const SETTINGS = {
  EMAIL_FROM: 'Login@Example.COM',
  EMAIL_FROM__SHOP: 'shop@bücher.example',
  EMAIL_FROM__PLAIN: 'plain@plain.example',
  SMS_ALLOWED_COUNTRIES: 'US',
};

type Given = Place & ReturnType<typeof stagesIn>;

/** Tries what the roles of a stage must be able to do in a place, and what they must not. */
export async function decideRoles(evaluate: Evaluate, place: Place, judge: Judge): Promise<void> {
  const given = { ...place, ...stagesIn(place, evaluate, judge) };
  await decideEmail(given);
  await decideSms(given);
  await decideState(given);
  await decideOptions(given);
}

async function decideEmail({ arn, rolesOf, otherRegion }: Given): Promise<void> {
  const decide = await rolesOf(SETTINGS);
  for (const role of ['EmailRole', 'RetryRole']) {
    for (const from of ['Login@example.com', 'shop@xn--bcher-kva.example', 'plain@plain.example']) {
      const sender = { 'ses:FromAddress': from };
      // The sender's identity, as a domain or an address, and in the sandbox the recipient's.
      for (const identity of [from.replace(/^.*@/, ''), from, 'tester@gmail.com']) {
        await decide(true, role, 'ses:SendEmail', arn('ses', `identity/${identity}`), sender);
      }
      await decide(true, role, 'ses:SendEmail', arn('ses', 'configuration-set/otp-relay-prod'), sender);
      await decide(false, role, 'ses:SendEmail', arn('ses', 'configuration-set/other'), sender);
      await decide(false, role, 'ses:SendEmail', arn('ses', 'identity/example.com', OTHER_ACCOUNT), sender);
      await decide(
        false,
        role,
        'ses:SendEmail',
        arn('ses', 'identity/example.com', { where: otherRegion }),
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
}

async function decideSms({ arn, rolesOf, otherRegion }: Given): Promise<void> {
  const decide = await rolesOf(SETTINGS);
  for (const role of ['SmsRole', 'RetryRole']) {
    await decide(false, role, 'sns:Publish', arn('sns', 'otp-relay-prod-alarms'));
    await decide(false, role, 'sns:Publish', arn('sns', 'topic', { where: otherRegion }));
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
}

/** Secrets, table and queue. */
async function decideState({ arn, rolesOf, region, table, queue }: Given): Promise<void> {
  const decide = await rolesOf(SETTINGS);
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
      'kms:ViaService': `s3.${region}.amazonaws.com`,
    });
    await decide(true, role, 'dynamodb:UpdateItem', table);
    await decide(false, role, 'dynamodb:Scan', table);
    await decide(false, role, 'dynamodb:UpdateItem', arn('dynamodb', 'table/other'));
    await decide(!isWorker, role, 'sqs:SendMessage', queue);
    for (const action of [
      'ReceiveMessage',
      'DeleteMessage',
      'ChangeMessageVisibility',
      'GetQueueAttributes',
    ]) {
      await decide(isWorker, role, `sqs:${action}`, queue);
    }
    await decide(false, role, 'sqs:PurgeQueue', queue);
  }
}

/** What stages with other settings and parameters have, and do not have. */
async function decideOptions({ arn, rolesOf, partition, otherRegion }: Given): Promise<void> {
  const network = ['ec2:CreateNetworkInterface', 'ec2:DeleteNetworkInterface', 'xray:PutTraceSegments'];
  const decide = await rolesOf(SETTINGS);
  const inVpc = await rolesOf(EVERYTHING, {
    ...{ subnetIds: ['subnet-1'], securityGroupIds: ['sg-1'], tracing: true, rolePath: '/otp/' },
    permissionsBoundary: `arn:${partition}:iam::123456789012:policy/boundary`,
  });
  const bySms = await rolesOf({ SMS_ALLOWED_COUNTRIES: 'US', SMS_PROVIDER: 'eum,US=notify' });
  const bySendGrid = await rolesOf({ EMAIL_FROM: 'a@example.com', EMAIL_PROVIDER: 'sendgrid' });
  for (const role of ['EmailRole', 'SmsRole', 'RetryRole']) {
    for (const action of network) {
      await inVpc(true, role, action, '*');
      await decide(false, role, action, '*');
    }
    await inVpc(false, role, 'ec2:RunInstances', '*');
  }
  for (const role of ['SmsRole', 'RetryRole']) {
    for (const [action, resource] of [
      ['sms-voice:SendTextMessage', 'pool/pool-1'],
      ['sms-voice:SendNotifyTextMessage', 'notify-configuration/nc-1'],
    ] as const) {
      await bySms(true, role, action, arn('sms-voice', resource));
      await bySms(false, role, action, arn('sms-voice', resource, OTHER_ACCOUNT));
      await bySms(false, role, action, arn('sms-voice', resource, { where: otherRegion }));
    }
    await bySms(false, role, 'sms-voice:DeletePool', arn('sms-voice', 'pool/pool-1'));
    await bySms(false, role, 'sns:Publish', arn('sns', 'topic'));
  }
  for (const role of ['EmailRole', 'RetryRole']) {
    await bySendGrid(false, role, 'ses:SendEmail', arn('ses', 'identity/example.com'), {
      'ses:FromAddress': 'a@example.com',
    });
  }
}
