import {
  errorTypeRegistries,
  type MessageAttributeValue,
  Publish$,
  type PublishCommandInput,
  type PublishCommandOutput,
} from '@aws-sdk/client-sns';
import { AwsQueryProtocol } from '@aws-sdk/core/protocols';
import { type AwsConfig, readAwsFailure, unreadableAnswer } from '../aws/config.js';
import { type AwsService, createAwsCall } from '../aws/call.js';
import { ENDPOINTS } from '../aws/endpoints.js';
import type { Deliver } from '../delivery/route.js';
import { DeliveryError, type DeliveryErrorKind } from '../errors.js';
import { type ByCountry, forCountry } from '../settings/by-country.js';
import type { SmsMessage } from './message.js';
import { type SmsSender, senderFor } from './sender.js';

export interface SnsSettings {
  readonly sender: SmsSender;
  readonly maxPriceUsd: ByCountry<string>;
  readonly dltEntityId: string | undefined;
  readonly dltTemplateId: string | undefined;
}

const PROVIDER = 'sns';

export const SNS: AwsService = {
  ...ENDPOINTS.sns,
  signingName: 'sns',
  protocol: new AwsQueryProtocol({
    defaultNamespace: 'com.amazonaws.sns',
    errorTypeRegistries,
    xmlNamespace: 'http://sns.amazonaws.com/doc/2010-03-31/',
    version: '2010-03-31',
  }),
};

/** Amazon SNS, publishing straight to a phone number. */
export function createSns(settings: SnsSettings, aws: AwsConfig): Deliver<SmsMessage> {
  const publish = createAwsCall<PublishCommandInput, PublishCommandOutput>(SNS, Publish$, aws);
  return async (message, { deadline }) => {
    const payload = snsPayload(message, settings);
    try {
      const { MessageId, $metadata } = await publish(payload, { deadline });
      if (MessageId === undefined) throw unreadableAnswer($metadata);
      return { provider: PROVIDER, messageId: MessageId };
    } catch (cause) {
      const { kind, code } = classifySns(cause);
      throw new DeliveryError(kind, { provider: PROVIDER, code, cause });
    }
  };
}

/** Attribute names from the Amazon SNS developer guide, "Publishing SMS messages to a mobile phone". */
export function snsPayload(message: SmsMessage, settings: SnsSettings): PublishCommandInput {
  const { number, senderId } = senderFor(settings.sender, message.country);
  const maxPrice = forCountry(settings.maxPriceUsd, message.country);
  return {
    PhoneNumber: message.to,
    Message: message.text,
    MessageAttributes: {
      'AWS.SNS.SMS.SMSType': attribute('String', 'Transactional'),
      ...(senderId && { 'AWS.SNS.SMS.SenderID': attribute('String', senderId) }),
      ...(maxPrice && { 'AWS.SNS.SMS.MaxPrice': attribute('Number', maxPrice) }),
      ...(number && { 'AWS.MM.SMS.OriginationNumber': attribute('String', number) }),
      ...(settings.dltEntityId && { 'AWS.MM.SMS.EntityId': attribute('String', settings.dltEntityId) }),
      ...(settings.dltTemplateId && { 'AWS.MM.SMS.TemplateId': attribute('String', settings.dltTemplateId) }),
    },
  };
}

function attribute(type: 'String' | 'Number', value: string): MessageAttributeValue {
  return { DataType: type, StringValue: value };
}

const MESSAGE_AT_FAULT = /^(?:InvalidParameter|ParameterValueInvalid|OptedOut|UserError|Validation)/;

/** Amazon SNS API reference, Publish, Errors. */
export function classifySns(error: unknown): { kind: DeliveryErrorKind; code: string } {
  const { kind, code, message } = readAwsFailure(error);
  const sandbox = code.startsWith('UserError') && /sandbox/i.test(message);
  // An invalid message attribute is one of our settings; an invalid number or text is this message.
  const attributeInvalid = code.startsWith('InvalidParameter') && /AWS\.(?:SNS|MM)\.SMS\./.test(message);
  if (sandbox || attributeInvalid) return { kind: 'misconfigured', code };
  return { kind: kind ?? (MESSAGE_AT_FAULT.test(code) ? 'rejected' : 'ambiguous'), code };
}
