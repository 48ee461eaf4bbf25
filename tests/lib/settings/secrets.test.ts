import {
  BURST,
  createSecrets,
  GRACE_MS,
  MAX_AGE_MS,
  RETRY_MS,
  SPACING_MS,
  TTL_MS,
} from '../../../lib/settings/secrets.js';
import { createVirtualClock } from '../../support/virtual-clock.js';

type Answer = Record<string, string> | Error;

/** A store that answers each call with the next of `answers`, when that is there; `never` is a call that hangs. */
function setUp(answers: (Answer | Promise<Answer> | 'never')[]) {
  const clock = createVirtualClock();
  const calls: { names: readonly string[]; at: number; retryUntil: () => number }[] = [];
  const failures: unknown[] = [];
  const secrets = createSecrets({
    names: ['/a', '/b'],
    fetchParameters: async (names, retryUntil) => {
      calls.push({ names, at: clock.now(), retryUntil });
      const next = answers[calls.length - 1] ?? new Error('unexpected call');
      if (next === 'never') return new Promise(() => undefined);
      const answer = await next;
      if (answer instanceof Error) throw answer;
      return new Map(Object.entries(answer));
    },
    clock,
    onFailure: (error) => failures.push(error),
  });
  /** The values, and how many milliseconds the caller waited for them. */
  const timed = async (get: () => Promise<ReadonlyMap<string, string>>) => {
    const startedAt = clock.now();
    const values = await clock.until(get());
    return { a: values.get('/a'), waited: clock.now() - startedAt };
  };
  const a = async () => (await timed(() => secrets.current())).a;
  return { secrets, clock, calls, failures, timed, a };
}

const down = new Error('down');

test('are fetched together, by concurrent callers once', async () => {
  const { secrets, calls } = setUp([{ '/a': '1', '/b': '2' }]);
  const [first, second] = await Promise.all([secrets.current(), secrets.current()]);
  expect(Object.fromEntries(first)).toEqual({ '/a': '1', '/b': '2' });
  expect(second).toBe(first);
  expect(calls.map(({ names }) => names)).toEqual([['/a', '/b']]);
});

test('are kept for five minutes, then refreshed beside the caller that finds them old', async () => {
  const { clock, calls, a } = setUp([{ '/a': 'old' }, { '/a': 'new' }]);
  await a();
  await clock.pass(TTL_MS - 1);
  expect(await a()).toBe('old');
  expect(calls).toHaveLength(1);
  await clock.pass(1);
  expect(await a()).toBe('old');
  expect(await a()).toBe('new');
  expect(calls).toHaveLength(2);
});

test('a store that hangs while it refreshes costs a request nothing', async () => {
  const { secrets, clock, timed, a } = setUp([{ '/a': 'old' }, 'never']);
  await a();
  await clock.pass(TTL_MS);
  for (let request = 0; request < 3; request += 1) {
    expect(await timed(() => secrets.current())).toEqual({ a: 'old', waited: 0 });
  }
});

test('values of ten minutes are refreshed before they are used', async () => {
  const { clock, a } = setUp([{ '/a': 'old' }, { '/a': 'new' }]);
  await a();
  await clock.pass(MAX_AGE_MS);
  expect(await a()).toBe('new');
});

test('every caller waits for that refresh, whoever began it', async () => {
  const slow = new Map<string, (answer: Answer) => void>();
  const held = new Promise<Answer>((resolve) => slow.set('new', resolve));
  const { secrets, clock, a } = setUp([{ '/a': 'old' }, held]);
  await a();
  await clock.pass(MAX_AGE_MS);
  const both = Promise.all([secrets.current(), secrets.current()]);
  clock.after(100, () => slow.get('new')?.({ '/a': 'new' }));
  expect((await clock.until(both)).map((values) => values.get('/a'))).toEqual(['new', 'new']);
});

test('a store that hangs then costs a request 300 ms, and the values stay in use', async () => {
  const { secrets, clock, timed, a } = setUp([{ '/a': 'old' }, 'never']);
  await a();
  await clock.pass(MAX_AGE_MS);
  expect(await timed(() => secrets.current())).toEqual({ a: 'old', waited: GRACE_MS });
});

test.each<[string, Answer]>([
  ['is answered late', { '/a': 'retired' }],
  ['fails', down],
])('a refresh that was on its way while the sandbox was frozen, and %s, is made again', async (_, late) => {
  let arrive: (answer: Answer) => void = () => undefined;
  const held = new Promise<Answer>((resolve) => (arrive = resolve));
  const { clock, a } = setUp([{ '/a': 'retired' }, held, { '/a': 'new' }]);
  await a();
  await clock.pass(TTL_MS);
  await a();
  clock.freeze(MAX_AGE_MS);
  arrive(late);
  expect(await a()).toBe('new');
});

test('stay in use while the store is down, which is asked every 30 seconds', async () => {
  const { clock, calls, failures, a } = setUp([{ '/a': '1' }, down, down, { '/a': '2' }]);
  await a();
  await clock.pass(MAX_AGE_MS);
  expect(await a()).toBe('1');
  await clock.pass(RETRY_MS - 1);
  expect(await a()).toBe('1');
  expect(calls).toHaveLength(2);
  await clock.pass(1);
  expect(await a()).toBe('1');
  await clock.pass(RETRY_MS);
  expect(await a()).toBe('2');
  expect(failures).toEqual([down, down]);
});

test('without values the store may be asked again until the last caller gives up', async () => {
  const { secrets, clock, calls } = setUp(['never']);
  const start = clock.now();
  const early = secrets.current(start + 1000).catch((error: unknown) => error);
  const late = secrets.current(start + 2500).catch((error: unknown) => error);
  expect(calls[0]?.retryUntil()).toBe(start + 2500);
  expect(await clock.until(early)).toMatchObject({ outcome: 'secret_unavailable' });
  expect(clock.now()).toBe(start + 1000);
  expect(await clock.until(late)).toMatchObject({ outcome: 'secret_unavailable' });
  expect(clock.now()).toBe(start + 2500);
  expect(calls).toHaveLength(1);
});

test('with values the store is asked once: the quota is left to those who have none', async () => {
  const { clock, calls, a } = setUp([{ '/a': '1' }, down]);
  await a();
  await clock.pass(TTL_MS);
  await a();
  expect(calls[1]?.retryUntil()).toBe(-Infinity);
});

test('are unavailable when the store is down and nothing was ever fetched; the next call tries again', async () => {
  const { secrets, a } = setUp([down, { '/a': '1' }]);
  await expect(secrets.current()).rejects.toMatchObject({
    outcome: 'secret_unavailable',
    reason: 'parameter_store_unavailable',
    cause: down,
  });
  expect(await a()).toBe('1');
});

describe('fetched because a request does not verify', () => {
  test('a forged request holds up the fetch that an authentic one needs by five seconds at most', async () => {
    const { secrets, clock, timed } = setUp([{ '/a': '1' }, { '/a': '1' }, { '/a': '2' }]);
    await secrets.current();
    await clock.pass(60_000);
    expect(await timed(() => secrets.refreshed())).toMatchObject({ a: '1' });
    await clock.pass(SPACING_MS - 1);
    expect(await timed(() => secrets.refreshed())).toMatchObject({ a: '1' });
    await clock.pass(1);
    expect(await timed(() => secrets.refreshed())).toMatchObject({ a: '2' });
  });

  test('a flood of forged requests costs one fetch in 30 seconds, after a few', async () => {
    const { secrets, clock, calls } = setUp(Array.from({ length: 1000 }, () => ({ '/a': '1' })));
    await secrets.current();
    const startedAt = clock.now();
    const minutes = 30;
    for (let second = 0; second < minutes * 60; second += 1) {
      await clock.pass(1000);
      await secrets.refreshed();
    }
    const times = calls.map(({ at }) => at - startedAt).slice(1);
    expect(times.length).toBeLessThanOrEqual(BURST + (minutes * 60_000) / RETRY_MS);
    const gaps = times.map((time, index) => time - (times[index - 1] ?? -Infinity));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(SPACING_MS);
  });

  test('a fetch that was on its way while the sandbox was frozen does not stand for one that is made now', async () => {
    let arrive: (answer: Answer) => void = () => undefined;
    const held = new Promise<Answer>((resolve) => (arrive = resolve));
    const { secrets, clock, timed, a } = setUp([{ '/a': '1' }, held, { '/a': '2' }]);
    await a();
    await clock.pass(TTL_MS);
    await a();
    clock.freeze(60_000);
    arrive({ '/a': '1' });
    expect(await timed(() => secrets.refreshed())).toMatchObject({ a: '2' });
  });

  test('without values it is a first fetch like any other', async () => {
    const { secrets, clock, calls, failures } = setUp(['never']);
    const until = clock.now() + 700;
    await expect(clock.until(secrets.refreshed(until))).rejects.toMatchObject({
      outcome: 'secret_unavailable',
    });
    expect(calls[0]?.retryUntil()).toBe(until);
    expect(failures).toHaveLength(1);
  });

  test('a fetch that is still under way is not made again, and leaves the next ones their turn', async () => {
    let arrive: (answer: Answer) => void = () => undefined;
    const held = new Promise<Answer>((resolve) => (arrive = resolve));
    const { secrets, clock, calls, a } = setUp([
      { '/a': '1' },
      held,
      ...Array.from({ length: 5 }, () => ({ '/a': '2' })),
    ]);
    await a();
    await clock.pass(TTL_MS);
    await a();
    await clock.pass(SPACING_MS);
    await clock.until(secrets.refreshed(clock.now() + 100));
    expect(calls).toHaveLength(2);
    arrive({ '/a': '1' });
    await clock.pass(0);
    for (let turn = 0; turn < BURST; turn += 1) {
      await clock.until(secrets.refreshed());
      await clock.pass(SPACING_MS);
    }
    expect(calls).toHaveLength(2 + BURST);
  });

  test('without a time of its own a caller waits for 1.5 seconds', async () => {
    const { secrets, clock, timed, a } = setUp([{ '/a': '1' }, 'never']);
    await a();
    await clock.pass(SPACING_MS);
    expect(await timed(() => secrets.refreshed())).toEqual({ a: '1', waited: 1500 });
  });

  test('it is not waited for longer than the caller can', async () => {
    const { secrets, clock, timed, a } = setUp([{ '/a': '1' }, 'never']);
    await a();
    await clock.pass(SPACING_MS);
    expect(await timed(() => secrets.refreshed(clock.now() + 700))).toEqual({ a: '1', waited: 700 });
  });
});

test('no caller leaves without values before the failure is reported, once: its sandbox may be frozen then', async () => {
  const { secrets, clock, failures } = setUp(['never']);
  const both = [secrets.current(clock.now() + 2000), secrets.current(clock.now() + 2000)];
  const results = await clock.until(Promise.allSettled(both));
  expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(failures).toHaveLength(1);
});
