import { answer, createVerifier } from './signature.js';
import { callQuery } from './signed-call.js';

const isAuthentic = createVerifier(process.env.OWNID_SHARED_SECRET);

export const handler = async (event) => {
  if (!isAuthentic(event)) return answer(401);
  const { phoneNumber, messageText } = JSON.parse(event.body);
  const messageId = await callQuery('sns', process.env.AWS_ENDPOINT_URL_SNS, {
    Action: 'Publish',
    Version: '2010-03-31',
    PhoneNumber: phoneNumber,
    Message: messageText,
    'MessageAttributes.entry.1.Name': 'AWS.SNS.SMS.SMSType',
    'MessageAttributes.entry.1.Value.DataType': 'String',
    'MessageAttributes.entry.1.Value.StringValue': 'Transactional',
  });
  console.log(JSON.stringify({ outcome: 'accepted', messageId }));
  return answer(202);
};
