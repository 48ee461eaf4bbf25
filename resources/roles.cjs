/** One role per function: the actions that its code and its settings use, on this stage's resources. */
const { resolveUse } = require('../tools/serverless/stage-use.cjs');

module.exports = async ({ resolveVariable }) => {
  const param = (name) => resolveVariable(`param:${name}`);
  const stage = await resolveVariable('sls:stage');
  const use = await resolveUse(resolveVariable);

  const parameters = sub('ssm', `parameter/${await resolveVariable('self:service')}/${stage}/*`);
  const boundary = await param('permissionsBoundary');
  const path = await param('rolePath');
  const properties = {
    ...(path !== '/' && { Path: path }),
    ...(boundary && { PermissionsBoundary: boundary }),
  };
  const common = [
    ...((await param('subnetIds')).length > 0 ? [VPC_STATEMENT] : []),
    ...((await param('tracing')) ? [TRACING_STATEMENT] : []),
    {
      Sid: 'ReadSecrets',
      Effect: 'Allow',
      Action: ['ssm:GetParameter', 'ssm:GetParameters'],
      Resource: parameters,
    },
    {
      // For parameters under a key of the customer's own; the account's aws/ssm key needs no permission.
      Sid: 'DecryptSecrets',
      Effect: 'Allow',
      Action: 'kms:Decrypt',
      Resource: sub('kms', 'key/*'),
      Condition: {
        StringLike: {
          // The end differs by partition.
          'kms:ViaService': { 'Fn::Sub': 'ssm.${AWS::Region}.*' },
          'kms:EncryptionContext:PARAMETER_ARN': parameters,
        },
      },
    },
    {
      Sid: 'KeepState',
      Effect: 'Allow',
      Action: ['dynamodb:UpdateItem', 'dynamodb:DeleteItem'],
      Resource: arnOf('StateTable'),
    },
  ];
  const queue = { Sid: 'Queue', Effect: 'Allow', Action: 'sqs:SendMessage', Resource: arnOf('RetryQueue') };
  const workQueue = {
    // The first three are Lambda's, which polls the queue in the function's name; the last postpones a message.
    Sid: 'WorkQueue',
    Effect: 'Allow',
    Action: [
      'sqs:ReceiveMessage',
      'sqs:DeleteMessage',
      'sqs:GetQueueAttributes',
      'sqs:ChangeMessageVisibility',
    ],
    Resource: arnOf('RetryQueue'),
  };
  const sendEmail = use.ses ? [sesStatement(use)] : [];
  const sendSms = [
    ...(use.sns ? SNS_STATEMENTS : []),
    ...(use.eum ? [eumStatement('SendSmsByEum', 'SendTextMessage')] : []),
    ...(use.notify ? [eumStatement('SendSmsByNotify', 'SendNotifyTextMessage')] : []),
  ];

  return {
    Resources: {
      ...(use.email && role('email', [...common, queue, ...sendEmail])),
      ...(use.sms && role('sms', [...common, queue, ...sendSms])),
      ...role('retry', [...common, workQueue, ...sendEmail, ...sendSms]),
    },
  };

  function role(name, statements) {
    return roleOf(stage, name, statements, properties);
  }
};

/**
 * In the sandbox SES asks for a permission on the recipient's identity too, so that the sender is what limits it. SES
 * compares the address as it is sent, letter by letter.
 */
function sesStatement({ senders, regions, configurationSets }) {
  const resources = ['identity/*', ...configurationSets.map((name) => `configuration-set/${name}`)];
  return {
    Sid: 'SendEmail',
    Effect: 'Allow',
    Action: 'ses:SendEmail',
    Resource: regions.flatMap((region) =>
      resources.map((resource) => ({
        'Fn::Sub': `arn:\${AWS::Partition}:ses:${region}:\${AWS::AccountId}:${resource}`,
      })),
    ),
    Condition: { StringLike: { 'ses:FromAddress': senders } },
  };
}

/** AWS may choose the sender, so that no resource is known beforehand but the account and region. */
function eumStatement(Sid, action) {
  return { Sid, Effect: 'Allow', Action: `sms-voice:${action}`, Resource: sub('sms-voice', '*') };
}

const SNS_STATEMENTS = [
  {
    // A phone number is no resource of IAM's: allow all that is not a topic.
    Sid: 'SendSms',
    Effect: 'Allow',
    Action: 'sns:Publish',
    NotResource: { 'Fn::Sub': 'arn:${AWS::Partition}:sns:*:*:*' },
  },
  {
    // SNS sends through AWS End User Messaging, in the function's name: as in AWS's own policy AmazonSNSFullAccess.
    Sid: 'SendSmsThroughSns',
    Effect: 'Allow',
    Action: 'sms-voice:SendTextMessage',
    Resource: '*',
    Condition: { StringEquals: { 'aws:CalledViaLast': 'sns.amazonaws.com' } },
  },
];

/** AWS managed policy AWSLambdaVPCAccessExecutionRole: Lambda itself asks for these, and none of them names a resource. */
const VPC_STATEMENT = {
  Sid: 'JoinVpc',
  Effect: 'Allow',
  Action: [
    'ec2:AssignPrivateIpAddresses',
    'ec2:CreateNetworkInterface',
    'ec2:DeleteNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSubnets',
    'ec2:UnassignPrivateIpAddresses',
  ],
  Resource: '*',
};

/** AWS managed policy AWSXRayDaemonWriteAccess, of which Lambda needs these. */
const TRACING_STATEMENT = {
  Sid: 'WriteTraces',
  Effect: 'Allow',
  Action: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'],
  Resource: '*',
};

function roleOf(stage, name, statements, properties) {
  const Name = name[0].toUpperCase() + name.slice(1);
  const writeLog = {
    Sid: 'WriteLog',
    Effect: 'Allow',
    Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
    Resource: arnOf(`${Name}LogGroup`),
  };
  return {
    [`${Name}Role`]: {
      Type: 'AWS::IAM::Role',
      Properties: {
        Description: `OTP Relay ${stage}, function ${name}`,
        ...properties,
        AssumeRolePolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
          ],
        },
        Policies: [
          {
            PolicyName: name,
            PolicyDocument: { Version: '2012-10-17', Statement: [writeLog, ...statements] },
          },
        ],
      },
    },
  };
}

function arnOf(resource) {
  return { 'Fn::GetAtt': [resource, 'Arn'] };
}

function sub(service, resource) {
  return { 'Fn::Sub': `arn:\${AWS::Partition}:${service}:\${AWS::Region}:\${AWS::AccountId}:${resource}` };
}
