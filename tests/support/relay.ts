import { systemClock } from '../../lib/clock.js';
import { workOf } from '../../lib/relay/receive.js';
import { createWorker } from '../../lib/relay/worker.js';
import { createLoopbackQueue, type LoopbackQueue } from '../../tools/loopback/queue.js';
import { createSqs } from '../../tools/loopback/sqs.js';
import { emailChannel } from '../../lib/email/channel.js';
import type { Environment } from '../../lib/settings/settings.js';
import { smsChannel } from '../../lib/sms/channel.js';
import type { Handler } from '../../lib/relay/webhook.js';
import { createWebhook } from '../../lib/relay/start/webhook-function.js';
import { startAwsLoopback } from '../../tools/loopback/aws.js';
import { startDynamoDbLoopback } from '../../tools/loopback/dynamodb.js';
import type { AwsCall } from '../../tools/loopback/aws-service.js';
import type { LoopbackOptions, ReceivedMessage } from '../../tools/loopback/provider.js';

export const SECRET = 'c2VlZC1zaGFyZWQtc2VjcmV0LW9mLTMyLWJ5dGVzISE=';

/** The handlers as they are deployed, their AWS being a loopback, and all that leaves them. */
export interface TestRelay {
  readonly email: Handler;
  readonly sms: Handler;
  /** What the providers accepted. */
  readonly received: ReceivedMessage[];
  readonly calls: AwsCall[];
  /** What the handlers logged and measured. */
  readonly lines: string[];
  readonly environment: Environment;
  readonly queue: LoopbackQueue;
  readonly deadLetters: LoopbackQueue;
  /** Hands the worker what the queue holds and is due, once; returns how many entries that were. */
  work(): Promise<number>;
  close(): Promise<void>;
}

/** @param options.environment replaces settings; those that are undefined are removed. */
export async function startTestRelay(
  options: {
    environment?: Environment;
    parameters?: Map<string, string>;
    behaviour?: NonNullable<LoopbackOptions['behaviour']>;
    now?: () => number;
    /** Whether a queue and a table are configured. */
    queue?: boolean;
  } = {},
): Promise<TestRelay> {
  const startedAt = Date.now();
  const { parameters = new Map<string, string>(), behaviour, now = () => startedAt } = options;
  const received: ReceivedMessage[] = [];
  const calls: AwsCall[] = [];
  const lines: string[] = [];
  const deadLetters = createLoopbackQueue({ visibilityTimeoutSeconds: 30, retentionSeconds: 3600, now });
  const queue = createLoopbackQueue({
    visibilityTimeoutSeconds: 30,
    retentionSeconds: 900,
    redrive: { deadLetterQueue: deadLetters, maxReceiveCount: 16 },
    now,
  });
  const table = options.queue === true ? await startDynamoDbLoopback('state') : undefined;
  const loopback = await startAwsLoopback({
    parameters,
    services: [createSqs(new Map([['retry', queue]])), ...(table === undefined ? [] : [table.service])],
    onMessage: (message) => received.push(message),
    onCall: (call) => calls.push(call),
    ...(behaviour && { behaviour }),
  });
  const environment: Environment = {
    AWS_ENDPOINT_URL: `http://127.0.0.1:${loopback.port}`,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    OWNID_SHARED_SECRET: SECRET,
    EMAIL_FROM: 'login@example.com',
    SMS_ALLOWED_COUNTRIES: 'US,GB',
    RECIPIENT_LIMIT: '*',
    // The table is played on this machine, beside whatever else runs on it.
    STATE_TIMEOUT_MS: '1600',
    ...(table !== undefined && {
      QUEUE_URL: `http://127.0.0.1:${loopback.port}/123456789012/retry`,
      STATE_TABLE: 'state',
    }),
    ...options.environment,
  };
  const write = (line: unknown) => lines.push(String(line));
  const surroundings = {
    environment,
    // Real time passes on top of what the test adds, so that whatever waits comes to an end.
    clock: { ...systemClock, now: () => now() + Date.now() - startedAt },
    logSink: { info: write, warn: write, error: write },
    writeMetric: write,
  };
  const close = async () => {
    await Promise.all([loopback.close(), table?.close()]);
  };
  try {
    const email = createWebhook(emailChannel, surroundings).handler;
    const sms = createWebhook(smsChannel, surroundings).handler;
    const worker = createWorker([workOf(emailChannel), workOf(smsChannel)], surroundings);
    const work = async () => {
      const batch = queue.receive(10);
      const { batchItemFailures } = await worker({
        Records: batch.map(({ messageId, receiptHandle, body, receiveCount }) => ({
          messageId,
          receiptHandle,
          body,
          attributes: { ApproximateReceiveCount: String(receiveCount) },
        })),
      });
      const kept = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
      for (const { messageId, receiptHandle } of batch) if (!kept.has(messageId)) queue.delete(receiptHandle);
      return batch.length;
    };
    return { email, sms, received, calls, lines, environment, queue, deadLetters, work, close };
  } catch (error) {
    await close();
    throw error;
  }
}
