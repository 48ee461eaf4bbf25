import { createHash } from 'node:crypto';
import { jsonFault, jsonResult } from './aws-protocols.js';
import { type AwsCall, AwsFault, type AwsService } from './aws-service.js';
import type { LoopbackQueue } from './queue.js';

const MAX_BODY_BYTES = 1024 * 1024;
const MAX_DELAY_SECONDS = 900;
const MAX_VISIBILITY_SECONDS = 43_200;
const MAX_BATCH = 10;

/** Amazon SQS, API version 2012-11-05 in the AWS JSON protocol, with queues by the name that ends their URLs. */
export function createSqs(queues: ReadonlyMap<string, LoopbackQueue>): AwsService {
  const queueOf = (call: AwsCall): LoopbackQueue => {
    const url = textField(call, 'QueueUrl');
    const queue = queues.get(url.slice(url.lastIndexOf('/') + 1));
    if (queue === undefined) {
      throw new AwsFault('com.amazonaws.sqs#QueueDoesNotExist', 'The specified queue does not exist.');
    }
    return queue;
  };

  return {
    name: 'sqs',
    actions: {
      SendMessage: (call) => {
        const body = textField(call, 'MessageBody');
        if (Buffer.byteLength(body) > MAX_BODY_BYTES) throw invalid('MessageBody', 'is too long');
        const delay = wholeNumber(call, 'DelaySeconds', { maximum: MAX_DELAY_SECONDS, whenUnset: 0 });
        const { messageId } = queueOf(call).send(body, delay);
        return { answer: jsonResult({ MessageId: messageId, MD5OfMessageBody: md5(body) }) };
      },
      // It answers at once, as a short poll does.
      ReceiveMessage: (call) => {
        const maximum = wholeNumber(call, 'MaxNumberOfMessages', { maximum: MAX_BATCH, whenUnset: 1 });
        const messages = queueOf(call)
          .receive(maximum)
          .map(({ messageId, receiptHandle, body, receiveCount, sentAt, firstReceivedAt }) => ({
            MessageId: messageId,
            ReceiptHandle: receiptHandle,
            Body: body,
            MD5OfBody: md5(body),
            Attributes: {
              ApproximateReceiveCount: String(receiveCount),
              SentTimestamp: String(sentAt),
              ApproximateFirstReceiveTimestamp: String(firstReceivedAt),
            },
          }));
        return { answer: jsonResult(messages.length === 0 ? {} : { Messages: messages }) };
      },
      DeleteMessage: (call) => {
        queueOf(call).delete(textField(call, 'ReceiptHandle'));
        return { answer: jsonResult({}) };
      },
      ChangeMessageVisibility: (call) => {
        const handle = textField(call, 'ReceiptHandle');
        const seconds = wholeNumber(call, 'VisibilityTimeout', { maximum: MAX_VISIBILITY_SECONDS });
        if (!queueOf(call).changeVisibility(handle, seconds)) {
          throw new AwsFault(
            'com.amazonaws.sqs#MessageNotInflight',
            'The specified message is not in flight.',
          );
        }
        return { answer: jsonResult({}) };
      },
      GetQueueAttributes: (call) => {
        const { visible, inFlight, delayed } = queueOf(call).counts();
        return {
          answer: jsonResult({
            Attributes: {
              ApproximateNumberOfMessages: String(visible),
              ApproximateNumberOfMessagesNotVisible: String(inFlight),
              ApproximateNumberOfMessagesDelayed: String(delayed),
            },
          }),
        };
      },
    },
    // Amazon SQS API reference, "Common errors".
    faults: {
      transient: { status: 400, code: 'ThrottlingException', message: 'Rate exceeded' },
      rejected: {
        status: 400,
        code: 'com.amazonaws.sqs#InvalidMessageContents',
        message: 'The message contains characters outside the allowed set.',
      },
      misconfigured: {
        status: 403,
        code: 'AccessDeniedException',
        message: 'User is not authorized to perform: sqs:SendMessage',
      },
    },
    refuse: jsonFault,
  };
}

/** The checksum that the SDK compares with its own. */
function md5(body: string): string {
  return createHash('md5').update(body).digest('hex');
}

function invalid(name: string, rule: string): AwsFault {
  return new AwsFault('InvalidParameterValue', `Value for parameter ${name} ${rule}.`);
}

function textField(call: AwsCall, name: string): string {
  const value = call.fields[name];
  if (typeof value === 'string' && value !== '') return value;
  throw new AwsFault('MissingParameter', `The request must contain the parameter ${name}.`);
}

function wholeNumber(
  call: AwsCall,
  name: string,
  { maximum, whenUnset }: { maximum: number; whenUnset?: number },
): number {
  const value = call.fields[name] ?? whenUnset;
  if (Number.isInteger(value) && Number(value) >= 0 && Number(value) <= maximum) return Number(value);
  throw invalid(name, `must be a whole number from 0 to ${maximum}`);
}
