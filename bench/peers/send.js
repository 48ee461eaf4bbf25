import { stripTags } from './signature.js';

export function emailInput({ email, subject, body }) {
  return {
    Source: process.env.EMAIL_FROM,
    Destination: { ToAddresses: [email] },
    Message: {
      Subject: { Data: subject, Charset: 'UTF-8' },
      Body: { Text: { Data: stripTags(body), Charset: 'UTF-8' }, Html: { Data: body, Charset: 'UTF-8' } },
    },
  };
}

export function smsInput({ phoneNumber, messageText }) {
  return {
    PhoneNumber: phoneNumber,
    Message: messageText,
    MessageAttributes: {
      'AWS.SNS.SMS.SMSType': { DataType: 'String', StringValue: 'Transactional' },
    },
  };
}
