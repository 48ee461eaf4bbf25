import { createSecrets, RETRY_MS, TTL_MS } from '../../../lib/settings/secrets.js';

function setUp(answers: (Record<string, string> | Error)[]) {
  const clock = { now: 1_700_000_000_000 };
  const calls: (readonly string[])[] = [];
  const failures: unknown[] = [];
  const secrets = createSecrets({
    names: ['/a', '/b'],
    fetchParameters: (names) => {
      calls.push(names);
      const answer = answers[calls.length - 1] ?? new Error('unexpected call');
      return answer instanceof Error
        ? Promise.reject(answer)
        : Promise.resolve(new Map(Object.entries(answer)));
    },
    now: () => clock.now,
    onFailure: (error) => failures.push(error),
  });
  return { secrets, clock, calls, failures };
}

test('are fetched in one batch, by concurrent callers together', async () => {
  const { secrets, calls } = setUp([{ '/a': '1', '/b': '2' }]);
  const [first, second] = await Promise.all([secrets.current(), secrets.current()]);
  expect(first).toEqual(
    new Map([
      ['/a', '1'],
      ['/b', '2'],
    ]),
  );
  expect(second).toBe(first);
  expect(calls).toEqual([['/a', '/b']]);
});

test('are kept for five minutes', async () => {
  const { secrets, clock, calls } = setUp([{ '/a': 'old' }, { '/a': 'new' }]);
  await secrets.current();
  clock.now += TTL_MS - 1;
  expect((await secrets.current()).get('/a')).toBe('old');
  clock.now += 1;
  expect((await secrets.current()).get('/a')).toBe('new');
  expect(calls).toHaveLength(2);
});

test('are fetched anew on request, at most every 30 seconds', async () => {
  const { secrets, clock, calls } = setUp([{ '/a': '1' }, { '/a': '2' }, { '/a': '3' }]);
  await secrets.current();
  clock.now += RETRY_MS - 1;
  expect((await secrets.refreshed()).get('/a')).toBe('1');
  clock.now += 1;
  expect((await secrets.refreshed()).get('/a')).toBe('2');
  expect((await secrets.refreshed()).get('/a')).toBe('2');
  expect(calls).toHaveLength(2);
});

test('stay in use while the store is down, which is asked every 30 seconds', async () => {
  const down = new Error('down');
  const { secrets, clock, calls, failures } = setUp([{ '/a': '1' }, down, down, { '/a': '2' }]);
  await secrets.current();
  clock.now += TTL_MS;
  expect((await secrets.current()).get('/a')).toBe('1');
  clock.now += RETRY_MS - 1;
  expect((await secrets.current()).get('/a')).toBe('1');
  expect(calls).toHaveLength(2);
  clock.now += 1;
  expect((await secrets.current()).get('/a')).toBe('1');
  clock.now += RETRY_MS;
  expect((await secrets.current()).get('/a')).toBe('2');
  expect(failures).toEqual([down, down]);
});

test('are unavailable when the store is down and nothing was ever fetched; the next call tries again', async () => {
  const down = new Error('down');
  const { secrets } = setUp([down, { '/a': '1' }]);
  await expect(secrets.current()).rejects.toMatchObject({
    outcome: 'secret_unavailable',
    reason: 'parameter_store_unavailable',
    cause: down,
  });
  expect((await secrets.current()).get('/a')).toBe('1');
});
