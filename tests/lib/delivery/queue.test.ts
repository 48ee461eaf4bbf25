import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { parse } from 'yaml';
import { awsConfig } from '../../../lib/aws/config.js';
import {
  backoffSeconds,
  createSqsQueue,
  MAX_RECEIVES,
  type QueueEntry,
} from '../../../lib/delivery/queue.js';
import { startAwsLoopback } from '../../../tools/loopback/aws.js';
import type { Behaviour, Loopback } from '../../../tools/loopback/provider.js';
import { createLoopbackQueue } from '../../../tools/loopback/queue.js';
import { createSqs } from '../../../tools/loopback/sqs.js';
import { createClock } from '../../support/clock.js';

const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('backoff', () => {
  test('the second attempt comes within two seconds', () => {
    fc.assert(
      fc.property(random, fc.integer({ min: 1, max: 600_000 }), (value, remainingMs) => {
        const seconds = backoffSeconds(1, () => value, remainingMs);
        expect(Number.isInteger(seconds)).toBe(true);
        expect(seconds).toBeGreaterThanOrEqual(1);
        expect(seconds).toBeLessThanOrEqual(2);
      }),
    );
  });

  test('it spreads the attempts of an outage', () => {
    const delays = Array.from({ length: 60 }, (_, index) => backoffSeconds(6, () => index / 60, 60_000));
    expect(new Set(delays).size).toBeGreaterThan(50);
  });

  test('an outage of any length ends before the receives do', () => {
    const ttlMs = 600_000;
    fc.assert(
      fc.property(fc.infiniteStream(random), (values) => {
        let elapsedMs = 0;
        for (let attempts = 1; attempts < MAX_RECEIVES; attempts += 1) {
          const next = () => values.next().value as number;
          elapsedMs += 1000 * backoffSeconds(attempts, next, ttlMs - elapsedMs);
        }
        // Of the last one the worker says that it has expired.
        expect(elapsedMs).toBeGreaterThanOrEqual(ttlMs);
      }),
    );
  });

  test('the queue of the stack hands an entry out as often', () => {
    const template = readFileSync(new URL('../../../resources/state.yml', import.meta.url), 'utf8');
    const { Resources } = parse(template, { logLevel: 'silent' }) as {
      Resources: { RetryQueue: { Properties: { RedrivePolicy: { maxReceiveCount: number } } } };
    };
    expect(Resources.RetryQueue.Properties.RedrivePolicy.maxReceiveCount).toBe(MAX_RECEIVES);
  });
});

describe('a queue in SQS', () => {
  const clock = createClock();
  const told: { answer: Behaviour } = { answer: 'accept' };
  const queue = createLoopbackQueue({
    visibilityTimeoutSeconds: 30,
    retentionSeconds: 900,
    now: clock.now,
  });
  const entry: QueueEntry = {
    channel: 'sms',
    app: '',
    message: { to: '+14155552671', text: 'Your code is 5928 ✓' },
    key: 'delivery:k',
    admission: 'a',
    tracked: true,
    resend: false,
    deadline: clock.time + 300_000,
    requestId: 'r',
  };
  let loopback: Loopback;
  beforeAll(async () => {
    loopback = await startAwsLoopback({
      onMessage: () => undefined,
      services: [createSqs(new Map([['retry', queue]]))],
      behaviour: () => told,
    });
  });
  afterAll(() => loopback.close());
  afterEach(() => (told.answer = 'accept'));

  const credentials = { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' };
  const create = (port: number) => {
    const endpoint = `http://127.0.0.1:${port}`;
    const aws = awsConfig({ ...credentials, AWS_ENDPOINT_URL: endpoint });
    return createSqsQueue(`${endpoint}/123456789012/retry`, aws);
  };

  test('keeps an entry until its delay has passed, and hides it as long as it is told to', async () => {
    const retry = create(loopback.port);
    await retry.send(entry, 2);
    expect(queue.receive(1)).toEqual([]);
    clock.time += 2000;
    const [received] = queue.receive(1);
    expect(JSON.parse(received?.body ?? '')).toEqual(entry);
    await retry.postpone(received?.receiptHandle ?? '', 5);
    clock.time += 4999;
    expect(queue.receive(1)).toEqual([]);
    clock.time += 1;
    expect(queue.receive(1)).toHaveLength(1);
  });

  test.each<Behaviour>(['transient', 'rejected', 'misconfigured', 'ambiguous'])(
    'that answers as %s does not have it for certain',
    async (answer) => {
      told.answer = answer;
      await expect(create(loopback.port).send(entry, 0)).rejects.toThrow();
    },
  );

  test('that cannot be reached does not have it', async () => {
    await expect(create(1).send(entry, 0)).rejects.toThrow('ECONNREFUSED');
  });
});
