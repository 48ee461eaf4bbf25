import { randomUUID } from 'node:crypto';
import { createServer, request as httpRequest } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import dynalite from 'dynalite';
import { closeServer, listen, readBody } from '../http.js';
import { type Answer, jsonFault } from './aws-protocols.js';
import type { AwsCall, AwsService } from './aws-service.js';
import type { Loopback } from './provider.js';

const MAX_BODY_BYTES = 16 * 1024 * 1024;
/** A request must be signed, by anybody. */
const SIGNED = {
  'content-type': 'application/x-amz-json-1.0',
  'x-amz-date': '20260101T000000Z',
  authorization:
    'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
};

export interface DynamoDbLoopback extends Loopback {
  /** For an AWS loopback that answers for this database on its own port. */
  readonly service: AwsService;
  /**
   * Deletes the items whose `expiresAt` has passed, which happens once a minute anyway.
   *
   * @param now milliseconds since the Unix epoch.
   */
  readonly deleteExpired: (now: number) => Promise<void>;
}

/** DynamoDB deletes an item within a few days of its time (developer guide, "Using time to live"). */
const SWEEP_MS = 60_000;

/**
 * Starts an in-memory DynamoDB on a port of 127.0.0.1 and creates the state table, as `resources/` does.
 *
 * @param now milliseconds since the Unix epoch, by which items expire.
 */
export async function startDynamoDbLoopback(tableName: string, now = Date.now): Promise<DynamoDbLoopback> {
  const database = dynalite({ createTableMs: 0 });
  const databasePort = await listen(database, 0);
  const server = createServer((request, response) => {
    void (async () => {
      try {
        const body = (await readBody(request, MAX_BODY_BYTES))?.toString() ?? '';
        const answer = await withConflictingItem(databasePort, request.headers, body);
        response.writeHead(answer.status, answer.headers).end(answer.body);
      } catch {
        // The client or the database went away.
        request.socket.destroy();
      }
    })();
  });
  const port = await listen(server, 0);
  const table = openTable(tableName, databasePort);
  await table.create();
  const sweeper = setInterval(() => {
    // The database is gone, or will be asked again in a minute.
    table.deleteExpired(now()).catch(() => undefined);
  }, SWEEP_MS);
  return {
    port,
    service: createService(databasePort),
    deleteExpired: table.deleteExpired,
    close: async () => {
      clearInterval(sweeper);
      await Promise.all([closeServer(server), closeServer(database)]);
    },
  };
}

function createService(port: number): AwsService {
  const pass = async ({ headers, raw }: AwsCall) => ({
    answer: await withConflictingItem(port, headers, raw),
  });
  const actions = ['GetItem', 'PutItem', 'UpdateItem', 'DeleteItem', 'Query', 'Scan', 'DescribeTable'];
  return {
    name: 'dynamodb',
    actions: Object.fromEntries(actions.map((action) => [action, pass])),
    // Amazon DynamoDB API reference, "Common errors"; developer guide, "Error handling with DynamoDB".
    faults: {
      transient: {
        status: 400,
        code: 'com.amazonaws.dynamodb.v20120810#ThrottlingException',
        message: 'Rate exceeded',
      },
      rejected: {
        status: 500,
        code: 'com.amazonaws.dynamodb.v20120810#InternalServerError',
        message: 'The request processing has failed because of an unknown error.',
      },
      misconfigured: {
        status: 400,
        code: 'com.amazon.coral.service#AccessDeniedException',
        message: 'User is not authorized to perform: dynamodb:UpdateItem',
      },
    },
    refuse: jsonFault,
  };
}

/** Keeps the table itself, as AWS does. The SDK would be loaded for this alone. */
function openTable(TableName: string, port: number) {
  const call = (action: string, input: object) =>
    forward(
      port,
      { ...SIGNED, 'x-amz-target': `DynamoDB_20120810.${action}` },
      JSON.stringify({ TableName, ...input }),
    );
  const isActive = async () => (await call('DescribeTable', {})).body.includes('"TableStatus":"ACTIVE"');
  return {
    create: async () => {
      await call('CreateTable', {
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      });
      while (!(await isActive())) await delay(10);
    },
    deleteExpired: async (now: number) => {
      const values = { ':now': { N: String(Math.floor(now / 1000)) } };
      let from: unknown;
      do {
        const scanned = await call('Scan', {
          FilterExpression: 'expiresAt <= :now',
          ProjectionExpression: 'pk',
          ExpressionAttributeValues: values,
          ExclusiveStartKey: from,
        });
        const { Items, LastEvaluatedKey } = JSON.parse(scanned.body) as {
          Items: unknown[];
          LastEvaluatedKey?: unknown;
        };
        for (const Key of Items) {
          // It may have been renewed meanwhile.
          const isStillExpired = {
            ConditionExpression: 'expiresAt <= :now',
            ExpressionAttributeValues: values,
          };
          await call('DeleteItem', { Key, ...isStillExpired });
        }
        from = LastEvaluatedKey;
      } while (from !== undefined);
    },
  };
}

/** Adds the item to a failed condition where the caller asked for it, which dynalite does not know. */
async function withConflictingItem(port: number, headers: AwsCall['headers'], body: string): Promise<Answer> {
  const answer = await forward(port, headers, body);
  const asked = body.includes('"ReturnValuesOnConditionCheckFailure":"ALL_OLD"');
  if (!asked || !answer.body.includes('ConditionalCheckFailedException')) return answer;

  const { TableName, Key } = JSON.parse(body) as Record<string, unknown>;
  const get = JSON.stringify({ TableName, Key, ConsistentRead: true });
  const found = await forward(port, { ...headers, 'x-amz-target': 'DynamoDB_20120810.GetItem' }, get);
  const { Item } = JSON.parse(found.body) as { Item?: unknown };
  return { ...answer, body: JSON.stringify({ ...(JSON.parse(answer.body) as object), Item }) };
}

function forward(port: number, headers: AwsCall['headers'], body: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const length = String(Buffer.byteLength(body));
    const outgoing = httpRequest(
      { host: '127.0.0.1', port, method: 'POST', headers: { ...headers, 'content-length': length } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          resolve({
            status: response.statusCode ?? 500,
            headers: { 'content-type': 'application/x-amz-json-1.0', 'x-amzn-requestid': randomUUID() },
            body: Buffer.concat(chunks).toString(),
          });
        });
      },
    );
    outgoing.on('error', reject).end(body);
  });
}
