import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { SendEmailCommand, SESClient } from '@aws-sdk/client-ses';
import middy from '@middy/core';
import { z } from 'zod';
import { emailInput } from './send.js';
import { answer, createVerifier } from './signature.js';

const payload = z.object({ email: z.email(), subject: z.string().min(1), body: z.string().min(1) });
const isAuthentic = createVerifier(process.env.OWNID_SHARED_SECRET);
const logger = new Logger({ serviceName: 'otp' });
const client = new SESClient({});

export const handler = middy()
  .use(injectLambdaContext(logger))
  .handler(async (event) => {
    if (!isAuthentic(event)) return answer(401);
    const input = emailInput(payload.parse(JSON.parse(event.body)));
    const { MessageId } = await client.send(new SendEmailCommand(input));
    logger.info('accepted', { messageId: MessageId });
    return answer(202);
  });
