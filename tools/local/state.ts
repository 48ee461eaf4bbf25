import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import type { AwsService } from '../loopback/aws-service.js';
import { startDynamoDbLoopback } from '../loopback/dynamodb.js';
import { createLoopbackQueue, type LoopbackQueue } from '../loopback/queue.js';
import { createSqs } from '../loopback/sqs.js';

/** The queues and the table of `resources/state.yml`, in memory. */
export interface LocalState {
  /** For the AWS loopback. */
  readonly services: readonly AwsService[];
  readonly queue: LoopbackQueue;
  readonly deadLetterQueue: LoopbackQueue;
  /** What the functions must know of them, where the AWS loopback answers at `endpoint`. */
  environment(endpoint: string): Readonly<Record<'QUEUE_URL' | 'STATE_TABLE', string>>;
  close(): Promise<void>;
}

interface QueueProperties {
  readonly MessageRetentionPeriod: number;
  readonly VisibilityTimeout?: number;
  readonly RedrivePolicy?: { readonly maxReceiveCount: number };
}

const TABLE_NAME = 'state';
/** The default of Amazon SQS. */
const VISIBILITY_TIMEOUT_SECONDS = 30;

export async function startLocalState(): Promise<LocalState> {
  const { RetryQueue, DeadLetterQueue } = await readQueues();
  const deadLetterQueue = createLoopbackQueue(limits(DeadLetterQueue));
  const { maxReceiveCount = Infinity } = RetryQueue.RedrivePolicy ?? {};
  const queue = createLoopbackQueue({
    ...limits(RetryQueue),
    redrive: { deadLetterQueue, maxReceiveCount },
  });
  const table = await startDynamoDbLoopback(TABLE_NAME);
  const queues = new Map([
    ['retry', queue],
    ['dead-letter', deadLetterQueue],
  ]);
  return {
    services: [createSqs(queues), table.service],
    queue,
    deadLetterQueue,
    environment: (endpoint) => ({ QUEUE_URL: `${endpoint}/123456789012/retry`, STATE_TABLE: TABLE_NAME }),
    close: () => table.close(),
  };
}

async function readQueues(): Promise<Record<'RetryQueue' | 'DeadLetterQueue', QueueProperties>> {
  const text = await readFile(new URL('../../resources/state.yml', import.meta.url), 'utf8');
  // CloudFormation's own tags are unknown to the parser, and not needed here.
  const { Resources } = parse(text, { logLevel: 'silent' }) as {
    Resources: Record<'RetryQueue' | 'DeadLetterQueue', { Properties: QueueProperties }>;
  };
  return {
    RetryQueue: Resources.RetryQueue.Properties,
    DeadLetterQueue: Resources.DeadLetterQueue.Properties,
  };
}

function limits({ MessageRetentionPeriod, VisibilityTimeout }: QueueProperties) {
  return {
    retentionSeconds: MessageRetentionPeriod,
    visibilityTimeoutSeconds: VisibilityTimeout ?? VISIBILITY_TIMEOUT_SECONDS,
  };
}
