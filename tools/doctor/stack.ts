import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { GetFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { buildReleases, type Releases } from '../build/release.js';
import { readStageFile } from '../stage/stage.js';
import { type Check, fail, type Finding, ok, warn } from './finding.js';

export const identity: Check = {
  title: 'account',
  run: ({ account, client, stage }) =>
    Promise.resolve([ok(`${account.id} in ${client.region}, stage ${stage}, as ${account.principal}`)]),
};

export const stackDeployed: Check = {
  title: 'stack',
  run: async ({ client, service, flags }) => {
    const command = new DescribeStacksCommand({ StackName: service });
    const { Stacks = [] } = await new CloudFormationClient(client).send(command);
    return [judgeStack(Stacks[0]?.StackStatus, flags)];
  },
};

export function judgeStack(status: string | undefined, flags: string): Finding {
  const deploy = `npx serverless deploy ${flags}`;
  if (status === undefined) return fail('not deployed', deploy);
  if (status.endsWith('_IN_PROGRESS')) return warn(status, 'Wait for the deployment to end.');
  if (/^(?:CREATE|UPDATE)_COMPLETE$/.test(status)) return ok(status);
  if (status === 'UPDATE_ROLLBACK_COMPLETE') {
    return warn(`${status}: the last deployment failed`, `Look at the stack's events, then ${deploy}`);
  }
  return fail(status, `Look at the stack's events, then ${deploy}`);
}

/** What runs is what this checkout and its settings file say. */
export const functionsCurrent: Check = {
  title: 'functions',
  run: async ({ client, service, stage, flags, use }) => {
    const lambda = new LambdaClient(client);
    const settings = await readStageFile(stage);
    const releases = await buildReleases(settings);
    return Promise.all(
      [...use.channels, 'retry'].map(async (name) => {
        const command = new GetFunctionCommand({ FunctionName: `${service}-${name}` });
        const { Configuration, Tags } = await lambda.send(command);
        const environment = Configuration?.Environment?.Variables ?? {};
        return judgeFunction(name, { releases, tags: Tags, settings, environment, flags });
      }),
    );
  },
};

export function judgeFunction(
  name: string,
  found: {
    releases: Releases;
    /** Lambda API reference, GetFunction: returned only to who may list them. */
    tags: Readonly<Record<string, string>> | undefined;
    settings: Readonly<Record<string, string>>;
    environment: Readonly<Record<string, string>>;
    flags: string;
  },
): Finding {
  const { releases, tags, settings, environment, flags } = found;
  const deploy = `npx serverless deploy ${flags}`;
  const changed = Object.keys(settings).filter((key) => settings[key] !== environment[key]);
  if (changed.length > 0) return warn(`${name}: ${changed.join(', ')} changed since its deployment`, deploy);
  if (tags === undefined) {
    const text = `${name}: settings are those of this checkout; of its code nobody knows without lambda:ListTags`;
    return { level: 'none', text };
  }
  if (tags['release'] !== releases[name])
    return warn(`${name}: its code is not that of this checkout`, deploy);
  return ok(`${name}: code and settings are those of this checkout (${tags['release'] ?? ''})`);
}

/** Seconds; a queued message that waits longer is close to its deadline. */
const OLD = 120;

export const queues: Check = {
  title: 'queue',
  run: async (context) => {
    const { RetryQueueUrl, DeadLetterQueueUrl } = await context.outputs();
    // The URL of an emulated queue may have another host than the endpoint that the operator gave.
    const sqs = new SQSClient({ ...context.client, useQueueUrlAsEndpoint: false });
    const attributes = async (QueueUrl: string | undefined) => {
      const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] });
      return (await sqs.send(command)).Attributes ?? {};
    };
    return [
      judgeQueue(await attributes(RetryQueueUrl)),
      judgeDeadLetters(await attributes(DeadLetterQueueUrl)),
    ];
  },
};

export function judgeQueue(attributes: Readonly<Record<string, string>>): Finding {
  const waiting = Number(attributes['ApproximateNumberOfMessages'] ?? 0);
  const age = Number(attributes['ApproximateAgeOfOldestMessage'] ?? 0);
  const text = `${waiting} messages wait${age > 0 ? `, the oldest since ${age} s` : ''}`;
  return age > OLD
    ? warn(text, 'A provider is down, or the worker fails: see `npm run activity`.')
    : ok(text);
}

export function judgeDeadLetters(attributes: Readonly<Record<string, string>>): Finding {
  const count = Number(attributes['ApproximateNumberOfMessages'] ?? 0);
  return count === 0
    ? ok('no dead letters')
    : warn(`${count} dead letters`, "Each crashed the worker: look at the retry function's log, then purge.");
}

export const table: Check = {
  title: 'table',
  run: async (context) => {
    const { StateTableName } = await context.outputs();
    const command = new DescribeTableCommand({ TableName: StateTableName });
    const { Table } = await new DynamoDBClient(context.client).send(command);
    const status = Table?.TableStatus ?? 'missing';
    return [
      status === 'ACTIVE'
        ? ok('ACTIVE')
        : fail(
            `the state table is ${status}: neither replays nor caps are enforced`,
            'See its console page.',
          ),
    ];
  },
};
