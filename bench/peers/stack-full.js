import { IdempotencyConfig } from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import { makeHandlerIdempotent } from '@aws-lambda-powertools/idempotency/middleware';
import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { SSMProvider } from '@aws-lambda-powertools/parameters/ssm';
import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import middy from '@middy/core';
import { answer, createVerifier } from './signature.js';

/**
 * The usual stack with everything: secret from the Parameter Store, replays refused through the idempotency utility
 * (a conditional put before, an update after), and a counter for each cap.
 *
 * The secret is read while the function starts, by a top-level await.
 *
 * @param capKeys the counters of a message.
 */
export async function createFullStack({ payload, send, capKeys }) {
  const logger = new Logger({ serviceName: 'otp' });
  const parameters = new SSMProvider();
  const awsSdkV3Client = new DynamoDBClient({});
  const tableName = process.env.STATE_TABLE;
  const persistenceStore = new DynamoDBPersistenceLayer({ tableName, awsSdkV3Client });
  const config = new IdempotencyConfig({ eventKeyJmesPath: 'headers."ownid-signature"' });
  let secret;
  let isAuthentic;

  const readSecret = () =>
    parameters.get(process.env.OWNID_SHARED_SECRET.slice('ssm:'.length), { decrypt: true, maxAge: 300 });
  // While the function starts, when Lambda gives it a full CPU.
  await readSecret();

  const count = (key) =>
    awsSdkV3Client.send(
      new UpdateItemCommand({
        TableName: tableName,
        Key: { id: { S: key } },
        UpdateExpression: 'ADD #count :one SET #ttl = if_not_exists(#ttl, :ttl)',
        ConditionExpression: 'attribute_not_exists(#count) OR #count < :limit',
        ExpressionAttributeNames: { '#count': 'count', '#ttl': 'ttl' },
        ExpressionAttributeValues: {
          ':one': { N: '1' },
          ':ttl': { N: String(Math.floor(Date.now() / 1000) + 600) },
          ':limit': { N: '5' },
        },
      }),
    );

  return middy()
    .use(injectLambdaContext(logger))
    .use(makeHandlerIdempotent({ persistenceStore, config }))
    .handler(async (event) => {
      const current = await readSecret();
      if (current !== secret) isAuthentic = createVerifier((secret = current));
      if (!isAuthentic(event)) return answer(401);
      const message = payload.parse(JSON.parse(event.body));
      await Promise.all(capKeys(message).map(count));
      logger.info('accepted', { messageId: await send(message) });
      return answer(202);
    });
}
