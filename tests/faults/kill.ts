/** Kills the worker's process in the middle of batches, again and again, and counts what became of the messages. */
import { createSecretKey } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { SQSEvent } from 'aws-lambda';
import { emailChannel } from '../../lib/email/channel.js';
import type { LogRecord } from '../../lib/telemetry/log.js';
import { MAX_RECEIVES } from '../../lib/delivery/backoff.js';
import { smsChannel } from '../../lib/sms/channel.js';
import { createWebhook } from '../../lib/relay/start/webhook-function.js';
import { buildFunctions } from '../../tools/build/build.js';
import { type Container, type Invocation, startContainer } from '../../tools/local/container.js';
import { startQueuePoller } from '../../tools/local/queue-poller.js';
import { startAwsLoopback } from '../../tools/loopback/aws.js';
import { startDynamoDbLoopback } from '../../tools/loopback/dynamodb.js';
import type { ReceivedMessage } from '../../tools/loopback/provider.js';
import { createLoopbackQueue } from '../../tools/loopback/queue.js';
import { createSqs } from '../../tools/loopback/sqs.js';
import { ownIdRequest } from '../../tools/ownid/ownid.js';
import { eventOf } from './run.js';

const { values } = parseArgs({ options: { messages: { type: 'string', default: '500' } } });
const messages = Number(values.messages);

/** Just longer than the worker's lease. */
const VISIBILITY_TIMEOUT_SECONDS = 11;
const KILLED_SHARE = 0.6;
/** A batch takes about that long: containers are killed at any time of it. */
const BATCH_MS = 400;
const SECRET = Buffer.from('of the kill suite, not a secret').toString('base64');

const received: ReceivedMessage[] = [];
const outcomes = new Map<string, Set<string>>();
let isProviderDown = true;
let kills = 0;
let killsInBatch = 0;

const deadLetterQueue = createLoopbackQueue({ visibilityTimeoutSeconds: 30, retentionSeconds: 3600 });
const queue = createLoopbackQueue({
  visibilityTimeoutSeconds: VISIBILITY_TIMEOUT_SECONDS,
  retentionSeconds: 900,
  redrive: { deadLetterQueue, maxReceiveCount: MAX_RECEIVES },
});
const table = await startDynamoDbLoopback('state');
const aws = await startAwsLoopback({
  services: [createSqs(new Map([['retry', queue]])), table.service],
  onMessage: (message) => received.push(message),
  behaviour: (service) => {
    if (service !== 'ses' && service !== 'sns') return { answer: 'accept' };
    if (isProviderDown) return { answer: 'transient' };
    return { answer: Math.random() < 0.1 ? 'transient' : 'accept', delayMs: Math.random() * BATCH_MS };
  },
});
const environment = {
  AWS_ENDPOINT_URL: `http://127.0.0.1:${aws.port}`,
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
  OWNID_SHARED_SECRET: SECRET,
  EMAIL_FROM: 'login@example.com',
  SMS_ALLOWED_COUNTRIES: 'US',
  RECIPIENT_LIMIT: '*',
  SMS_COUNTRY_HOURLY_LIMIT: '*',
  SMS_DAILY_LIMIT: '*',
  QUEUE_URL: `http://127.0.0.1:${aws.port}/123456789012/retry`,
  STATE_TABLE: 'state',
  STATE_TIMEOUT_MS: '5000',
  TIME_BUDGET_MS: '6000',
};
const outdir = await mkdtemp(join(tmpdir(), 'otp-relay-kill-'));
await buildFunctions({ outdir });

await queueMessages();
isProviderDown = false;
const idle: Container[] = [];
const poller = startQueuePoller({ queue, invoke: invokeAndPerhapsKill, concurrency: 3 });
while (Object.values(queue.counts()).some((count) => count > 0)) await sleep(200);
await poller.close();
await Promise.all(idle.map((container) => container.kill()));
await Promise.all([aws.close(), table.close(), rm(outdir, { recursive: true })]);
report();

/** The provider is down, so each of them is answered with 202 and queued. */
async function queueMessages(): Promise<void> {
  const surroundings = {
    environment,
    logSink: { info: () => undefined, warn: () => undefined, error: () => undefined },
    writeMetric: () => undefined,
  };
  const webhooks = {
    email: createWebhook(emailChannel, surroundings).handler,
    sms: createWebhook(smsChannel, surroundings).handler,
  };
  const secret = createSecretKey(Buffer.from(SECRET, 'base64'));
  for (let number = 0; number < messages; number += 1) {
    const channel = number % 2 === 0 ? 'email' : 'sms';
    const payload =
      channel === 'email'
        ? { email: `u${number}@example.com`, subject: `rq-${number}.`, body: '<p>5928</p>' }
        : { phoneNumber: `+1415555${1000 + number}`, messageText: `rq-${number}. 5928`, code: '5928' };
    const request = ownIdRequest({ channel, app: '', payload, secret, now: Date.now() });
    const { statusCode } = await webhooks[channel](eventOf(request, String(number)), {
      awsRequestId: String(number),
    });
    if (statusCode !== 202) throw new Error(`Message ${number} was answered with ${statusCode}`);
  }
}

async function invokeAndPerhapsKill(event: SQSEvent): Promise<Invocation> {
  const container = idle.pop() ?? (await start());
  const invoked = container.invoke(event, 'batch');
  if (Math.random() < KILLED_SHARE) {
    const isDone = await Promise.race([invoked.then(() => true), sleep(Math.random() * BATCH_MS, false)]);
    await container.kill();
    kills += 1;
    if (!isDone) killsInBatch += 1;
  }
  const invocation = await invoked;
  if (container.isAlive()) idle.push(container);
  return invocation;
}

function start(): Promise<Container> {
  return startContainer({ bundle: `${outdir}/retry.js`, environment, timeoutMs: 20_000, onOutput: onLine });
}

function onLine(line: string): void {
  try {
    const { requestId = '', outcome = '' } = JSON.parse(line) as LogRecord;
    outcomes.set(requestId, (outcomes.get(requestId) ?? new Set()).add(outcome));
  } catch {
    // Not a log record.
  }
}

function report(): void {
  const count = { lost: 0, doubleSms: 0, emailTwice: 0, emailMore: 0, unconfirmed: 0, unconfirmedSent: 0 };
  for (let number = 0; number < messages; number += 1) {
    const mark = `rq-${number}.`;
    const sends = received.filter(({ subject, text }) => `${subject ?? text ?? ''} `.startsWith(mark)).length;
    const isUnconfirmed = outcomes.get(String(number))?.has('unconfirmed') === true;
    if (sends === 0 && !isUnconfirmed) count.lost += 1;
    if (isUnconfirmed) count[sends === 0 ? 'unconfirmed' : 'unconfirmedSent'] += 1;
    if (number % 2 === 1 && sends > 1) count.doubleSms += 1;
    if (number % 2 === 0 && sends === 2) count.emailTwice += 1;
    if (number % 2 === 0 && sends > 2) count.emailMore += 1;
  }
  const dead = Object.values(deadLetterQueue.counts()).reduce((sum, part) => sum + part, 0);
  console.log(
    `${messages} queued messages; ${kills} workers killed, ${killsInBatch} of them in the middle of a batch`,
  );
  console.log(`accepted by a provider: ${received.length}`);
  console.log(`lost: ${count.lost}`);
  console.log(`double SMS: ${count.doubleSms}`);
  console.log(`email sent a second time, after its worker died: ${count.emailTwice}`);
  console.log(`email sent more often: ${count.emailMore}`);
  console.log(`unconfirmed: ${count.unconfirmed} not sent, ${count.unconfirmedSent} sent`);
  console.log(`in the dead-letter queue: ${dead}`);
  const failed = count.lost + count.doubleSms + count.emailMore + dead;
  console.log(`${messages - failed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}
