import { randomBytes, randomUUID } from 'node:crypto';
import { isAddress } from './address.js';
import { queryFault, queryResult } from './aws-protocols.js';
import {
  type AwsCall,
  AwsFault,
  type AwsService,
  listField,
  refuseUnknownFields,
  requireField,
} from './aws-service.js';

const NAMESPACE = 'http://ses.amazonaws.com/doc/2010-12-01/';
const KNOWN_FIELDS =
  /^(?:Source|ReturnPath|ConfigurationSetName|Destination\.(?:To|Cc|Bcc)Addresses\.member\.\d+|ReplyToAddresses\.member\.\d+|Message\.Subject\.(?:Data|Charset)|Message\.Body\.(?:Text|Html)\.(?:Data|Charset)|Tags\.member\.\d+\.(?:Name|Value))$/;

/** Amazon SES API reference, SendEmail, `Source`: with its display name, encoded. */
const MAXIMUM_SOURCE_BYTES = 320;

/** Amazon SES, API version 2010-12-01, SendEmail. */
export const ses: AwsService = {
  name: 'ses',
  actions: { SendEmail: sendEmail },
  // Amazon SES API reference, SendEmail, Errors, and "Common errors".
  faults: {
    transient: { status: 400, code: 'Throttling', message: 'Maximum sending rate exceeded.' },
    rejected: { status: 400, code: 'MessageRejected', message: 'The message contains prohibited content.' },
    misconfigured: {
      status: 403,
      code: 'AccessDenied',
      message: 'User is not authorized to perform: ses:SendEmail',
    },
  },
  refuse: (fault) => queryFault(NAMESPACE, fault),
};

function sendEmail(call: AwsCall) {
  refuseUnknownFields(call, KNOWN_FIELDS);
  const from = requireField(call, 'Source');
  if (Buffer.byteLength(from) > MAXIMUM_SOURCE_BYTES) {
    throw new AwsFault('InvalidParameterValue', 'Source is too long');
  }
  const [to, ...others] = ['To', 'Cc', 'Bcc'].flatMap((kind) =>
    listField(call, `Destination.${kind}Addresses`),
  );
  if (to === undefined) throw new AwsFault('InvalidParameterValue', 'At least one recipient is required');
  if (others.length > 0) throw new AwsFault('InvalidParameterValue', 'An OTP must have one recipient');
  const replyTo = listField(call, 'ReplyToAddresses');
  for (const address of [from, to, ...replyTo]) checkMailbox(address);

  const subject = requireField(call, 'Message.Subject.Data');
  if (/[\r\n]/.test(subject)) throw new AwsFault('InvalidParameterValue', 'Control character in subject');
  const { 'Message.Body.Text.Data': text, 'Message.Body.Html.Data': html } = call.fields;
  if (text === undefined && html === undefined) {
    throw new AwsFault('InvalidParameterValue', 'Message body is empty');
  }
  for (const part of ['Subject', 'Body.Text', 'Body.Html']) checkCharset(call, `Message.${part}`);

  // As SES makes them: the time in hexadecimal, a UUID without hyphens in between, a counter.
  const messageId = `${Date.now().toString(16).padStart(16, '0')}-${randomBytes(4).toString('hex')}${randomUUID().slice(8)}-000000`;
  return {
    answer: queryResult(NAMESPACE, 'SendEmail', { MessageId: messageId }),
    message: {
      channel: 'email' as const,
      provider: ses.name,
      messageId,
      receivedAt: Date.now(),
      to,
      from,
      subject,
      ...(typeof html === 'string' && { html }),
      ...(typeof text === 'string' && { text }),
      raw: call.raw,
    },
  };
}

// An address after a display name that is quoted or made of encoded words; ASCII only (RFC 5322, RFC 2047).
const NAMED =
  /^(?:"(?:[^"\\]|\\.)*"|=\?[\w-]+\?[BQ]\?[^?\s]*\?=(?: =\?[\w-]+\?[BQ]\?[^?\s]*\?=)*) <([^<>]*)>$/;

function checkMailbox(mailbox: string): void {
  const [, address = mailbox] = NAMED.exec(mailbox) ?? [];
  if (/[^\x20-\x7e]/.test(mailbox) || !isAddress(address)) {
    throw new AwsFault('InvalidParameterValue', `Invalid address: ${mailbox}`);
  }
}

function checkCharset(call: AwsCall, part: string): void {
  const data = call.fields[`${part}.Data`];
  // Without a charset, SES takes text to be ASCII.
  if (typeof data === 'string' && call.fields[`${part}.Charset`] !== 'UTF-8' && /[^\0-\x7f]/.test(data)) {
    throw new AwsFault('InvalidParameterValue', `${part} is not ASCII and names no charset`);
  }
}
