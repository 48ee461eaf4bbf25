import { readFileSync } from 'node:fs';
import type { Evaluate } from './evaluator.js';
import type { Judge } from './stage-roles.js';

/** A call, and the resource that IAM asks about. */
export interface Call {
  readonly action: string;
  readonly resource: string;
  readonly context?: Readonly<Record<string, string>>;
}

const ACCOUNT = '123456789012';
/** IAM and STS quotas: of a managed policy, and white space does not count. */
const LONGEST_POLICY = 6144;

/** Of docs/ci-cd.md, as its reader would adapt it. */
export function deployerPolicy({ stage = 'prod', region = 'eu-west-1', account = ACCOUNT } = {}): unknown {
  const page = readFileSync(new URL('../../docs/ci-cd.md', import.meta.url), 'utf8');
  const [, text = ''] = /## What it may do[\s\S]*?```json\n([\s\S]*?)```/.exec(page) ?? [];
  return JSON.parse(
    text
      .replaceAll('otp-relay-prod', `otp-relay-${stage}`)
      .replaceAll('eu-west-1', region)
      .replaceAll(ACCOUNT, account),
  );
}

const arn = (service: string, resource: string, region = 'eu-west-1') =>
  `arn:aws:${service}:${region}:${ACCOUNT}:${resource}`;
const BUCKET = 'arn:aws:s3:::otp-relay-prod-serverlessdeploymentbucket-1abc';
const ROLE = `arn:aws:iam::${ACCOUNT}:role/otp-relay-prod-EmailRole-1ABC`;
const FUNCTION = arn('lambda', 'function:otp-relay-prod-email');
const TABLE = arn('dynamodb', 'table/otp-relay-prod-StateTable-1ABC');
const QUEUE = arn('sqs', 'otp-relay-prod-RetryQueue-1ABC');
const TOPIC = arn('sns', 'otp-relay-prod-alarms');
const ALARM = arn('cloudwatch', 'alarm:otp-relay-prod-dead-letter');
const RULE = arn('events', 'rule/otp-relay-prod-EmailEventRule-1ABC');
const SET = arn('ses', 'configuration-set/otp-relay-prod');
const LAMBDA = { 'iam:PassedToService': 'lambda.amazonaws.com' };
const OF_OURS = { 'lambda:FunctionArn': FUNCTION };

/**
 * What CloudFormation does in the deployer's name: the handlers' permissions in the schemas of AWS's resource types, as far as
 * the stack's properties need them. The evaluator knows no HTTP APIs, so that `apigateway` is missing.
 */
const NEEDED: readonly (readonly [string, string, Readonly<Record<string, string>>?])[] = [
  ['s3:CreateBucket s3:PutBucketTagging s3:PutEncryptionConfiguration s3:PutBucketPublicAccessBlock', BUCKET],
  ['s3:PutBucketPolicy s3:GetBucketPolicy s3:GetEncryptionConfiguration s3:GetBucketTagging', BUCKET],
  ['iam:CreateRole iam:PutRolePolicy iam:GetRole iam:ListAttachedRolePolicies iam:ListRolePolicies', ROLE],
  ['iam:GetRolePolicy iam:UpdateRole iam:UpdateRoleDescription iam:UpdateAssumeRolePolicy iam:TagRole', ROLE],
  ['iam:DeleteRolePolicy iam:UntagRole iam:DeleteRole', ROLE],
  ['iam:PassRole', ROLE, LAMBDA],
  [
    'lambda:CreateFunction lambda:GetFunction lambda:GetFunctionCodeSigningConfig lambda:TagResource',
    FUNCTION,
  ],
  ['lambda:UpdateFunctionCode lambda:UpdateFunctionConfiguration lambda:GetFunctionConfiguration', FUNCTION],
  ['lambda:DeleteFunction lambda:AddPermission lambda:RemovePermission lambda:GetPolicy', FUNCTION],
  ['lambda:PutFunctionConcurrency lambda:ListTags lambda:GetRuntimeManagementConfig', FUNCTION],
  ['lambda:CreateEventSourceMapping lambda:GetEventSourceMapping', '*', OF_OURS],
  ['lambda:UpdateEventSourceMapping lambda:DeleteEventSourceMapping', '*', OF_OURS],
  ['dynamodb:CreateTable dynamodb:DescribeTable dynamodb:UpdateTimeToLive dynamodb:TagResource', TABLE],
  ['dynamodb:DescribeTimeToLive dynamodb:DescribeContinuousBackups dynamodb:UpdateTable', TABLE],
  ['dynamodb:ListTagsOfResource dynamodb:DeleteTable', TABLE],
  ['sqs:CreateQueue sqs:GetQueueUrl sqs:GetQueueAttributes sqs:ListQueueTags sqs:TagQueue', QUEUE],
  ['sqs:SetQueueAttributes sqs:UntagQueue sqs:DeleteQueue', QUEUE],
  ['sns:CreateTopic sns:TagResource sns:Subscribe sns:GetTopicAttributes sns:SetTopicAttributes', TOPIC],
  ['sns:ListTagsForResource sns:ListSubscriptionsByTopic sns:GetDataProtectionPolicy', TOPIC],
  ['cloudwatch:PutMetricAlarm cloudwatch:TagResource cloudwatch:DeleteAlarms', ALARM],
  ['cloudwatch:DescribeAlarms', '*'],
  [
    'cloudwatch:PutDashboard cloudwatch:GetDashboard cloudwatch:DeleteDashboards',
    `arn:aws:cloudwatch::${ACCOUNT}:dashboard/otp-relay-prod-eu-west-1`,
  ],
  ...['lambda/otp-relay-prod-email', 'http-api/otp-relay-prod', 'events/otp-relay-prod-email-events'].map(
    (name) =>
      [
        'logs:CreateLogGroup logs:PutRetentionPolicy logs:TagResource logs:DeleteLogGroup',
        arn('logs', `log-group:/aws/${name}:*`),
      ] as const,
  ),
  ['logs:DescribeLogGroups logs:PutResourcePolicy logs:DescribeResourcePolicies', '*'],
  ['logs:CreateLogDelivery logs:UpdateLogDelivery', '*'],
  ['events:PutRule events:DescribeRule events:PutTargets events:RemoveTargets events:DeleteRule', RULE],
  ['ses:CreateConfigurationSet ses:GetConfigurationSet ses:PutConfigurationSetSuppressionOptions', SET],
  ['ses:CreateConfigurationSetEventDestination ses:GetConfigurationSetEventDestinations', SET],
];

const DENIED: readonly (readonly [string, string, Readonly<Record<string, string>>?])[] = [
  ['cloudformation:CreateChangeSet', arn('cloudformation', 'stack/otp-relay-dev/1')],
  ['cloudformation:CreateChangeSet', arn('cloudformation', 'stack/otp-relay-prod/1', 'us-east-1')],
  ['cloudformation:DeleteStack', arn('cloudformation', 'stack/otp-relay-prod/1')],
  ['s3:GetObject', 'arn:aws:s3:::customers/list.csv'],
  ['iam:CreateRole iam:PutRolePolicy iam:DeleteRole', `arn:aws:iam::${ACCOUNT}:role/Admin`],
  ['iam:AttachRolePolicy', ROLE],
  ['iam:CreateUser iam:CreateAccessKey', `arn:aws:iam::${ACCOUNT}:user/eve`],
  ['iam:PassRole', ROLE, { 'iam:PassedToService': 'ec2.amazonaws.com' }],
  ['iam:PassRole', `arn:aws:iam::${ACCOUNT}:role/Admin`, LAMBDA],
  ['lambda:UpdateFunctionCode lambda:GetFunction', arn('lambda', 'function:other')],
  ['lambda:InvokeFunction', FUNCTION],
  ['lambda:CreateEventSourceMapping', '*', { 'lambda:FunctionArn': arn('lambda', 'function:other') }],
  // What is in the queue are passcodes.
  ['sqs:ReceiveMessage sqs:SendMessage sqs:PurgeQueue', QUEUE],
  ['dynamodb:Scan dynamodb:GetItem dynamodb:UpdateItem', TABLE],
  [
    'ssm:GetParameter ssm:GetParameters ssm:PutParameter',
    arn('ssm', 'parameter/otp-relay/prod/ownid-shared-secret'),
  ],
  ['kms:Decrypt', arn('kms', 'key/1')],
  ['ses:SendEmail', arn('ses', 'identity/example.com')],
  ['sns:Publish', TOPIC],
  ['logs:FilterLogEvents logs:GetLogEvents', arn('logs', 'log-group:/aws/lambda/otp-relay-prod-email:*')],
  ['cloudwatch:DeleteAlarms', arn('cloudwatch', 'alarm:of-somebody-else')],
];

/** Tries the deployer's policy on what CloudFormation needs, and on what a stolen pipeline would like. */
export async function decideDeployer(evaluate: Evaluate, judge: Judge): Promise<void> {
  const policy = deployerPolicy();
  const length = JSON.stringify(policy).length;
  judge(length <= LONGEST_POLICY, `the deployer's policy has ${length} characters`);
  for (const [isAllowed, table] of [
    [true, NEEDED],
    [false, DENIED],
  ] as const) {
    for (const [actions, resource, context = {}] of table) {
      for (const action of actions.split(' ')) {
        const decision = await mayDeploy(evaluate, policy, { action, resource, context });
        judge(
          decision === isAllowed,
          `the deployer ${isAllowed ? 'may not' : 'may'} ${action} on ${resource}`,
        );
      }
    }
  }
}

/** Whether a role with that policy may make a call. */
export function mayDeploy(evaluate: Evaluate, policy: unknown, { action, resource, context = {} }: Call) {
  return evaluate(policy, {
    principal: `arn:aws:iam::${ACCOUNT}:role/otp-relay-deploy`,
    action,
    resource: { resource, accountId: ACCOUNT },
    contextVariables: context,
  });
}
