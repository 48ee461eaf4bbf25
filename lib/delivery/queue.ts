import * as v from 'valibot';
import { type AwsConfig, unreadableAnswer } from '../aws/config.js';
import { withDeadline } from '../net/deadline.js';

/** A message waiting to be sent, with everything a worker needs for it. */
const current = v.object({
  version: v.literal(2),
  channel: v.picklist(['email', 'sms']),
  app: v.string(),
  /** Read by its channel. */
  message: v.unknown(),
  /** As in `LedgerRequest`. */
  key: v.string(),
  claim: v.object({ id: v.string(), holder: v.string(), unsure: v.number(), isRecorded: v.boolean() }),
  /** Milliseconds since the Unix epoch; nothing is sent afterwards. */
  deadline: v.number(),
  requestId: v.optional(v.string()),
});

/** An entry of version 0.1.0, which may be in the queue when a newer version is deployed. */
const previous = v.pipe(
  v.strictObject({
    ...v.omit(current, ['version', 'claim']).entries,
    admission: v.string(),
    tracked: v.boolean(),
    resend: v.boolean(),
  }),
  v.transform(({ admission, tracked, resend, ...entry }): QueueEntry => ({
    version: 2,
    ...entry,
    claim: { id: admission, holder: admission, unsure: resend ? 1 : 0, isRecorded: tracked },
  })),
);

export type QueueEntry = v.InferOutput<typeof current>;

const anyEntry = v.pipe(v.string(), v.parseJson(), v.union([current, previous]));

/** Parses the body of an SQS message; undefined if it is not an entry. */
export function parseEntry(body: string): QueueEntry | undefined {
  const { success, output } = v.safeParse(anyEntry, body);
  return success ? output : undefined;
}

export interface RetryQueue {
  /**
   * @param options.delaySeconds before a worker gets it, 0 to 900.
   * @param options.timeoutMs for the queue's answer.
   * @throws the SDK's errors, or `TransportError`, when it is not certain that the entry is in the queue.
   */
  send(entry: QueueEntry, options: { delaySeconds: number; timeoutMs: number }): Promise<void>;
  /** Hides a received entry for `delaySeconds` from now. */
  postpone(receiptHandle: string, delaySeconds: number): Promise<void>;
}

const POSTPONE_TIMEOUT_MS = 1500;

/** A queue in Amazon SQS. The code for the calls is loaded when first needed. */
export function createSqsQueue(queueUrl: string, aws: AwsConfig): RetryQueue {
  const load = async () => (await import('../aws/sqs.js')).createSqs(aws);
  let loaded: ReturnType<typeof load> | undefined;

  return {
    send: async (entry, { delaySeconds, timeoutMs }) => {
      const { sendMessage } = await (loaded ??= load());
      const input = { QueueUrl: queueUrl, MessageBody: JSON.stringify(entry), DelaySeconds: delaySeconds };
      const { MessageId, $metadata } = await withDeadline(aws.clock, timeoutMs, (deadline) =>
        sendMessage(input, { deadline }),
      );
      if (MessageId === undefined) throw unreadableAnswer($metadata);
    },
    postpone: async (receiptHandle, delaySeconds) => {
      const { changeMessageVisibility } = await (loaded ??= load());
      const input = { QueueUrl: queueUrl, ReceiptHandle: receiptHandle, VisibilityTimeout: delaySeconds };
      await withDeadline(aws.clock, POSTPONE_TIMEOUT_MS, (deadline) =>
        changeMessageVisibility(input, { deadline }),
      );
    },
  };
}
