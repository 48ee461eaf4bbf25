import { CloudFormationClient, ListStacksCommand } from '@aws-sdk/client-cloudformation';
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  FilterLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { ListConfigurationSetsCommand, SESv2Client } from '@aws-sdk/client-sesv2';
import { ListTopicsCommand, SNSClient } from '@aws-sdk/client-sns';
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';

interface ClientConfig {
  readonly region: string;
  readonly endpoint: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

/** Names of what an account holds, of every kind that the stack creates and the emulator lists. */
export async function inventory(config: ClientConfig): Promise<string[]> {
  const [stacks, alarms, dashboards, logGroups, tables, functions, sets, topics, queues, buckets] =
    await Promise.all([
      new CloudFormationClient(config).send(new ListStacksCommand({})),
      new CloudWatchClient(config).send(new DescribeAlarmsCommand({})),
      listDashboards(config),
      new CloudWatchLogsClient(config).send(new DescribeLogGroupsCommand({})),
      new DynamoDBClient(config).send(new ListTablesCommand({})),
      new LambdaClient(config).send(new ListFunctionsCommand({})),
      new SESv2Client(config).send(new ListConfigurationSetsCommand({})),
      new SNSClient(config).send(new ListTopicsCommand({})),
      new SQSClient(config).send(new ListQueuesCommand({})),
      listBuckets(config.endpoint),
    ]);
  const live = stacks.StackSummaries?.filter(({ StackStatus }) => StackStatus !== 'DELETE_COMPLETE');
  return [
    ...named(
      'stack',
      live?.map(({ StackName }) => StackName),
    ),
    ...named(
      'alarm',
      alarms.MetricAlarms?.map(({ AlarmName }) => AlarmName),
    ),
    ...named('dashboard', dashboards),
    ...named(
      'log group',
      logGroups.logGroups?.map(({ logGroupName }) => logGroupName),
    ),
    ...named('table', tables.TableNames),
    ...named(
      'function',
      functions.Functions?.map(({ FunctionName }) => FunctionName),
    ),
    ...named('configuration set', sets.ConfigurationSets),
    ...named(
      'topic',
      topics.Topics?.map(({ TopicArn }) => TopicArn),
    ),
    ...named('queue', queues.QueueUrls),
    ...named('bucket', buckets),
  ];
}

/** The latest that the stage's functions wrote, for an explanation of a failure. */
export async function functionLogs(config: ClientConfig, stage: string): Promise<string[]> {
  const client = new CloudWatchLogsClient(config);
  const lines: string[] = [];
  for (const name of ['email', 'sms', 'retry']) {
    const command = new FilterLogEventsCommand({ logGroupName: `/aws/lambda/otp-relay-${stage}-${name}` });
    const { events = [] } = await client.send(command).catch(() => ({ events: [] }));
    lines.push(...events.map(({ message = '' }) => `${name}: ${message.trimEnd()}`));
  }
  return lines.slice(-40);
}

function named(kind: string, names: readonly (string | undefined)[] = []): string[] {
  return names.map((name) => `${kind} ${name ?? '?'}`);
}

/** Without the SDK, which cannot read the times that the emulator writes. */
async function listDashboards({ endpoint, region }: ClientConfig): Promise<string[]> {
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=test/20261101/${region}/monitoring/aws4_request, SignedHeaders=host, Signature=0`,
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': 'GraniteServiceVersion20100801.ListDashboards',
    },
    body: '{}',
  });
  const { DashboardEntries } = (await response.json()) as { DashboardEntries: { DashboardName: string }[] };
  return DashboardEntries.map(({ DashboardName }) => DashboardName);
}

/** Without the S3 client, which nothing else needs. */
async function listBuckets(endpoint: string): Promise<string[]> {
  const text = await (await fetch(endpoint, { headers: { host: 's3.us-east-1.amazonaws.com' } })).text();
  if (!text.includes('ListAllMyBucketsResult')) throw new Error('the emulator does not list buckets');
  return [...text.matchAll(/<Name>([^<]+)<\/Name>/g)].map(([, name = '']) => name);
}
