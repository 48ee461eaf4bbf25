import { answer, createVerifier, stripTags } from './signature.js';
import { callQuery } from './signed-call.js';

const isAuthentic = createVerifier(process.env.OWNID_SHARED_SECRET);

export const handler = async (event) => {
  if (!isAuthentic(event)) return answer(401);
  const { email, subject, body } = JSON.parse(event.body);
  const messageId = await callQuery('ses', process.env.AWS_ENDPOINT_URL_SES, {
    Action: 'SendEmail',
    Version: '2010-12-01',
    Source: process.env.EMAIL_FROM,
    'Destination.ToAddresses.member.1': email,
    'Message.Subject.Data': subject,
    'Message.Subject.Charset': 'UTF-8',
    'Message.Body.Text.Data': stripTags(body),
    'Message.Body.Text.Charset': 'UTF-8',
    'Message.Body.Html.Data': body,
    'Message.Body.Html.Charset': 'UTF-8',
  });
  console.log(JSON.stringify({ outcome: 'accepted', messageId }));
  return answer(202);
};
