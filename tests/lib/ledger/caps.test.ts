import { type Cap, createCounting } from '../../../lib/ledger/caps.js';
import { createMemoryStore } from '../../../lib/ledger/memory.js';
import { createClock } from '../../support/clock.js';

const cap: Cap = { name: 'recipient', subject: 'f00', limit: 3, windowMs: 600_000 };

function setUp() {
  const clock = createClock();
  const store = createMemoryStore(clock.now);
  let increments = 0;
  const counted = {
    ...store,
    increment: (...rest: Parameters<typeof store.increment>) => {
      increments += 1;
      return store.increment(...rest);
    },
  };
  const random = () => 0.5;
  return { clock, count: createCounting(counted, clock.now, random), increments: () => increments };
}

const total = (limit: number): Cap => ({ name: 'total', subject: 'sms', limit, windowMs: 86_400_000 });

test('so many are counted, and no more', async () => {
  const { count } = setUp();
  const results = await Promise.all(Array.from({ length: 10 }, () => count(cap)));
  expect(results.filter((result) => result === 'reached')).toHaveLength(7);
});

test('what is taken back may be counted again', async () => {
  const { count, clock } = setUp();
  const [first] = await Promise.all([count(cap), count(cap), count(cap)]);
  expect(await count(cap)).toBe('reached');
  if (typeof first === 'function') await first();
  clock.time += 1000;
  expect(await count(cap)).not.toBe('reached');
  expect(await count(cap)).toBe('reached');
});

test('others are counted apart', async () => {
  const { count } = setUp();
  await Promise.all([count(cap), count(cap), count(cap)]);
  expect(await count({ ...cap, subject: 'f01' })).not.toBe('reached');
  expect(await count({ ...cap, name: 'country' })).not.toBe('reached');
});

test('a window later they are counted from the start', async () => {
  const { count, clock } = setUp();
  await Promise.all([count(cap), count(cap), count(cap)]);
  clock.time += cap.windowMs;
  expect(await count(cap)).not.toBe('reached');
});

test('subjects have windows of their own', async () => {
  const turnOf = async (subject: string) => {
    const { count, clock } = setUp();
    const short: Cap = { ...cap, subject, limit: 1, windowMs: 10_000 };
    await count(short);
    const start = clock.time;
    while ((await count(short)) === 'reached') clock.time += 1000;
    return clock.time - start;
  };
  const turns = await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map((letter) => turnOf(letter.repeat(32))));
  expect(new Set(turns).size).toBeGreaterThan(1);
  expect(Math.max(...turns)).toBeLessThanOrEqual(10_000);
});

test('0 refuses everything and * nothing', async () => {
  const { count, increments } = setUp();
  expect(await count({ ...cap, limit: 0 })).toBe('reached');
  const free = await count({ ...cap, limit: '*' });
  if (typeof free === 'function') await free();
  expect(increments()).toBe(0);
});

test.each([1000, 1001, 5003])(
  'a total of %d is exact, on however many items it is counted',
  async (limit) => {
    const { count } = setUp();
    const results = await Promise.all(Array.from({ length: limit + 50 }, () => count(total(limit))));
    expect(results.filter((result) => result !== 'reached')).toHaveLength(limit);
  },
);

test('once it is reached the store is left alone for a second', async () => {
  const { count, clock, increments } = setUp();
  await Promise.all([count(cap), count(cap), count(cap), count(cap)]);
  const asked = increments();
  expect(await count(cap)).toBe('reached');
  clock.time += 999;
  expect(await count(cap)).toBe('reached');
  expect(increments()).toBe(asked);
  clock.time += 1;
  expect(await count(cap)).toBe('reached');
  expect(increments()).toBe(asked + 1);
});
