import { TransportError } from '../../../lib/net/transport-error.js';
import type { RetryQueue } from '../../../lib/delivery/queue.js';
import { enqueue } from '../../../lib/relay/enqueue.js';
import type { Measurement } from '../../../lib/telemetry/metrics.js';
import { queueEntry } from '../../support/queue-entry.js';

const NOW = 1_700_000_000_000;

const entry = queueEntry({ deadline: NOW + 300_000 });

/** A sandbox whose queue answers so; random numbers are 0. */
function setUp(answer: () => Promise<void> = () => Promise.resolve(), hasQueue = true) {
  const sent: Parameters<RetryQueue['send']>[] = [];
  const logged: unknown[] = [];
  const measured: Measurement[] = [];
  const queue: RetryQueue = {
    send: (...args) => {
      sent.push(args);
      return answer();
    },
    postpone: () => Promise.resolve(),
  };
  const sandbox = {
    queue: hasQueue ? queue : undefined,
    clock: { now: () => NOW, after: () => () => undefined },
    random: () => 0,
    log: (...args: unknown[]) => logged.push(args),
    measure: (one: Measurement) => measured.push(one),
  };
  return { sandbox, sent, logged, measured };
}

test('what the queue has taken is in it, and nothing is logged or counted', async () => {
  const { sandbox, sent, logged, measured } = setUp();
  expect(await enqueue(sandbox, entry, { by: NOW + 400 })).toBe('yes');
  expect(sent).toEqual([[entry, { delaySeconds: 0, timeoutMs: 400 }]]);
  expect([logged, measured]).toEqual([[], []]);
});

test.each([
  [NOW + 1, 1],
  [NOW + 2000, 2],
  [NOW - 1, 0],
  [NOW + 299_000, 299],
])('no worker gets it before %d, a whole number of seconds from now', async (notBefore, delaySeconds) => {
  const { sandbox, sent } = setUp();
  await enqueue(sandbox, entry, { by: NOW + 400, notBefore });
  expect(sent.map(([, options]) => options.delaySeconds)).toEqual([delaySeconds]);
});

test('what has just the time for an attempt is taken', async () => {
  const { sandbox } = setUp();
  expect(await enqueue(sandbox, { ...entry, deadline: NOW + 400 }, { by: NOW + 400 })).toBe('yes');
});

test('it comes back at its last try at the latest', async () => {
  const { sandbox, sent } = setUp();
  await enqueue({ ...sandbox, random: () => 1 }, { ...entry, deadline: NOW + 5000 }, { by: NOW + 400 });
  await enqueue({ ...sandbox, random: () => 1 }, entry, { by: NOW + 400 });
  expect(sent.map(([, options]) => options.delaySeconds)).toEqual([1, 2]);
});

test.each([
  ['there is no queue', { hasQueue: false }],
  ['too little time is left for an attempt', { deadline: NOW + 399 }],
  ['no worker may get it before the deadline', { notBefore: NOW + 299_001 }],
  ['there is no time to wait for its answer', { by: NOW }],
])('nothing is asked of the queue where %s', async (_, turns) => {
  const { deadline, by, notBefore, hasQueue } = {
    deadline: NOW + 300_000,
    by: NOW + 400,
    notBefore: 0,
    hasQueue: true,
    ...turns,
  };
  const { sandbox, sent, logged, measured } = setUp(undefined, hasQueue);
  expect(await enqueue(sandbox, { ...entry, deadline }, { by, notBefore })).toBe('no');
  expect([sent, logged, measured]).toEqual([[], [], []]);
});

test.each([
  ['cannot be reached', false, 'no'],
  ['does not answer, and may have taken it', true, 'maybe'],
])('a queue that %s is logged and counted', async (_, isAmbiguous, result) => {
  const { sandbox, logged, measured } = setUp(() =>
    Promise.reject(new TransportError('ECONNRESET', isAmbiguous)),
  );
  expect(await enqueue(sandbox, entry, { by: NOW + 400 })).toBe(result);
  expect(logged).toEqual([['error', { requestId: 'r', channel: 'email', reason: 'queue_down' }]]);
  expect(measured).toEqual([{ channel: 'email', count: 'queueDown' }]);
});
