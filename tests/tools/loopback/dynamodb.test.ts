import { DynamoDBClient, ScanCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { type DynamoDbLoopback, startDynamoDbLoopback } from '../../../tools/loopback/dynamodb.js';
import { sdkClient } from '../../support/sdk-client.js';

const NOW = 1_795_000_000_000;
let loopback: DynamoDbLoopback;
let client: DynamoDBClient;

beforeAll(async () => {
  loopback = await startDynamoDbLoopback('state');
  client = new DynamoDBClient(sdkClient(`http://127.0.0.1:${loopback.port}`));
});
afterAll(() => loopback.close());

const put = (pk: string, expiresAt: number) =>
  client.send(
    new UpdateItemCommand({
      TableName: 'state',
      Key: { pk: { S: pk } },
      UpdateExpression: 'SET expiresAt = :expiresAt, filler = :filler',
      ExpressionAttributeValues: {
        ':expiresAt': { N: String(expiresAt / 1000) },
        // More than a page of a scan altogether.
        ':filler': { S: 'x'.repeat(2000) },
      },
    }),
  );

test('what has expired does not stay', async () => {
  for (let index = 0; index < 1000; index += 50) {
    const batch = Array.from({ length: 50 }, (_, offset) => index + offset);
    await Promise.all(batch.map((number) => put(`claim-${number}`, NOW - 1000 * (number % 100))));
  }
  await put('later', NOW + 1000);
  await loopback.deleteExpired(NOW);
  const { Items = [] } = await client.send(new ScanCommand({ TableName: 'state' }));
  expect(Items.map(({ pk }) => pk?.S)).toEqual(['later']);
}, 60_000);
