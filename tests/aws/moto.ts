import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  CreateConfigurationSetCommand,
  GetSendQuotaCommand,
  SESClient,
  VerifyEmailIdentityCommand,
} from '@aws-sdk/client-ses';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import type { SQSRecord } from 'aws-lambda';
import { pythonTool } from '../support/python.js';
import { startPythonServer } from '../support/python-server.js';
import { until } from '../support/steps.js';

export const TABLE = 'state';

/** Starts moto, an AWS in one process that is not MiniStack, with what a stage needs of it. */
export async function startMoto(
  credentials: { accessKeyId: string; secretAccessKey: string },
  region: string,
) {
  const server = await startPythonServer(
    pythonTool('moto_server', 'aws'),
    (port) => ({ args: ['-H', '127.0.0.1', '-p', port] }),
    'moto-api/data.json',
  );
  const config = { endpoint: server.endpoint, region, credentials };
  const ses = new SESClient(config);
  const sqs = new SQSClient(config);
  const ssm = new SSMClient(config);
  await ses.send(new CreateConfigurationSetCommand({ ConfigurationSet: { Name: 'otp-relay-prod' } }));
  await new DynamoDBClient(config).send(
    new CreateTableCommand({
      TableName: TABLE,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
    }),
  );
  const { QueueUrl = '' } = await sqs.send(
    new CreateQueueCommand({ QueueName: 'retry', Attributes: { VisibilityTimeout: '30' } }),
  );
  return {
    ...server,
    queueUrl: QueueUrl,
    verify: (address: string) => ses.send(new VerifyEmailIdentityCommand({ EmailAddress: address })),
    mailsSent: async () => (await ses.send(new GetSendQuotaCommand({}))).SentLast24Hours,
    putParameter: (name: string, value: string) =>
      ssm.send(new PutParameterCommand({ Name: name, Value: value, Type: 'SecureString', Overwrite: true })),
    /** The next entry of the queue, as Lambda's poller hands it over, once it is due. */
    receive: (): Promise<SQSRecord> =>
      until('an entry of the queue', 60_000, async () => {
        const command = new ReceiveMessageCommand({
          QueueUrl,
          MessageSystemAttributeNames: ['ApproximateReceiveCount'],
        });
        const [found] = (await sqs.send(command)).Messages ?? [];
        if (found === undefined) return undefined;
        const { MessageId = '', ReceiptHandle = '', Body = '', Attributes } = found;
        return {
          messageId: MessageId,
          receiptHandle: ReceiptHandle,
          body: Body,
          attributes: { ApproximateReceiveCount: Attributes?.ApproximateReceiveCount ?? '' },
        } as SQSRecord;
      }),
    remove: ({ receiptHandle }: SQSRecord) =>
      sqs.send(new DeleteMessageCommand({ QueueUrl, ReceiptHandle: receiptHandle })),
  };
}
