import type {
  AttributeValue,
  ConditionalCheckFailedException,
  UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import type { AwsConfig } from '../aws/config.js';
import { type Deadline, withDeadline } from '../net/deadline.js';
import type { DeliveryState, NextState, StateStore } from './store.js';

/**
 * State in a DynamoDB table with the string partition key `pk` and the time-to-live attribute `expiresAt`, in
 * seconds. Every operation is one conditional write to a single item. What that takes is loaded when it is first
 * needed.
 *
 * Its operations throw the SDK's errors.
 *
 * @param options.timeoutMs a table that does not answer within this is taken as down.
 */
export function createDynamoDbStore(
  { tableName, timeoutMs }: { tableName: string; timeoutMs: number },
  aws: AwsConfig,
  now: () => number,
): StateStore {
  const load = async () => (await import('../aws/dynamodb.js')).createDynamoDb(aws);
  let loaded: ReturnType<typeof load> | undefined;
  const inTime = <T>(call: (options: { deadline: Deadline }) => Promise<T>) =>
    withDeadline(aws.clock, timeoutMs, (deadline) => call({ deadline }));

  const swap: StateStore['swap'] = async (key, expected, next, expiresAt) => {
    const condition = expected === undefined ? absent(now()) : standsAt(expected);
    const input = {
      TableName: tableName,
      Key: { pk: { S: key } },
      ConditionExpression: condition.ConditionExpression,
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    } as const;
    const { updateItem, deleteItem } = await (loaded ??= load());
    try {
      if (next === undefined) {
        const { ExpressionAttributeValues } = condition;
        await inTime((options) => deleteItem({ ...input, ExpressionAttributeValues }, options));
        return { swapped: true, state: undefined };
      }
      const update = setting(next, expiresAt);
      const command: UpdateItemCommandInput = {
        ...input,
        UpdateExpression: update.UpdateExpression,
        ExpressionAttributeValues: {
          ...condition.ExpressionAttributeValues,
          ...update.ExpressionAttributeValues,
        },
        ReturnValues: 'ALL_NEW',
      };
      const { Attributes } = await inTime((options) => updateItem(command, options));
      return { swapped: true, state: toState(Attributes) };
    } catch (error) {
      if (!isConflict(error)) throw error;
      const isLive = Number(error.Item?.['expiresAt']?.N) > Math.floor(now() / 1000);
      return { swapped: false, found: isLive ? toState(error.Item) : undefined };
    }
  };

  const add = async (key: string, amount: 1 | -1, condition: Condition & { set: string }) => {
    const { set, ConditionExpression, ExpressionAttributeValues } = condition;
    const { updateItem } = await (loaded ??= load());
    const command: UpdateItemCommandInput = {
      TableName: tableName,
      Key: { pk: { S: key } },
      UpdateExpression: `${set} ADD hits :amount`,
      ConditionExpression,
      ExpressionAttributeValues: { ...ExpressionAttributeValues, ':amount': { N: String(amount) } },
    };
    try {
      await inTime((options) => updateItem(command, options));
      return true;
    } catch (error) {
      if (isConflict(error)) return false;
      throw error;
    }
  };

  return {
    isShared: true,
    swap,
    increment: (key, limit, expiresAt) =>
      add(key, 1, {
        set: 'SET expiresAt = :expiresAt',
        ConditionExpression: 'attribute_not_exists(hits) OR hits < :limit',
        ExpressionAttributeValues: { ':limit': { N: String(limit) }, ':expiresAt': seconds(expiresAt) },
      }),
    decrement: async (key) => {
      await add(key, -1, {
        set: '',
        ConditionExpression: 'hits > :zero',
        ExpressionAttributeValues: { ':zero': { N: '0' } },
      });
    },
  };
}

interface Condition {
  readonly ConditionExpression: string;
  readonly ExpressionAttributeValues: Record<string, AttributeValue>;
}

function isConflict(error: unknown): error is ConditionalCheckFailedException {
  return error instanceof Error && error.name === 'ConditionalCheckFailedException';
}

function absent(now: number): Condition {
  // Time to live removes items within days, not at once.
  return {
    ConditionExpression: 'attribute_not_exists(pk) OR expiresAt <= :now',
    ExpressionAttributeValues: { ':now': { N: String(Math.floor(now / 1000)) } },
  };
}

function standsAt({ stage, holder }: Pick<DeliveryState, 'stage' | 'holder'>): Condition {
  return {
    ConditionExpression: 'stage = :stage AND holder = :holder',
    ExpressionAttributeValues: { ':stage': { S: stage }, ':holder': { S: holder } },
  };
}

function setting(state: NextState, expiresAt: number) {
  const { stage, admission, holder, leaseUntil, resent } = state;
  return {
    UpdateExpression: `SET stage = :nextStage, admission = :admission, holder = :nextHolder,
      leaseUntil = :leaseUntil, expiresAt = :expiresAt${resent === undefined ? '' : ', resent = :resent'}`,
    ExpressionAttributeValues: {
      ':nextStage': { S: stage },
      ':admission': { S: admission },
      ':nextHolder': { S: holder },
      ':leaseUntil': { N: String(leaseUntil) },
      ':expiresAt': seconds(expiresAt),
      ...(resent !== undefined && { ':resent': { BOOL: resent } }),
    },
  };
}

function toState(item: Record<string, AttributeValue> | undefined): DeliveryState | undefined {
  if (item?.['stage'] === undefined) return undefined;
  return {
    stage: item['stage'].S as DeliveryState['stage'],
    admission: item['admission']?.S ?? '',
    holder: item['holder']?.S ?? '',
    leaseUntil: Number(item['leaseUntil']?.N),
    resent: item['resent']?.BOOL === true,
  };
}

function seconds(milliseconds: number): AttributeValue & { N: string } {
  return { N: String(Math.ceil(milliseconds / 1000)) };
}
