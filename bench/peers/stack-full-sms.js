import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { z } from 'zod';
import { smsInput } from './send.js';
import { createFullStack } from './stack-full.js';

const client = new SNSClient({});

export const handler = await createFullStack({
  payload: z.object({ phoneNumber: z.e164(), messageText: z.string().min(1) }),
  send: async (message) => (await client.send(new PublishCommand(smsInput(message)))).MessageId,
  capKeys: ({ phoneNumber }) => [
    `recipient#${phoneNumber}`,
    `country#${phoneNumber.slice(0, 2)}`,
    'total#sms',
  ],
});
