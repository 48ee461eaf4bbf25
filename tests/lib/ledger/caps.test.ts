import { type Cap, createCaps, windowOf } from '../../../lib/ledger/caps.js';
import { createMemoryTable } from '../../../lib/ledger/memory.js';
import type { LedgerTable } from '../../../lib/ledger/table.js';
import { createVirtualClock } from '../../support/virtual-clock.js';

const cap: Cap = { name: 'recipient', subject: 'f00', limit: 3, windowMs: 600_000 };
const total = (limit: number, cost?: number): Cap => ({
  name: 'total',
  subject: 'sms',
  limit,
  windowMs: 86_400_000,
  ...(cost !== undefined && { cost }),
});

function setUp() {
  const clock = createVirtualClock();
  const memory = createMemoryTable(clock.now);
  const state = { adds: 0, isDown: false, alarms: 0 };
  const added: { key: string; amount: number; limit: number; timeoutMs: number }[] = [];
  const table: LedgerTable = {
    ...memory,
    add: (...rest) => {
      const [key, amount, { limit, timeoutMs }] = rest;
      added.push({ key, amount, limit, timeoutMs });
      state.adds += 1;
      return state.isDown ? Promise.reject(new Error('down')) : memory.add(...rest);
    },
  };
  const onDown = () => (state.alarms += 1);
  const caps = createCaps({ table, clock, random: () => 0.5, onDown });
  const options = { timeoutMs: 100, by: Infinity, isDown: false };
  const countBy = (by: number, isDown = false) => caps.count([cap], { timeoutMs: 100, by, isDown });
  /** The name of the cap that refuses, or the function that takes the counts back. */
  const count = async (...counted: Cap[]) => {
    const result = await caps.count(counted, options);
    return 'reached' in result ? result.reached : result.takeBack;
  };
  const counted = async (times: number, each: Cap) => {
    const results = await Promise.all(Array.from({ length: times }, () => count(each)));
    return results.filter((result) => typeof result === 'function').length;
  };
  return { clock, state, added, count, countBy, counted };
}

test('no more than the limit are counted', async () => {
  expect(await setUp().counted(10, cap)).toBe(3);
});

test('what is taken back may be counted again', async () => {
  const { count, counted, clock } = setUp();
  const first = await count(cap);
  expect(await counted(5, cap)).toBe(2);
  if (typeof first === 'function') await first(Infinity);
  await clock.pass(1000);
  expect(await counted(5, cap)).toBe(1);
});

test('what is taken back after its window has ended is taken from that window', async () => {
  const { count, clock, added } = setUp();
  const first = await count(cap);
  await clock.pass(cap.windowMs);
  await count(cap);
  if (typeof first === 'function') await first(Infinity);
  const [before, after, back] = added;
  expect(back).toMatchObject({ key: before?.key, amount: -1 });
  expect(after?.key).not.toBe(before?.key);
});

test('where one cap is reached, the others are not counted', async () => {
  const { count, counted } = setUp();
  expect(await count(cap, { ...cap, name: 'country', limit: 0 })).toBe('country');
  expect(await counted(5, cap)).toBe(3);
});

test('subjects and caps are counted apart', async () => {
  const { count, counted } = setUp();
  await counted(3, cap);
  expect(await count({ ...cap, subject: 'f01' })).toBeInstanceOf(Function);
  expect(await count({ ...cap, name: 'country' })).toBeInstanceOf(Function);
});

test('a window later they are counted from the start', async () => {
  const { counted, clock } = setUp();
  await counted(3, cap);
  await clock.pass(cap.windowMs);
  expect(await counted(5, cap)).toBe(3);
});

test('subjects have windows of their own', async () => {
  const turnOf = async (subject: string) => {
    const { count, clock } = setUp();
    const short: Cap = { ...cap, subject, limit: 1, windowMs: 10_000 };
    await count(short);
    const start = clock.now();
    while ((await count(short)) === 'recipient') await clock.pass(1000);
    return clock.now() - start;
  };
  const turns = await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map((letter) => turnOf(letter.repeat(32))));
  expect(new Set(turns).size).toBeGreaterThan(1);
  expect(Math.max(...turns)).toBeLessThanOrEqual(10_000);
});

test('0 refuses everything and * nothing', async () => {
  const { count, state } = setUp();
  expect(await count({ ...cap, limit: 0 })).toBe('recipient');
  const before = state.adds;
  expect(await count({ ...cap, limit: '*' })).toBeInstanceOf(Function);
  expect(state.adds).toBe(before);
});

test.each([1000, 1001, 5003])(
  'a total of %d is exact, on however many items it is counted',
  async (limit) => {
    expect(await setUp().counted(limit + 50, total(limit))).toBe(limit);
  },
);

test('an SMS counts as the parts it is billed as', async () => {
  const { counted, count } = setUp();
  expect(await counted(5, total(7, 2))).toBe(3);
  // There is room for one part still.
  expect(await count(total(7))).toBeInstanceOf(Function);
  expect(await count(total(7))).toBe('total');
});

test('once it is reached the table is left alone for a second', async () => {
  const { count, counted, clock, state } = setUp();
  await counted(4, cap);
  const { adds } = state;
  expect(await count(cap)).toBe('recipient');
  await clock.pass(999);
  expect(await count(cap)).toBe('recipient');
  expect(state.adds).toBe(adds);
  await clock.pass(1);
  expect(await count(cap)).toBe('recipient');
  expect(state.adds).toBe(adds + 1);
});

test('while the table is down the limit holds in memory, and is said to', async () => {
  const { counted, state } = setUp();
  state.isDown = true;
  expect(await counted(10, cap)).toBe(3);
  expect(state.alarms).toBe(10);
});

test('a table that was found down just now is not asked', async () => {
  const { countBy, state } = setUp();
  for (let index = 0; index < 3; index += 1) {
    expect(await countBy(Infinity, true)).toHaveProperty('takeBack');
  }
  expect(await countBy(Infinity, true)).toEqual({ reached: 'recipient' });
  expect([state.adds, state.alarms]).toEqual([0, 0]);
});

test('a total above 1,000 is spread over 16 items whose limits add up to it, others are not', async () => {
  const { count, added } = setUp();
  await count(total(1000));
  expect(added).toMatchObject([{ key: expect.stringMatching(/:0$/) as string, limit: 1000 }]);
  added.length = 0;
  await count({ ...total(1001), subject: 'full', cost: 1001 });
  // It begins at a random one: 0.5 of 16 here.
  const shards = added.map(({ key }) => Number(key.split(':').at(-1)));
  expect(shards).toEqual([8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7]);
  expect(added.map(({ limit }) => limit).sort((a, b) => a - b)).toEqual([
    ...Array.from({ length: 7 }, () => 62),
    ...Array.from({ length: 9 }, () => 63),
  ]);
});

test('a count has the time of one write, or what is left', async () => {
  const { countBy, added, clock } = setUp();
  await countBy(clock.now() + 5000);
  await countBy(clock.now() + 40);
  expect(added.map(({ timeoutMs }) => timeoutMs)).toEqual([100, 40]);
});

test.each([
  [1, 1],
  [0, 0],
])('with %d ms left a count is taken back %d times', async (leftMs, times) => {
  const { count, added, clock } = setUp();
  const takeBack = await count(cap);
  if (typeof takeBack === 'string') throw new Error(takeBack);
  await takeBack(clock.now() + leftMs);
  expect(added.filter(({ amount }) => amount < 0)).toHaveLength(times);
});

test('a cap that is reached is remembered beside others', async () => {
  const { counted, added } = setUp();
  const another = { ...cap, subject: 'f01' };
  await counted(4, cap);
  await counted(4, another);
  added.length = 0;
  await counted(1, cap);
  await counted(1, another);
  expect(added).toEqual([]);
});

test('a window is the same in every version: it begins at a time that its subject gives', () => {
  // ('a' * 31 + 'b') mod 1000 = (97 * 31 + 98) mod 1000 = 105
  expect(windowOf('ab', 1000, 0)).toEqual({ index: 0, endsAt: 895 });
  expect(windowOf('ab', 1000, 894)).toEqual({ index: 0, endsAt: 895 });
  expect(windowOf('ab', 1000, 895)).toEqual({ index: 1, endsAt: 1895 });
});
