/** The dashboard: is mail and SMS going out, if not why, and what became of the latest messages. */
const { resolveUse } = require('../tools/serverless/stage-use.cjs');

module.exports = async ({ resolveVariable }) => {
  const stage = await resolveVariable('sls:stage');
  const service = `${await resolveVariable('self:service')}-${stage}`;
  const use = await resolveUse(resolveVariable);
  const functions = [...use.channels, 'retry'].map((name) => name[0].toUpperCase() + name.slice(1));

  const search = (dimensions, filter, stat) =>
    `SEARCH('{OtpRelay,${dimensions}} service="${service}" ${filter}', '${stat}', 300)`;
  const bySearch = (dimensions, filter, stat = 'Sum') => [
    [{ expression: search(dimensions, filter, stat), id: 'found' }],
  ];
  const counts = (...names) =>
    names.flatMap((name) =>
      use.channels.map((channel) => [
        'OtpRelay',
        name,
        'service',
        service,
        'channel',
        channel,
        { label: `${channel} ${name}`, stat: 'Sum' },
      ]),
    );
  const email = (name) => ['AWS/SES', name, 'ses:configuration-set', service, { stat: 'Sum', label: name }];

  const rows = [
    [
      graph(
        'Answered 202: accepted, queued, replayed, unconfirmed',
        counts('accepted', 'queued', 'replayed', 'unconfirmed'),
      ),
      graph('Refused, by reason', bySearch('service,channel,reason', 'MetricName="refused"'), {
        isStacked: true,
      }),
      graph(
        'Provider failures, by kind',
        bySearch('service,channel,reason', 'MetricName="providerFailure"'),
        {
          isStacked: true,
        },
      ),
    ],
    [
      graph(
        'Provider latency, p50 (ms)',
        bySearch('service,channel,provider,app', 'MetricName="providerLatency"', 'p50'),
      ),
      graph(
        'Provider latency, p99 (ms)',
        bySearch('service,channel,provider,app', 'MetricName="providerLatency"', 'p99'),
      ),
      graph('Answer to OwnID (ms)', [
        ['AWS/ApiGateway', 'Latency', 'ApiId', '${HttpApi}', { stat: 'p50', label: 'p50' }],
        ['AWS/ApiGateway', 'Latency', 'ApiId', '${HttpApi}', { stat: 'p99', label: 'p99' }],
      ]),
    ],
    [
      graph(
        'Needs a person',
        counts('misconfigured', 'failed', 'stateStoreDown', 'secretStoreDown', 'queueDown'),
      ),
      graph('Queue: age of the oldest message (s), dead letters', [
        [
          'AWS/SQS',
          'ApproximateAgeOfOldestMessage',
          'QueueName',
          '${RetryQueue.QueueName}',
          { stat: 'Maximum', label: 'age' },
        ],
        [
          'AWS/SQS',
          'ApproximateNumberOfMessagesVisible',
          'QueueName',
          '${DeadLetterQueue.QueueName}',
          { stat: 'Maximum', label: 'dead letters', yAxis: 'right' },
        ],
      ]),
      graph('Queued messages: sent again, expired', counts('retried', 'expired')),
    ],
    [
      use.ses &&
        graph('Mail after SES accepted it', ['Send', 'Delivery', 'Bounce', 'Complaint', 'Reject'].map(email)),
      use.sns &&
        graph('SMS spend this month (USD)', [
          ['AWS/SNS', 'SMSMonthToDateSpentUSD', { stat: 'Maximum', label: 'spent' }],
        ]),
      graph(
        'Functions: errors, throttles',
        functions.flatMap((name) =>
          ['Errors', 'Throttles'].map((metric) => [
            'AWS/Lambda',
            metric,
            'FunctionName',
            `\${${name}LambdaFunction}`,
            { stat: 'Sum', label: `${name.toLowerCase()} ${metric.toLowerCase()}` },
          ]),
        ),
      ),
    ],
  ];

  const widgets = rows.flatMap((row, y) =>
    row.filter(Boolean).map((widget, x) => ({ x: x * 8, y: y * 6, width: 8, height: 6, ...widget })),
  );
  widgets.push({ x: 0, y: rows.length * 6, width: 24, height: 9, ...latestMessages(functions) });

  return {
    Resources: {
      Dashboard: {
        Type: 'AWS::CloudWatch::Dashboard',
        Properties: {
          // Its name is one of the account, not of a region.
          DashboardName: { 'Fn::Sub': `${service}-\${AWS::Region}` },
          DashboardBody: { 'Fn::Sub': JSON.stringify({ periodOverride: 'inherit', widgets }) },
        },
      },
    },
  };
};

function graph(title, metrics, { isStacked = false } = {}) {
  return {
    type: 'metric',
    properties: {
      title,
      metrics,
      view: 'timeSeries',
      stacked: isStacked,
      period: 300,
      region: '${AWS::Region}',
    },
  };
}

/** CloudWatch's JSON log format puts what a function logs under `message`. */
function latestMessages(functions) {
  const sources = functions.map((name) => `SOURCE '\${${name}LogGroup}'`).join(' | ');
  const query = [
    sources,
    'fields @timestamp, message.app as app, message.channel as channel, message.provider as provider, message.outcome as outcome, message.reason as reason, message.messageId as messageId, message.durationMs as durationMs',
    'filter ispresent(message.outcome)',
    'sort @timestamp desc',
    'limit 100',
  ].join(' | ');
  return {
    type: 'log',
    properties: { title: 'Latest messages', query, view: 'table', region: '${AWS::Region}' },
  };
}
