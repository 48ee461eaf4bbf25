import { type AwsConfig, unreadableAnswer } from '../aws/config.js';
import { withDeadline } from '../net/deadline.js';

/** One message that waits to be sent. All that a worker needs is in it: its lifetime is the message's. */
export interface QueueEntry {
  readonly channel: 'email' | 'sms';
  readonly app: string;
  readonly message: unknown;
  /** `Delivery.key` of `lib/ledger/guard.ts`. */
  readonly key: string;
  readonly admission: string;
  /** False where the store was down when it was admitted, so that its state may say nothing of it. */
  readonly tracked: boolean;
  /** Set after an attempt of unknown outcome: it is sent once more, and not again. */
  readonly resend: boolean;
  /** Milliseconds since the Unix epoch; nothing is sent afterwards. */
  readonly deadline: number;
  readonly requestId: string | undefined;
}

export interface RetryQueue {
  /**
   * @param delaySeconds before a worker gets it, 0 to 900.
   * @throws the SDK's errors, or `TransportError`, when it is not certain that the entry is in the queue.
   */
  send(entry: QueueEntry, delaySeconds: number): Promise<void>;
  /** Hides a received entry for so many seconds more. */
  postpone(receiptHandle: string, delaySeconds: number): Promise<void>;
}

/** Better a late answer than a message that is not queued. */
const TIMEOUT_MS = 1500;

/** A queue in Amazon SQS; what that takes is loaded when it is first needed. */
export function createSqsQueue(queueUrl: string, aws: AwsConfig): RetryQueue {
  const load = async () => (await import('../aws/sqs.js')).createSqs(aws);
  let loaded: ReturnType<typeof load> | undefined;

  return {
    send: async (entry, delaySeconds) => {
      const { sendMessage } = await (loaded ??= load());
      const input = { QueueUrl: queueUrl, MessageBody: JSON.stringify(entry), DelaySeconds: delaySeconds };
      const { MessageId, $metadata } = await withDeadline(aws.clock, TIMEOUT_MS, (deadline) =>
        sendMessage(input, { deadline }),
      );
      if (MessageId === undefined) throw unreadableAnswer($metadata);
    },
    postpone: async (receiptHandle, delaySeconds) => {
      const { changeMessageVisibility } = await (loaded ??= load());
      const input = { QueueUrl: queueUrl, ReceiptHandle: receiptHandle, VisibilityTimeout: delaySeconds };
      await withDeadline(aws.clock, TIMEOUT_MS, (deadline) => changeMessageVisibility(input, { deadline }));
    },
  };
}

/** Delays double from 1 s up to this. */
const MAXIMUM_DELAY_SECONDS = 60;
/** As in `resources/state.yml`: an entry that was received so often goes to the dead-letter queue. */
export const MAX_RECEIVES = 16;

/**
 * How long to wait after so many attempts: full jitter, so that the messages of an outage do not come back together,
 * but so long that the receives that are left, a minute apart, reach the deadline.
 *
 * @param remainingMs until the deadline.
 * @returns whole seconds, at least 1.
 */
export function backoffSeconds(attempts: number, random: () => number, remainingMs: number): number {
  const ceiling = Math.min(MAXIMUM_DELAY_SECONDS, 2 ** Math.min(attempts, 10));
  const later = Math.max(0, MAX_RECEIVES - attempts - 1) * MAXIMUM_DELAY_SECONDS;
  return Math.max(1, Math.round(random() * ceiling), Math.ceil(remainingMs / 1000) - later);
}
