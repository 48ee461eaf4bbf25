import { SendEmailCommand, SESClient } from '@aws-sdk/client-ses';
import { z } from 'zod';
import { emailInput } from './send.js';
import { createFullStack } from './stack-full.js';

const client = new SESClient({});

export const handler = await createFullStack({
  payload: z.object({ email: z.email(), subject: z.string().min(1), body: z.string().min(1) }),
  send: async (message) => (await client.send(new SendEmailCommand(emailInput(message)))).MessageId,
  capKeys: ({ email }) => [`recipient#${email}`],
});
