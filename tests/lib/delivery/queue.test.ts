import { awsConfig } from '../../../lib/aws/config.js';
import { createSqsQueue, parseEntry, type QueueEntry } from '../../../lib/delivery/queue.js';
import { startAwsLoopback } from '../../../tools/loopback/aws.js';
import type { Behaviour, Loopback } from '../../../tools/loopback/provider.js';
import { createLoopbackQueue } from '../../../tools/loopback/queue.js';
import { createSqs } from '../../../tools/loopback/sqs.js';
import { createClock } from '../../support/clock.js';
import { startScriptedHttp } from '../../support/scripted-http.js';

describe('a queue in SQS', () => {
  const clock = createClock();
  const told: { answer: Behaviour } = { answer: 'accept' };
  const queue = createLoopbackQueue({
    visibilityTimeoutSeconds: 30,
    retentionSeconds: 900,
    now: clock.now,
  });
  const entry: QueueEntry = {
    version: 2,
    channel: 'sms',
    app: '',
    message: { to: '+14155552671', text: 'Your code is 5928 ✓' },
    key: 'delivery:k',
    claim: { id: 'a', holder: 'h', unsure: 0, isRecorded: true },
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
    await retry.send(entry, { delaySeconds: 2, timeoutMs: 5000 });
    expect(queue.receive(1)).toEqual([]);
    clock.time += 2000;
    const [received] = queue.receive(1);
    expect(parseEntry(received?.body ?? '')).toEqual(entry);
    await create(loopback.port).postpone(received?.receiptHandle ?? '', 5);
    clock.time += 4999;
    expect(queue.receive(1)).toEqual([]);
    clock.time += 1;
    expect(queue.receive(1)).toHaveLength(1);
  });

  test.each<Behaviour>(['transient', 'rejected', 'misconfigured', 'ambiguous'])(
    'that answers as %s does not have it for certain',
    async (answer) => {
      told.answer = answer;
      await expect(create(loopback.port).send(entry, { delaySeconds: 0, timeoutMs: 5000 })).rejects.toThrow();
    },
  );

  test('that answers without a message id does not have it for certain', async () => {
    const foreign = await startScriptedHttp({ status: 200, body: '{}' });
    const sent = create(Number(new URL(foreign.origin).port)).send(entry, {
      delaySeconds: 0,
      timeoutMs: 5000,
    });
    await expect(sent).rejects.toThrow();
    await foreign.close();
  });

  test('that cannot be reached does not have it', async () => {
    await expect(create(1).send(entry, { delaySeconds: 0, timeoutMs: 5000 })).rejects.toThrow('ECONNREFUSED');
  });
});

describe('an entry', () => {
  const old = {
    channel: 'email',
    app: 'SHOP',
    message: { to: 'a@example.com' },
    key: 'delivery:k',
    admission: 'a',
    tracked: true,
    resend: true,
    deadline: 5,
  };

  test('of version 0.1.0 is read as one of today', () => {
    expect(parseEntry(JSON.stringify(old))).toEqual({
      version: 2,
      channel: 'email',
      app: 'SHOP',
      message: { to: 'a@example.com' },
      key: 'delivery:k',
      claim: { id: 'a', holder: 'a', unsure: 1, isRecorded: true },
      deadline: 5,
    });
  });

  test.each([
    '',
    'no entry',
    '{}',
    '[]',
    'null',
    JSON.stringify({ ...old, deadline: '5' }),
    JSON.stringify({ ...old, version: 3 }),
  ])('that is none is recognised: %s', (body) => {
    expect(parseEntry(body)).toBeUndefined();
  });
});
