import { SendEmailCommand, SESClient } from '@aws-sdk/client-ses';
import { emailInput } from './send.js';
import { answer, createVerifier } from './signature.js';

const isAuthentic = createVerifier(process.env.OWNID_SHARED_SECRET);
const client = new SESClient({});

export const handler = async (event) => {
  if (!isAuthentic(event)) return answer(401);
  const { MessageId } = await client.send(new SendEmailCommand(emailInput(JSON.parse(event.body))));
  console.log(JSON.stringify({ outcome: 'accepted', messageId: MessageId }));
  return answer(202);
};
