import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import middy from '@middy/core';
import { z } from 'zod';
import { smsInput } from './send.js';
import { answer, createVerifier } from './signature.js';

const payload = z.object({ phoneNumber: z.e164(), messageText: z.string().min(1) });
const isAuthentic = createVerifier(process.env.OWNID_SHARED_SECRET);
const logger = new Logger({ serviceName: 'otp' });
const client = new SNSClient({});

export const handler = middy()
  .use(injectLambdaContext(logger))
  .handler(async (event) => {
    if (!isAuthentic(event)) return answer(401);
    const { MessageId } = await client.send(
      new PublishCommand(smsInput(payload.parse(JSON.parse(event.body)))),
    );
    logger.info('accepted', { messageId: MessageId });
    return answer(202);
  });
