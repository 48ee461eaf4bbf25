import { createHash } from 'node:crypto';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { LoopbackQueue, ReceivedEntry } from '../loopback/queue.js';
import type { Invocation } from './container.js';

/** An event source mapping with a queue as its source. */
export interface QueuePoller {
  /** Takes no more entries, and waits for the batches that are with the function. */
  close(): Promise<void>;
}

const BATCH_SIZE = 10;
const IDLE_MS = 50;
const QUEUE_ARN = 'arn:aws:sqs:us-east-1:123456789012:retry';

/**
 * Hands what a queue holds to a function, in batches, with partial batch responses (Lambda developer guide, "Using
 * Lambda with Amazon SQS"): what the function does not report as failed is deleted. After a crash or a timeout all of
 * the batch comes back when its visibility timeout has passed.
 *
 * @param options.concurrency the most batches that the function handles at the same time.
 */
export function startQueuePoller(options: {
  queue: LoopbackQueue;
  invoke: (event: SQSEvent) => Promise<Invocation>;
  concurrency: number;
}): QueuePoller {
  const { queue, invoke, concurrency } = options;
  let isClosed = false;
  let endPause: (() => void) | undefined;

  const pause = () =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, IDLE_MS);
      endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  const handOver = async (batch: readonly ReceivedEntry[]) => {
    const invocation = await invoke({ Records: batch.map(toRecord) });
    const failed = failedIds(invocation, batch);
    for (const { messageId, receiptHandle } of batch) {
      if (!failed.has(messageId)) queue.delete(receiptHandle);
    }
  };
  const run = async () => {
    const batches = new Set<Promise<void>>();
    while (!isClosed) {
      const batch = batches.size < concurrency ? queue.receive(BATCH_SIZE) : [];
      if (batch.length === 0) {
        await pause();
        continue;
      }
      const handled: Promise<void> = handOver(batch).finally(() => batches.delete(handled));
      batches.add(handled);
    }
    await Promise.all(batches);
  };

  const running = run();
  return {
    close: () => {
      isClosed = true;
      endPause?.();
      return running;
    },
  };
}

function toRecord(entry: ReceivedEntry): SQSEvent['Records'][number] {
  const { messageId, receiptHandle, body, receiveCount, sentAt, firstReceivedAt } = entry;
  return {
    messageId,
    receiptHandle,
    body,
    attributes: {
      ApproximateReceiveCount: String(receiveCount),
      SentTimestamp: String(sentAt),
      SenderId: 'local',
      ApproximateFirstReceiveTimestamp: String(firstReceivedAt),
    },
    messageAttributes: {},
    md5OfBody: createHash('md5').update(body).digest('hex'),
    eventSource: 'aws:sqs',
    eventSourceARN: QUEUE_ARN,
    awsRegion: 'us-east-1',
  };
}

/** The whole batch where the answer names an entry that is not of the batch, or is none. */
function failedIds(invocation: Invocation, batch: readonly ReceivedEntry[]): ReadonlySet<string> {
  const all = new Set(batch.map(({ messageId }) => messageId));
  if (invocation.ended !== 'returned') return all;
  const { batchItemFailures } = (invocation.result ?? {}) as Partial<SQSBatchResponse>;
  const failed = new Set((batchItemFailures ?? []).map(({ itemIdentifier }) => itemIdentifier));
  return [...failed].every((id) => all.has(id)) ? failed : all;
}
