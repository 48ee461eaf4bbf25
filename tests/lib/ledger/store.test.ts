import { awsConfig } from '../../../lib/aws/config.js';
import { createDynamoDbStore } from '../../../lib/ledger/dynamodb.js';
import { createMemoryStore } from '../../../lib/ledger/memory.js';
import type { DeliveryState, StateStore } from '../../../lib/ledger/store.js';
import { startDynamoDbLoopback } from '../../../tools/loopback/dynamodb.js';
import type { Loopback } from '../../../tools/loopback/provider.js';

const clock = { now: 1_700_000_000_000 };
const now = () => clock.now;
let dynamoDb: Loopback;

beforeAll(async () => {
  dynamoDb = await startDynamoDbLoopback('state');
});
afterAll(() => dynamoDb.close());

const credentials = { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' };
const createStore: Record<string, () => StateStore> = {
  memory: () => createMemoryStore(now),
  DynamoDB: () =>
    createDynamoDbStore(
      { tableName: 'state', timeoutMs: 10_000 },
      awsConfig({ ...credentials, AWS_ENDPOINT_URL: `http://127.0.0.1:${dynamoDb.port}` }),
      now,
    ),
};

let keys = 0;
const newKey = () => `delivery:${(keys += 1)}`;
const sending: DeliveryState = {
  stage: 'sending',
  admission: 'a',
  holder: 'h',
  leaseUntil: 1_700_000_004_500,
  resent: false,
};

describe.each(Object.keys(createStore))('%s', (name) => {
  let store: StateStore;
  let expiresAt: number;
  beforeAll(() => {
    store = (createStore[name] as () => StateStore)();
    expiresAt = clock.now + 60_000;
  });

  test('what is absent can be begun once', async () => {
    const key = newKey();
    expect(await store.swap(key, undefined, sending, expiresAt)).toEqual({ swapped: true, state: sending });
    expect(await store.swap(key, undefined, { ...sending, holder: 'other' }, expiresAt)).toEqual({
      swapped: false,
      found: sending,
    });
  });

  test('of many who begin at once, one does', async () => {
    const key = newKey();
    const swaps = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        store.swap(key, undefined, { ...sending, holder: `h${index}` }, expiresAt),
      ),
    );
    expect(swaps.filter(({ swapped }) => swapped)).toHaveLength(1);
  });

  test('only its holder moves it on, from the stage he knows', async () => {
    const key = newKey();
    await store.swap(key, undefined, sending, expiresAt);
    const done: DeliveryState = { ...sending, stage: 'done', holder: 'a' };
    expect(await store.swap(key, { stage: 'sending', holder: 'other' }, done, expiresAt)).toEqual({
      swapped: false,
      found: sending,
    });
    expect(await store.swap(key, { stage: 'queued', holder: 'h' }, done, expiresAt)).toMatchObject({
      swapped: false,
    });
    expect(await store.swap(key, sending, done, expiresAt)).toEqual({ swapped: true, state: done });
  });

  test('what was removed is absent', async () => {
    const key = newKey();
    await store.swap(key, undefined, sending, expiresAt);
    expect(await store.swap(key, { stage: 'sending', holder: 'x' }, undefined, expiresAt)).toEqual({
      swapped: false,
      found: sending,
    });
    expect(await store.swap(key, sending, undefined, expiresAt)).toEqual({ swapped: true, state: undefined });
    expect(await store.swap(key, sending, undefined, expiresAt)).toEqual({
      swapped: false,
      found: undefined,
    });
    expect(await store.swap(key, undefined, sending, expiresAt)).toMatchObject({ swapped: true });
  });

  test('whether it was sent again is kept until it is said anew', async () => {
    const key = newKey();
    await store.swap(key, undefined, { ...sending, resent: true }, expiresAt);
    const { resent, ...next } = { ...sending, stage: 'queued' as const };
    expect(resent).toBe(false);
    expect(await store.swap(key, sending, next, expiresAt)).toMatchObject({ state: { resent: true } });
    expect(await store.swap(key, next, sending, expiresAt)).toMatchObject({ state: { resent: false } });
  });

  test('what has expired is absent', async () => {
    const key = newKey();
    await store.swap(key, undefined, sending, clock.now + 1000);
    clock.now += 2000;
    expect(await store.swap(key, undefined, { ...sending, holder: 'new' }, expiresAt)).toMatchObject({
      swapped: true,
    });
  });

  test('a counter stops at its limit, however many come at once', async () => {
    const key = newKey();
    const counted = await Promise.all(Array.from({ length: 20 }, () => store.increment(key, 7, expiresAt)));
    expect(counted.filter(Boolean)).toHaveLength(7);
    await store.decrement(key);
    expect(await store.increment(key, 7, expiresAt)).toBe(true);
    expect(await store.increment(key, 7, expiresAt)).toBe(false);
  });
});

test('memory is swept of what has expired', async () => {
  const store = createMemoryStore(now);
  const heap = () => store.increment('reused', 1, clock.now + 1000);
  expect(await heap()).toBe(true);
  for (let index = 0; index < 999; index += 1) await store.increment(newKey(), 1, clock.now + 10);
  expect(await heap()).toBe(false);
  clock.now += 2000;
  for (let index = 0; index < 1000; index += 1) await store.increment(newKey(), 1, clock.now + 10_000);
  expect(await heap()).toBe(true);
});

test('a table that does not answer is an error', async () => {
  const store = createDynamoDbStore(
    { tableName: 'state', timeoutMs: 10_000 },
    awsConfig({ ...credentials, AWS_ENDPOINT_URL: 'http://127.0.0.1:1' }),
    now,
  );
  await expect(store.increment('k', 1, 0)).rejects.toThrow('ECONNREFUSED');
  await expect(store.swap('k', undefined, sending, 0)).rejects.toThrow('ECONNREFUSED');
});
