import { awsConfig } from '../../../lib/aws/config.js';
import { createDynamoDbTable } from '../../../lib/ledger/dynamodb.js';
import { createMemoryTable } from '../../../lib/ledger/memory.js';
import type { LedgerTable, Row } from '../../../lib/ledger/table.js';
import { startDynamoDbLoopback } from '../../../tools/loopback/dynamodb.js';
import type { Loopback } from '../../../tools/loopback/provider.js';
import { type HttpReaction, startScriptedHttp } from '../../support/scripted-http.js';

const time = { now: 1_700_000_000_000 };
const clock = { now: () => time.now, after: () => () => undefined };
let dynamoDb: Loopback;

beforeAll(async () => {
  dynamoDb = await startDynamoDbLoopback('state');
});
afterAll(() => dynamoDb.close());

const credentials = { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' };
const tableAt = (endpoint: string) =>
  createDynamoDbTable('state', awsConfig({ ...credentials, AWS_ENDPOINT_URL: endpoint }, { clock }));
const at = (port: number) => tableAt(`http://127.0.0.1:${port}`);
/** Of an emulator that `npm run check:aws` starts. */
const { DYNAMODB_ENDPOINT } = process.env;
const createTable: Record<string, () => LedgerTable> = {
  memory: () => createMemoryTable(clock.now),
  DynamoDB: () => at(dynamoDb.port),
  ...(DYNAMODB_ENDPOINT !== undefined && { 'another emulator': () => tableAt(DYNAMODB_ENDPOINT) }),
};

let keys = 0;
const newKey = () => `delivery:${(keys += 1)}`;
const row: Row = { state: 'sending', id: 'a', holder: 'h', until: 1_700_000_004_500, unsure: 0 };

describe.each(Object.keys(createTable))('%s', (name) => {
  let table: LedgerTable;
  let options: { expiresAt: number; timeoutMs: number };
  beforeAll(() => {
    table = (createTable[name] as () => LedgerTable)();
    options = { expiresAt: time.now + 60_000, timeoutMs: 10_000 };
  });

  test('an absent row can be made once, and the second writer is told what stands there', async () => {
    const key = newKey();
    expect(await table.swap(key, undefined, row, options)).toEqual({ done: true });
    expect(await table.swap(key, undefined, { ...row, holder: 'other' }, options)).toEqual({
      done: false,
      found: row,
    });
  });

  test('of many who claim at once, one does', async () => {
    const key = newKey();
    const changes = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        table.swap(key, undefined, { ...row, holder: `h${index}` }, options),
      ),
    );
    expect(changes.filter(({ done }) => done)).toHaveLength(1);
  });

  test('only who knows holder and state moves a row on', async () => {
    const key = newKey();
    await table.swap(key, undefined, row, options);
    const next: Row = { ...row, state: 'done', holder: 'h2', unsure: 1 };
    for (const expected of [
      { state: 'sending', holder: 'other' },
      { state: 'queued', holder: 'h' },
    ] as const) {
      expect(await table.swap(key, expected, next, options)).toEqual({ done: false, found: row });
      expect(await table.swap(key, expected, undefined, options)).toEqual({ done: false, found: row });
    }
    expect(await table.swap(key, row, next, options)).toEqual({ done: true });
    expect(await table.swap(key, row, undefined, options)).toEqual({ done: false, found: next });
    expect(await table.swap(key, next, undefined, options)).toEqual({ done: true });
    expect(await table.swap(key, next, undefined, options)).toEqual({ done: false, found: undefined });
  });

  test('an expired row is absent', async () => {
    const key = newKey();
    await table.swap(key, undefined, row, { ...options, expiresAt: time.now + 1000 });
    time.now += 2000;
    expect(await table.swap(key, row, { ...row, state: 'done' }, { ...options })).not.toEqual({
      done: false,
      found: row,
    });
    expect(await table.swap(newKey(), undefined, row, options)).toEqual({ done: true });
  });

  test('a counter stays between zero and its limit, however many come at once', async () => {
    const key = newKey();
    const add = (amount: number) => table.add(key, amount, { ...options, limit: 7 });
    expect(await add(8)).toBe(false);
    const counted = await Promise.all(Array.from({ length: 20 }, () => add(1)));
    expect(counted.filter(Boolean)).toHaveLength(7);
    expect(await add(-2)).toBe(true);
    expect(await add(3)).toBe(false);
    expect(await add(2)).toBe(true);
    expect(await add(-8)).toBe(false);
    expect(await add(-7)).toBe(true);
  });

  test('a part of a counter has a limit of its own, and what either refuses is counted in neither', async () => {
    const key = newKey();
    const add = (part: string | undefined, amount = 1) =>
      table.add(key, amount, {
        ...options,
        limit: 5,
        part: part === undefined ? undefined : { name: part, limit: 2 },
      });
    const counted = await Promise.all(Array.from({ length: 9 }, () => add('b1')));
    expect(counted.filter(Boolean)).toHaveLength(2);
    expect([await add('b2'), await add(undefined, 2)]).toEqual([true, true]);
    expect(await add('b2')).toBe(false);
    expect(await add('b1', -1)).toBe(true);
    expect(await add('b2')).toBe(true);
    expect(await add('b1')).toBe(false);
    expect(await add('b1', -2)).toBe(false);
  });
});

test('memory forgets what has expired', async () => {
  const table = createMemoryTable(clock.now);
  const add = (key: string, expiresIn: number) =>
    table.add(key, 1, { limit: 1, expiresAt: time.now + expiresIn, timeoutMs: 1 });
  expect(await add('reused', 1000)).toBe(true);
  expect(await add('reused', 1000)).toBe(false);
  time.now += 2000;
  expect(await add('reused', 1000)).toBe(true);
});

test('memory holds so much and no more, and a total that every message counts is never forgotten', async () => {
  const table = createMemoryTable(clock.now);
  const add = (key: string, limit: number) =>
    table.add(key, 1, { limit, expiresAt: time.now + 600_000, timeoutMs: 1 });
  for (let number = 0; number < 21_000; number += 1) {
    expect([await add(`recipient-${number}`, 1), await add('total', 21_000)]).toEqual([true, true]);
  }
  expect(await add('total', 21_000)).toBe(false);
  expect(await add('recipient-20999', 1)).toBe(false);
  expect(await add('recipient-0', 1)).toBe(true);
});

test('a table that cannot be reached is an error', async () => {
  const options = { expiresAt: 0, timeoutMs: 10_000 };
  await expect(at(1).add('k', 1, { ...options, limit: 1 })).rejects.toThrow('ECONNREFUSED');
  await expect(at(1).swap('k', undefined, row, options)).rejects.toThrow('ECONNREFUSED');
});

test.each<HttpReaction>([{ status: 204 }, { status: 200 }, { status: 200, body: '{}' }])(
  'a success that is not the table’s own is no confirmation: %j',
  async (answer) => {
    const { origin, close } = await startScriptedHttp(answer);
    const table = at(Number(new URL(origin).port));
    const options = { expiresAt: time.now + 60_000, timeoutMs: 10_000 };
    const writes = await Promise.allSettled([
      table.swap('k', undefined, row, options),
      table.swap('k', row, undefined, options),
      table.add('k', 1, { ...options, limit: 1 }),
    ]);
    await close();
    expect(writes).toMatchObject(writes.map(() => ({ reason: { name: 'UnreadableAnswer' } })));
  },
);

test('a row of version 0.1.0 is read', async () => {
  const table = at(dynamoDb.port);
  const key = newKey();
  const { updateItem } = (await import('../../../lib/aws/dynamodb.js')).createDynamoDb(
    awsConfig({ ...credentials, AWS_ENDPOINT_URL: `http://127.0.0.1:${dynamoDb.port}` }),
  );
  const { startDeadline } = await import('../../../lib/net/deadline.js');
  await updateItem(
    {
      TableName: 'state',
      Key: { pk: { S: key } },
      UpdateExpression:
        'SET stage = :s, admission = :a, holder = :h, leaseUntil = :u, resent = :r, expiresAt = :e',
      ExpressionAttributeValues: {
        ':s': { S: 'sending' },
        ':a': { S: 'a' },
        ':h': { S: 'h' },
        ':u': { N: '5' },
        ':r': { BOOL: true },
        ':e': { N: String(time.now / 1000 + 60) },
      },
    },
    { deadline: startDeadline(clock, 10_000) },
  );
  const options = { expiresAt: time.now + 60_000, timeoutMs: 10_000 };
  expect(await table.swap(key, undefined, row, options)).toEqual({
    done: false,
    found: { ...row, until: 5, unsure: 1 },
  });
});
