import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { startAwsLoopback } from '../../../tools/loopback/aws.js';
import type { Loopback } from '../../../tools/loopback/provider.js';
import { createLoopbackQueue, type LoopbackQueue } from '../../../tools/loopback/queue.js';
import { createSqs } from '../../../tools/loopback/sqs.js';
import { createClock } from '../../support/clock.js';
import { sdkClient } from '../../support/sdk-client.js';

const clock = createClock();
const limits = { visibilityTimeoutSeconds: 30, retentionSeconds: 900, now: clock.now };
let deadLetterQueue: LoopbackQueue;
const queues = new Map<string, LoopbackQueue>();
let loopback: Loopback;
let client: SQSClient;
let QueueUrl: string;

beforeAll(async () => {
  loopback = await startAwsLoopback({ onMessage: () => undefined, services: [createSqs(queues)] });
  const endpoint = `http://127.0.0.1:${loopback.port}`;
  client = new SQSClient(sdkClient(endpoint));
  QueueUrl = `${endpoint}/123456789012/retry`;
});
afterAll(() => loopback.close());
beforeEach(() => {
  deadLetterQueue = createLoopbackQueue(limits);
  queues.set('retry', createLoopbackQueue({ ...limits, redrive: { deadLetterQueue, maxReceiveCount: 3 } }));
});

const send = (MessageBody: string, DelaySeconds?: number) =>
  client.send(new SendMessageCommand({ QueueUrl, MessageBody, DelaySeconds }));
const receive = async (MaxNumberOfMessages = 10) => {
  const { Messages = [] } = await client.send(new ReceiveMessageCommand({ QueueUrl, MaxNumberOfMessages }));
  return Messages;
};
const bodies = async () => (await receive()).map(({ Body }) => Body);

test('an entry is received until it is deleted', async () => {
  const { MessageId } = await send('{"passcode":"5928 ✓"}');
  const [entry] = await receive();
  expect(entry).toMatchObject({
    MessageId,
    Body: '{"passcode":"5928 ✓"}',
    Attributes: { ApproximateReceiveCount: '1', SentTimestamp: String(clock.time) },
  });
  expect(await receive()).toEqual([]);
  clock.time += 30_000;
  const [again] = await receive();
  expect(again?.Attributes?.ApproximateReceiveCount).toBe('2');
  await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: again?.ReceiptHandle }));
  clock.time += 30_000;
  expect(await receive()).toEqual([]);
});

test('a delayed entry appears after its delay', async () => {
  await send('later', 2);
  clock.time += 1999;
  expect(await receive()).toEqual([]);
  clock.time += 1;
  expect(await bodies()).toEqual(['later']);
});

test('only the visibility of an entry in flight can be changed', async () => {
  await send('m');
  const [first] = await receive();
  const postpone = (ReceiptHandle: string | undefined, VisibilityTimeout: number) =>
    client.send(new ChangeMessageVisibilityCommand({ QueueUrl, ReceiptHandle, VisibilityTimeout }));
  await postpone(first?.ReceiptHandle, 2);
  clock.time += 2000;
  await expect(postpone(first?.ReceiptHandle, 2)).rejects.toMatchObject({ name: 'MessageNotInflight' });
  expect(await bodies()).toEqual(['m']);
  await expect(postpone(first?.ReceiptHandle, 2)).rejects.toMatchObject({ name: 'MessageNotInflight' });
});

test('an outdated receipt handle deletes nothing', async () => {
  await send('m');
  const [first] = await receive();
  clock.time += 30_000;
  await receive();
  await client.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: first?.ReceiptHandle }));
  clock.time += 30_000;
  expect(await bodies()).toEqual(['m']);
});

test('after the last receive an entry goes to the dead-letter queue', async () => {
  await send('poison');
  for (let count = 0; count < 3; count += 1) {
    expect(await bodies()).toEqual(['poison']);
    clock.time += 30_000;
  }
  expect(await receive()).toEqual([]);
  expect(deadLetterQueue.receive(10)).toMatchObject([{ body: 'poison', receiveCount: 1 }]);
});

test('an entry disappears when its retention ends', async () => {
  await send('old');
  clock.time += 900_000;
  expect(await receive()).toEqual([]);
});

test('a batch has no more entries than requested', async () => {
  await Promise.all(Array.from({ length: 12 }, (_, index) => send(`m${index}`)));
  expect(await receive(10)).toHaveLength(10);
  expect(await receive(10)).toHaveLength(2);
});

test('the queue reports how many entries are visible, delayed and in flight', async () => {
  await send('received');
  await receive();
  await send('visible');
  await send('delayed', 5);
  const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] });
  expect((await client.send(command)).Attributes).toEqual({
    ApproximateNumberOfMessages: '1',
    ApproximateNumberOfMessagesNotVisible: '1',
    ApproximateNumberOfMessagesDelayed: '1',
  });
});

test('what SQS would refuse is refused', async () => {
  await expect(send('m', 901)).rejects.toMatchObject({ name: 'InvalidParameterValue' });
  await expect(send('')).rejects.toMatchObject({ name: 'MissingParameter' });
  await expect(
    client.send(new SendMessageCommand({ QueueUrl: `${QueueUrl}-other`, MessageBody: 'm' })),
  ).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
});
