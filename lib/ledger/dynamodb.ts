import type {
  AttributeValue,
  ConditionalCheckFailedException,
  UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { type AwsConfig, readAwsFailure, unreadableAnswer } from '../aws/config.js';
import { type Deadline, withDeadline } from '../net/deadline.js';
import type { LedgerTable, Row } from './table.js';

/**
 * The ledger in a DynamoDB table with the string partition key `pk` and the time-to-live attribute `expiresAt`, in
 * seconds. Every operation is one conditional write to a single item. The code for the calls is loaded when first
 * needed.
 *
 * Its operations throw the SDK's errors and `TransportError`.
 */
export function createDynamoDbTable(tableName: string, aws: AwsConfig): LedgerTable {
  const { now } = aws.clock;
  const load = async () => (await import('../aws/dynamodb.js')).createDynamoDb(aws);
  let loaded: ReturnType<typeof load> | undefined;

  /** True if the write was carried out; otherwise the item that its condition found, or undefined. */
  const write = async (input: ConditionalWrite, timeoutMs: number): Promise<true | Item | undefined> => {
    const { updateItem, deleteItem } = await (loaded ??= load());
    const { key, ...rest } = input;
    const command = { TableName: tableName, Key: { pk: { S: key } }, ...rest };
    const call = async (deadline: Deadline) => {
      const { $metadata } =
        'UpdateExpression' in command
          ? await updateItem(command, { deadline })
          : await deleteItem(command, { deadline });
      // Only the request id tells the table's own success from a proxy's.
      if ($metadata.requestId === undefined) throw unreadableAnswer($metadata);
    };
    try {
      await withDeadline(aws.clock, timeoutMs, async (deadline) => {
        try {
          await call(deadline);
        } catch (error) {
          // Certainly not carried out: the connection was dead, or the table said so.
          if (readAwsFailure(error).kind !== 'transient' || deadline.hasEnded()) throw error;
          await call(deadline);
        }
      });
      return true;
    } catch (error) {
      if (isConflict(error)) return error.Item;
      throw error;
    }
  };

  return {
    isShared: true,
    swap: async (key, expected, next, { expiresAt, timeoutMs }) => {
      const values = expected === undefined ? absent(now()) : standsAt(expected);
      const found = await write(
        {
          key,
          ConditionExpression: expected === undefined ? IF_ABSENT : IF_STANDS_AT,
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          ...(next === undefined
            ? { ExpressionAttributeValues: values }
            : {
                UpdateExpression: SET_ROW,
                ExpressionAttributeValues: { ...values, ...rowValues(next, expiresAt) },
              }),
        },
        timeoutMs,
      );
      if (found === true) return { done: true };
      const isLive = Number(found?.['expiresAt']?.N) > Math.floor(now() / 1000);
      return { done: false, found: isLive ? readRow(found) : undefined };
    },
    add: async (key, amount, { limit, part, expiresAt, timeoutMs }) => {
      if (amount > limit) return false;
      const counters = [{ name: 'hits', limit }, ...(part === undefined ? [] : [part])];
      const conditions = counters.map(({ name }, index) =>
        amount > 0
          ? `(attribute_not_exists(${name}) OR ${name} <= :room${index})`
          : `${name} >= :room${index}`,
      );
      const rooms: Record<string, AttributeValue> = Object.fromEntries(
        counters.map(({ limit: most }, index) => [
          `:room${index}`,
          { N: String(amount > 0 ? most - amount : -amount) },
        ]),
      );
      const found = await write(
        {
          key,
          UpdateExpression: `SET expiresAt = :expiresAt ADD ${counters.map(({ name }) => `${name} :amount`).join()}`,
          ConditionExpression: conditions.join(' AND '),
          ExpressionAttributeValues: {
            ...rooms,
            ':amount': { N: String(amount) },
            ':expiresAt': seconds(expiresAt),
          },
        },
        timeoutMs,
      );
      return found === true;
    },
  };
}

function isConflict(error: unknown): error is ConditionalCheckFailedException {
  return error instanceof Error && error.name === 'ConditionalCheckFailedException';
}

type Item = Readonly<Record<string, AttributeValue>>;
type ConditionalWrite = { readonly key: string } & Pick<
  UpdateItemCommandInput,
  'ConditionExpression' | 'ExpressionAttributeValues' | 'ReturnValuesOnConditionCheckFailure'
> & { readonly UpdateExpression?: string };

// Time to live removes expired items within days, not at once.
const IF_ABSENT = 'attribute_not_exists(pk) OR expiresAt <= :now';
const IF_STANDS_AT = 'stage = :stage AND holder = :holder';
// `state`, `id` and `until` keep the names that 0.1.0 gave them, since its rows may be in the table; `state` and
// `until` are also reserved words in DynamoDB.
const SET_ROW = `SET stage = :nextStage, admission = :admission, holder = :nextHolder, leaseUntil = :leaseUntil,
  unsure = :unsure, expiresAt = :expiresAt`;

function absent(now: number): Record<string, AttributeValue> {
  return { ':now': { N: String(Math.floor(now / 1000)) } };
}

function standsAt({ state, holder }: Pick<Row, 'state' | 'holder'>): Record<string, AttributeValue> {
  return { ':stage': { S: state }, ':holder': { S: holder } };
}

function rowValues(
  { state, id, holder, until, unsure }: Row,
  expiresAt: number,
): Record<string, AttributeValue> {
  return {
    ':nextStage': { S: state },
    ':admission': { S: id },
    ':nextHolder': { S: holder },
    ':leaseUntil': { N: String(until) },
    ':unsure': { N: String(unsure) },
    ':expiresAt': seconds(expiresAt),
  };
}

function readRow(item: Item | undefined): Row | undefined {
  const state = item?.['stage']?.S as Row['state'] | undefined;
  if (state === undefined) return undefined;
  return {
    state,
    id: item?.['admission']?.S ?? '',
    holder: item?.['holder']?.S ?? '',
    until: Number(item?.['leaseUntil']?.N),
    // A row of 0.1.0 has `resent` in place of a count.
    unsure: Number(item?.['unsure']?.N ?? (item?.['resent']?.BOOL === true ? 1 : 0)),
  };
}

function seconds(milliseconds: number): AttributeValue & { N: string } {
  return { N: String(Math.ceil(milliseconds / 1000)) };
}
