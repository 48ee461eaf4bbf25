import { backoffSeconds } from '../../../lib/delivery/backoff.js';
import type { QueueEntry, RetryQueue } from '../../../lib/delivery/queue.js';
import { Refusal, SettingsError } from '../../../lib/errors.js';
import type { ChannelWork, Receive, Work } from '../../../lib/relay/receive.js';
import { createWorker } from '../../../lib/relay/worker.js';
import { createVirtualClock } from '../../support/virtual-clock.js';
import { queueEntry } from '../../support/queue-entry.js';

const TTL_MS = 300_000;

/** A worker for email alone, whose `work` is the test's, and whose random numbers are 0.5. */
function setUp(work: Work, { postpone = () => Promise.resolve() } = {}) {
  const clock = createVirtualClock();
  const logged: { level: string; record: Record<string, unknown> }[] = [];
  const measured: Record<string, unknown>[] = [];
  const postponed: [string, number][] = [];
  const order: string[] = [];
  const sink = (level: string) => (line: unknown) => {
    logged.push({ level, record: JSON.parse(String(line)) as Record<string, unknown> });
  };
  const queue: RetryQueue = {
    send: () => Promise.reject(new Error('nothing is sent')),
    postpone: (handle, seconds) => {
      postponed.push([handle, seconds]);
      return postpone();
    },
  };
  const email: ChannelWork = () => ['email', work];
  const handle = createWorker([email], {
    environment: {},
    clock,
    random: () => 0.5,
    logSink: { info: sink('info'), warn: sink('warn'), error: sink('error') },
    writeMetric: (line) => {
      order.push('measured');
      measured.push(JSON.parse(line) as Record<string, unknown>);
    },
    queue,
  });
  logged.length = 0;
  const entry = queueEntry({ deadline: clock.now() + TTL_MS });
  const record = (body: string, receives = 1, messageId = 'm') => ({
    messageId,
    receiptHandle: `handle-of-${messageId}`,
    body,
    attributes: { ApproximateReceiveCount: String(receives) },
  });
  const receive = async (change: Partial<QueueEntry> = {}, receives = 1) => {
    const body = JSON.stringify({ ...entry, ...change });
    const { batchItemFailures } = await clock.until(handle({ Records: [record(body, receives)] }));
    return batchItemFailures.length > 0 ? 'kept' : 'finished';
  };
  return { clock, entry, handle, record, receive, logged, measured, postponed, order };
}

const finished: Receive = { keep: false, outcome: 'accepted' };

test('a finished entry is logged and counted, and only then comes what had to wait for that', async () => {
  const world = setUp((_entry, record) => {
    record.app = 'SHOP';
    return Promise.resolve({
      ...finished,
      outcome: 'unconfirmed',
      reason: 'unconfirmed',
      after: () => Promise.resolve(world.order.push('after')),
    });
  });
  expect(await world.receive({}, 3)).toBe('finished');
  expect(world.logged).toEqual([
    {
      level: 'info',
      record: {
        requestId: 'r',
        channel: 'email',
        app: 'SHOP',
        outcome: 'unconfirmed',
        reason: 'unconfirmed',
        attempt: 3,
        durationMs: 0,
      },
    },
  ]);
  expect(world.measured).toMatchObject([{ channel: 'email', unconfirmed: 1 }]);
  expect(world.order).toEqual(['measured', 'after']);
  expect(world.postponed).toEqual([]);
});

test('the work gets the entry as it was queued', async () => {
  const got: unknown[] = [];
  const { receive, entry } = setUp((...args) => {
    got.push(args);
    return Promise.resolve(finished);
  });
  await receive();
  expect(got).toEqual([[entry, expect.objectContaining({ requestId: 'r', channel: 'email', attempt: 1 })]]);
});

test('a kept entry is hidden for its backoff, logged, and counted for its app', async () => {
  const world = setUp(async (_entry, record) => {
    record.app = 'SHOP';
    await new Promise<void>((resolve) => world.clock.after(20, resolve));
    return { keep: true, reason: 'transient' };
  });
  expect(await world.receive({}, 4)).toBe('kept');
  expect(world.postponed).toEqual([['handle-of-m', backoffSeconds(4, () => 0.5, TTL_MS - 20)]]);
  expect(world.logged).toEqual([
    {
      level: 'warn',
      record: {
        requestId: 'r',
        channel: 'email',
        app: 'SHOP',
        outcome: 'retried',
        reason: 'transient',
        attempt: 4,
        durationMs: 20,
      },
    },
  ]);
  expect(world.measured).toMatchObject([{ channel: 'email', retried: 1 }]);
});

test.each([
  ['at the end of a lease', 20_500, 21],
  ['after its backoff, where that is longer', 500, 1],
])('an entry that another is at work on comes back %s', async (_, leaseMs, seconds) => {
  const world = setUp(() =>
    Promise.resolve({ keep: true, reason: 'copy_in_progress', notBefore: world.clock.now() + leaseMs }),
  );
  expect(await world.receive()).toBe('kept');
  expect(world.postponed).toEqual([['handle-of-m', seconds]]);
});

test('an entry whose hiding fails is kept all the same', async () => {
  const work: Work = () => Promise.resolve({ keep: true, reason: 'transient' });
  const { receive } = setUp(work, { postpone: () => Promise.reject(new Error('down')) });
  expect(await receive()).toBe('kept');
});

test('an entry is kept though the queue it came from is not configured', async () => {
  const logSink = { info: () => undefined, warn: () => undefined, error: () => undefined };
  const work: Work = () => Promise.resolve({ keep: true, reason: 'transient' });
  const { record, entry } = setUp(work);
  const handle = createWorker([() => ['email', work]], {
    environment: {},
    logSink,
    writeMetric: () => undefined,
  });
  const body = JSON.stringify({ ...entry, deadline: Date.now() + TTL_MS });
  expect(await handle({ Records: [record(body)] })).toEqual({ batchItemFailures: [{ itemIdentifier: 'm' }] });
});

test.each<[string, number | undefined, string]>([
  ['nobody is at work on it', undefined, 'expired'],
  ['somebody else is at work on it, or has died at it', 1, 'unconfirmed'],
])('after the last try an entry is dropped: %s', async (_, leaseMs, outcome) => {
  const world = setUp(() =>
    Promise.resolve({
      keep: true,
      reason: 'X',
      ...(leaseMs !== undefined && { notBefore: world.clock.now() + leaseMs }),
    }),
  );
  expect(await world.receive({ deadline: world.clock.now() + 4000 })).toBe('finished');
  expect(world.logged).toMatchObject([{ level: 'info', record: { outcome, reason: 'X' } }]);
  expect(world.measured).toMatchObject([{ [outcome]: 1 }]);
  expect(world.postponed).toEqual([]);
});

test.each([
  [0, 'finished', 'expired', 0],
  [1, 'finished', 'accepted', 1],
])('%d ms before its deadline an entry is %s as %s', async (leftMs, ending, outcome, times) => {
  let works = 0;
  const world = setUp(() => {
    works += 1;
    return Promise.resolve(finished);
  });
  expect(await world.receive({ deadline: world.clock.now() + leftMs })).toBe(ending);
  expect(world.logged).toMatchObject([{ record: { outcome } }]);
  expect(works).toBe(times);
});

test.each<[string, () => never, string]>([
  [
    'a refusal',
    () => {
      throw new Refusal('secret_unavailable', 'parameter_store_unavailable');
    },
    'parameter_store_unavailable',
  ],
  [
    'an error',
    () => {
      throw new Error('what it says is not logged');
    },
    'internal_error',
  ],
])('an entry that ends in %s is kept', async (_, work, reason) => {
  const { receive, logged } = setUp(work);
  expect(await receive()).toBe('kept');
  expect(logged).toMatchObject([{ level: 'warn', record: { outcome: 'retried', reason } }]);
});

test('an entry of a channel that is not configured is kept: the next deployment may configure it', async () => {
  const { receive, logged } = setUp(() => Promise.resolve(finished));
  expect(await receive({ channel: 'sms' })).toBe('kept');
  expect(logged).toMatchObject([{ record: { channel: 'sms', reason: 'channel_not_configured' } }]);
});

test('an entry that cannot be read stays in the queue, and is neither hidden nor counted', async () => {
  const { handle, record, clock, logged, measured, postponed } = setUp(() => Promise.resolve(finished));
  const result = await clock.until(handle({ Records: [record('{', 2)] }));
  expect(result).toEqual({ batchItemFailures: [{ itemIdentifier: 'm' }] });
  expect(logged).toEqual([
    { level: 'error', record: { channel: 'retry', reason: 'entry_malformed', attempt: 2 } },
  ]);
  expect([measured, postponed]).toEqual([[], []]);
});

test('of a batch only what is kept is given back', async () => {
  const { handle, record, entry, clock } = setUp(({ key }) =>
    Promise.resolve(key === 'kept' ? { keep: true, reason: 'X' } : finished),
  );
  const body = (key: string) => JSON.stringify({ ...entry, key });
  const Records = [record(body('kept'), 1, '1'), record(body('sent'), 1, '2'), record(body('kept'), 1, '3')];
  expect(await clock.until(handle({ Records }))).toEqual({
    batchItemFailures: [{ itemIdentifier: '1' }, { itemIdentifier: '3' }],
  });
});

test('the entries of a batch are handled side by side, each with a record of its own', async () => {
  const records: unknown[] = [];
  const world = setUp(async (_entry, record) => {
    records.push(record);
    record.provider = `provider-${records.length}`;
    await new Promise<void>((resolve) => world.clock.after(8000, resolve));
    return finished;
  });
  const startedAt = world.clock.now();
  const batch = ['a', 'b', 'c'].map((id) => world.record(JSON.stringify(world.entry), 1, id));
  await world.clock.until(world.handle({ Records: batch }));
  expect(world.clock.now() - startedAt).toBe(8000);
  expect(new Set(records).size).toBe(3);
  const providers = ['provider-1', 'provider-2', 'provider-3'];
  expect(world.logged.map(({ record }) => record['provider'])).toEqual(providers);
  expect(world.measured).toMatchObject(providers.map((provider) => ({ accepted: 1, provider })));
});

describe('a channel whose settings are incomplete', () => {
  const incomplete =
    (...faults: string[]): ChannelWork =>
    () => {
      throw new SettingsError(faults);
    };
  const start = (channels: ChannelWork[]) => {
    const logged: unknown[] = [];
    const sink = (line: unknown) => logged.push(JSON.parse(String(line)));
    const logSink = { info: sink, warn: sink, error: sink };
    return { create: () => createWorker(channels, { environment: {}, logSink }), logged };
  };

  test('is named, and does not stop the other', () => {
    const { create, logged } = start([
      incomplete('A is not set'),
      () => ['sms', () => Promise.resolve(finished)],
    ]);
    create();
    expect(logged).toContainEqual({ channel: 'retry', reason: 'state_kept_in_memory' });
    expect(logged).toContainEqual({
      channel: 'retry',
      reason: 'channel_not_configured',
      faults: ['A is not set'],
    });
  });

  test('stops the start where the other’s are too: every fault is named once', () => {
    const { create } = start([incomplete('A', 'B'), incomplete('B', 'C')]);
    expect(create).toThrow(new SettingsError(['A', 'B', 'C']));
  });

  test('is told from one that fails to load', () => {
    const { create } = start([
      () => {
        throw new TypeError('broken');
      },
    ]);
    expect(create).toThrow(new TypeError('broken'));
  });
});
