import { randomUUID } from 'node:crypto';
import { queryFault, queryResult } from './aws-protocols.js';
import { type AwsCall, AwsFault, type AwsService, refuseUnknownFields, requireField } from './aws-service.js';

const NAMESPACE = 'http://sns.amazonaws.com/doc/2010-03-31/';
const KNOWN_FIELDS =
  /^(?:PhoneNumber|Message|MessageAttributes\.entry\.\d+\.(?:Name|Value\.(?:DataType|StringValue)))$/;
const MAX_MESSAGE_BYTES = 1600;

/** Amazon SNS developer guide, "Publishing SMS messages to a mobile phone": type and form of each attribute. */
const ATTRIBUTES: Readonly<Record<string, { type: string; form: RegExp } | undefined>> = {
  'AWS.SNS.SMS.SMSType': { type: 'String', form: /^(?:Transactional|Promotional)$/ },
  'AWS.SNS.SMS.SenderID': { type: 'String', form: /^(?=.*[A-Za-z])[A-Za-z0-9-]{1,11}$/ },
  'AWS.SNS.SMS.MaxPrice': { type: 'Number', form: /^\d+(?:\.\d{1,5})?$/ },
  'AWS.MM.SMS.OriginationNumber': { type: 'String', form: /^\+?\d{3,15}$/ },
  'AWS.MM.SMS.EntityId': { type: 'String', form: /^\d{1,50}$/ },
  'AWS.MM.SMS.TemplateId': { type: 'String', form: /^\d{1,50}$/ },
};

/** Amazon SNS, API version 2010-03-31, Publish to a phone number. */
export const sns: AwsService = {
  name: 'sns',
  actions: { Publish: publish },
  // Amazon SNS API reference, Publish, Errors.
  faults: {
    transient: { status: 400, code: 'Throttling', message: 'Rate exceeded' },
    rejected: {
      status: 400,
      code: 'InvalidParameter',
      message: 'Invalid parameter: PhoneNumber Reason: the number is not valid to publish to',
    },
    misconfigured: {
      status: 403,
      code: 'AuthorizationError',
      message: 'User is not authorized to perform: SNS:Publish',
    },
  },
  refuse: (fault) => queryFault(NAMESPACE, fault),
};

function publish(call: AwsCall) {
  refuseUnknownFields(call, KNOWN_FIELDS);
  const to = requireField(call, 'PhoneNumber');
  const text = requireField(call, 'Message');
  if (!/^\+[1-9]\d{1,14}$/.test(to)) throw invalid('PhoneNumber', `${to} is not valid to publish to`);
  if (Buffer.byteLength(text) > MAX_MESSAGE_BYTES) throw invalid('Message', 'too long');
  for (const [name, { type, value }] of readAttributes(call)) {
    const attribute = ATTRIBUTES[name];
    if (attribute?.type !== type || !attribute.form.test(value)) throw invalid('MessageAttributes', name);
  }

  const messageId = randomUUID();
  return {
    answer: queryResult(NAMESPACE, 'Publish', { MessageId: messageId }),
    message: {
      channel: 'sms' as const,
      provider: sns.name,
      messageId,
      receivedAt: Date.now(),
      to,
      text,
      raw: call.raw,
    },
  };
}

function readAttributes(call: AwsCall): Map<string, { type: string; value: string }> {
  const attributes = new Map<string, { type: string; value: string }>();
  for (let index = 1; ; index++) {
    const entry = `MessageAttributes.entry.${index}`;
    if (call.fields[`${entry}.Name`] === undefined) return attributes;
    attributes.set(requireField(call, `${entry}.Name`), {
      type: requireField(call, `${entry}.Value.DataType`),
      value: requireField(call, `${entry}.Value.StringValue`),
    });
  }
}

function invalid(parameter: string, reason: string): AwsFault {
  return new AwsFault('InvalidParameter', `Invalid parameter: ${parameter} Reason: ${reason}`);
}
