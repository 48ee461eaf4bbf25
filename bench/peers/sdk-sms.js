import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { smsInput } from './send.js';
import { answer, createVerifier } from './signature.js';

const isAuthentic = createVerifier(process.env.OWNID_SHARED_SECRET);
const client = new SNSClient({});

export const handler = async (event) => {
  if (!isAuthentic(event)) return answer(401);
  const { MessageId } = await client.send(new PublishCommand(smsInput(JSON.parse(event.body))));
  console.log(JSON.stringify({ outcome: 'accepted', messageId: MessageId }));
  return answer(202);
};
