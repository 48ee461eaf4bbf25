import type { SQSEvent } from 'aws-lambda';
import type { Invocation } from '../../../tools/local/container.js';
import { startQueuePoller } from '../../../tools/local/queue-poller.js';
import { createLoopbackQueue } from '../../../tools/loopback/queue.js';

/** Hands everything in a queue to `invoke` until the queue is empty, with time that passes between the batches. */
async function drain(bodies: readonly string[], invoke: (event: SQSEvent) => Invocation) {
  const clock = { time: 0 };
  const limits = { visibilityTimeoutSeconds: 30, retentionSeconds: 900, now: () => clock.time };
  const deadLetterQueue = createLoopbackQueue(limits);
  const queue = createLoopbackQueue({ ...limits, redrive: { deadLetterQueue, maxReceiveCount: 3 } });
  bodies.forEach((body) => queue.send(body, 0));
  const batches: string[][] = [];

  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  const poller = startQueuePoller({
    queue: {
      ...queue,
      receive: (maximum) => {
        const batch = queue.receive(maximum);
        const { visible, inFlight } = queue.counts();
        if (batch.length === 0 && visible + inFlight === 0) end();
        if (batch.length === 0) clock.time += 10_000;
        return batch;
      },
    },
    invoke: (event) => {
      batches.push(event.Records.map(({ body }) => body));
      return Promise.resolve(invoke(event));
    },
    concurrency: 1,
  });
  await ended;
  await poller.close();
  return { batches, dead: deadLetterQueue.receive(10).map(({ body }) => body) };
}

const ids = (event: SQSEvent, body: string) =>
  event.Records.filter((record) => record.body === body).map(({ messageId }) => ({
    itemIdentifier: messageId,
  }));

test('what the function does not report as failed is deleted', async () => {
  const { batches, dead } = await drain(['a', 'b'], (event) => ({
    ended: 'returned',
    result: {
      batchItemFailures: event.Records[0]?.attributes.ApproximateReceiveCount === '1' ? ids(event, 'b') : [],
    },
  }));
  expect(batches).toEqual([['a', 'b'], ['b']]);
  expect(dead).toEqual([]);
});

test.each<Invocation>([
  { ended: 'crashed' },
  { ended: 'timed out' },
  { ended: 'returned', result: { batchItemFailures: [{ itemIdentifier: 'of another batch' }] } },
])('after %j all of the batch comes back, and ends in the dead-letter queue', async (invocation) => {
  const { batches, dead } = await drain(['a', 'b'], () => invocation);
  expect(batches).toEqual([
    ['a', 'b'],
    ['a', 'b'],
    ['a', 'b'],
  ]);
  expect(dead).toEqual(['a', 'b']);
});

test('a batch holds ten entries at most', async () => {
  const bodies = Array.from({ length: 11 }, (_, index) => String(index));
  const { batches } = await drain(bodies, () => ({ ended: 'returned', result: null }));
  expect(batches.map(({ length }) => length)).toEqual([10, 1]);
});
