/**
 * The alarms, and the topic that they publish to. docs/operations.md says what to do for each, by name.
 *
 * Metrics of the functions have the dimensions `service` and `channel`: one alarm per channel, so that its name says
 * which one is at fault.
 */
const { resolveUse } = require('../tools/serverless/stage-use.cjs');

module.exports = async ({ resolveVariable }) => {
  const param = (name) => resolveVariable(`param:${name}`);
  const stage = await resolveVariable('sls:stage');
  const service = `${await resolveVariable('self:service')}-${stage}`;
  const alarmEmail = await param('alarmEmail');
  const use = await resolveUse(resolveVariable);
  const isOwner = await param('accountWide');

  const alarms = {
    ...perChannel('Misconfigured', 'misconfigured', 'A provider refuses our account or settings'),
    ...perChannel(
      'ProviderRefusing',
      'providerFailure',
      'A provider of the route refuses our account or settings; another one may deliver meanwhile',
      { reason: 'misconfigured' },
    ),
    ...perChannel(
      'ProviderFailing',
      'providerFailure',
      'For 15 minutes a provider of the route fails again and again; another one may deliver meanwhile',
      { reason: 'transient', Threshold: 5, EvaluationPeriods: 3 },
    ),
    ...perChannel('Failed', 'failed', 'A fault in the code: the log has the reason'),
    // The table is one for all functions.
    StateStoreDown: alarm('Each sandbox knows only its own copies and caps', counter('stateStoreDown', {})),
    ...perChannel('SecretStoreDown', 'secretStoreDown', 'Settings in the parameter store are not readable'),
    ...perChannel(
      'QueueDown',
      'queueDown',
      'Nothing can be queued: a failure that would pass is answered 503',
    ),
    ...perChannel('Unconfirmed', 'unconfirmed', 'A provider leaves open whether it accepted messages', {
      Threshold: 5,
    }),
    ...perChannel('Expired', 'expired', 'Messages reached their deadline in the queue and were dropped'),
    ...perChannel('RecipientCap', 'refused', 'Many OTPs are asked for the same recipients', {
      reason: 'cap_recipient',
      Threshold: 50,
    }),
    ...(use.sms && {
      SmsRangeCap: capReached(
        'cap_range',
        'New numbers of one range of 10,000 are refused: SMS pumping, or an office. The log of sms names its country',
      ),
      SmsRangeLowered: alarm(
        'Ten numbers ask for codes again and again, and lower the caps of their ranges of 10,000 and of their country: ' +
          'SMS pumping. The log of sms names the country',
        {
          ...counter('rangeCapped', { channel: 'sms', reason: 'range_lowered' }),
          Period: 3600,
          Threshold: 10,
        },
      ),
      SmsCountryCap: capReached(
        'cap_country',
        'A country used up its hourly SMS: an attack, or too low a limit',
      ),
      SmsTotalCap: capReached('cap_total', 'The day used up its SMS: an attack, or too low a limit'),
    }),

    DeadLetter: alarm('A queued message crashed its worker again and again', {
      ...queueMetric('DeadLetterQueue', 'ApproximateNumberOfMessagesVisible'),
      Statistic: 'Maximum',
    }),
    QueueAge: alarm('Queued messages are close to their deadline', {
      ...queueMetric('RetryQueue', 'ApproximateAgeOfOldestMessage'),
      Statistic: 'Maximum',
      Threshold: 120,
    }),

    ...perFunction('Errors', 'Invocations end in an exception or a timeout'),
    ...perFunction('Throttles', "The account's or the function's concurrency is used up"),
    Latency: alarm('Webhooks are answered late, seen from API Gateway', {
      ...apiMetric('Latency'),
      ExtendedStatistic: 'p99',
      Threshold: await param('alarmLatencyMs'),
      ComparisonOperator: 'GreaterThanThreshold',
      EvaluationPeriods: 3,
      // So that one slow start of a quiet night does not wake anybody.
      EvaluateLowSampleCountPercentile: 'ignore',
    }),
    ServerErrors: alarm('OwnID gets 5xx answers', { ...apiMetric('5xx'), Statistic: 'Sum' }),

    // The rest is of the account: one stage's alarms do for all.
    ...(use.ses &&
      isOwner && {
        BounceRate: alarm('Mail bounces; AWS reviews the account at 0.05', {
          ...reputationMetric('Reputation.BounceRate'),
          Threshold: await param('alarmBounceRate'),
        }),
        ComplaintRate: alarm('Recipients report our mail as spam; AWS reviews the account at 0.001', {
          ...reputationMetric('Reputation.ComplaintRate'),
          Threshold: await param('alarmComplaintRate'),
        }),
      }),
    ...(use.sns &&
      isOwner && {
        SmsSpend: alarm(
          "This month's SMS are about to reach the account's spend limit; SNS drops them silently there",
          {
            Namespace: 'AWS/SNS',
            MetricName: 'SMSMonthToDateSpentUSD',
            Statistic: 'Maximum',
            Threshold: await param('alarmSmsSpendUsd'),
          },
        ),
      }),
  };

  return {
    Resources: {
      ...topic(service, alarmEmail),
      ...Object.fromEntries(
        Object.entries(alarms).map(([name, properties]) => [
          `${name}Alarm`,
          {
            Type: 'AWS::CloudWatch::Alarm',
            Properties: { AlarmName: `${service}-${kebab(name)}`, ...properties },
          },
        ]),
      ),
    },
  };

  function perChannel(name, metric, description, { reason, ...properties } = {}) {
    const entries = use.channels.map((channel) => [
      `${channel === 'email' ? 'Email' : 'Sms'}${name}`,
      alarm(description, { ...counter(metric, { channel, ...(reason && { reason }) }), ...properties }),
    ]);
    return Object.fromEntries(entries);
  }

  function perFunction(metric, description) {
    const names = [...use.channels, 'retry'].map((name) => name[0].toUpperCase() + name.slice(1));
    const entries = names.map((name) => [
      `${name}${metric}`,
      alarm(description, {
        Namespace: 'AWS/Lambda',
        MetricName: metric,
        Dimensions: dimensions({ FunctionName: { Ref: `${name}LambdaFunction` } }),
        Statistic: 'Sum',
      }),
    ]);
    return Object.fromEntries(entries);
  }

  function capReached(reason, description) {
    return alarm(description, counter('refused', { channel: 'sms', reason }));
  }

  function counter(metric, values) {
    return {
      Namespace: 'OtpRelay',
      MetricName: metric,
      Dimensions: dimensions({ service, ...values }),
      Statistic: 'Sum',
    };
  }
};

function alarm(description, properties) {
  return {
    AlarmDescription: description,
    Period: 300,
    EvaluationPeriods: 1,
    Threshold: 1,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    // Nothing sent, nothing wrong.
    TreatMissingData: 'notBreaching',
    AlarmActions: [{ Ref: 'AlarmTopic' }],
    OKActions: [{ Ref: 'AlarmTopic' }],
    ...properties,
  };
}

function queueMetric(queue, metric) {
  return {
    Namespace: 'AWS/SQS',
    MetricName: metric,
    Dimensions: dimensions({ QueueName: { 'Fn::GetAtt': [queue, 'QueueName'] } }),
  };
}

function apiMetric(metric) {
  return {
    Namespace: 'AWS/ApiGateway',
    MetricName: metric,
    Dimensions: dimensions({ ApiId: { Ref: 'HttpApi' } }),
  };
}

/** SES computes it for the account, over a representative volume of mail. */
function reputationMetric(metric) {
  return { Namespace: 'AWS/SES', MetricName: metric, Statistic: 'Maximum', Period: 3600 };
}

function topic(service, alarmEmail) {
  return {
    AlarmTopic: {
      Type: 'AWS::SNS::Topic',
      Properties: {
        TopicName: `${service}-alarms`,
        ...(alarmEmail && { Subscription: [{ Protocol: 'email', Endpoint: alarmEmail }] }),
      },
    },
    AlarmTopicPolicy: {
      Type: 'AWS::SNS::TopicPolicy',
      Properties: {
        Topics: [{ Ref: 'AlarmTopic' }],
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            {
              Sid: 'PublishAlarms',
              Effect: 'Allow',
              Principal: { Service: 'cloudwatch.amazonaws.com' },
              Action: 'sns:Publish',
              Resource: { Ref: 'AlarmTopic' },
              Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
            },
          ],
        },
      },
    },
  };
}

function dimensions(values) {
  return Object.entries(values).map(([Name, Value]) => ({ Name, Value }));
}

function kebab(name) {
  return name.replace(/(?<=[a-z])[A-Z]/g, '-$&').toLowerCase();
}
