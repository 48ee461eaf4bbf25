import {
  SendTextMessage$,
  type SendTextMessageCommandInput,
  type SendTextMessageCommandOutput,
} from '@aws-sdk/client-pinpoint-sms-voice-v2';
import { createAwsCall } from '../aws/call.js';
import { type AwsConfig, unreadableAnswer } from '../aws/config.js';
import type { Deliver } from '../delivery/route.js';
import { DeliveryError } from '../errors.js';
import { type ByCountry, forCountry } from '../settings/by-country.js';
import { classifyEum, EUM, timeToLive } from './eum-service.js';
import type { SmsMessage } from './message.js';
import { type SmsSender, senderFor } from './sender.js';

export interface EumSettings {
  readonly sender: SmsSender;
  /** The id or ARN of a pool, number, sender id or RCS agent, in place of the sender. */
  readonly originationIdentity: ByCountry<string>;
  readonly maxPriceUsd: ByCountry<string>;
  readonly configurationSet: string | undefined;
  readonly protectConfigurationId: string | undefined;
  readonly dltEntityId: string | undefined;
  readonly dltTemplateId: string | undefined;
}

const PROVIDER = 'eum';

/** AWS End User Messaging SMS through its SendTextMessage action. */
export function createEum(settings: EumSettings, aws: AwsConfig): Deliver<SmsMessage> {
  const send = createAwsCall<SendTextMessageCommandInput, SendTextMessageCommandOutput>(
    EUM,
    SendTextMessage$,
    aws,
  );
  return async (message, { deadline, expiresAt }) => {
    const payload = eumPayload(message, settings, timeToLive(expiresAt, aws.clock.now()));
    try {
      const { MessageId, $metadata } = await send(payload, { deadline });
      if (MessageId === undefined) throw unreadableAnswer($metadata);
      return { provider: PROVIDER, messageId: MessageId };
    } catch (cause) {
      const { kind, code } = classifyEum(cause);
      throw new DeliveryError(kind, { provider: PROVIDER, code, cause });
    }
  };
}

/**
 * AWS End User Messaging SMS and voice v2 API reference, SendTextMessage.
 *
 * @param ttl seconds.
 */
export function eumPayload(
  message: SmsMessage,
  settings: EumSettings,
  ttl: number,
): SendTextMessageCommandInput {
  const { configurationSet, protectConfigurationId, dltEntityId, dltTemplateId } = settings;
  const { number, senderId } = senderFor(settings.sender, message.country);
  const identity = forCountry(settings.originationIdentity, message.country) ?? number ?? senderId;
  const maxPrice = forCountry(settings.maxPriceUsd, message.country);
  const india = message.country === 'IN' && {
    ...(dltEntityId !== undefined && { IN_ENTITY_ID: dltEntityId }),
    ...(dltTemplateId !== undefined && { IN_TEMPLATE_ID: dltTemplateId }),
  };
  return {
    DestinationPhoneNumber: message.to,
    MessageBody: message.text,
    MessageType: 'TRANSACTIONAL',
    TimeToLive: ttl,
    ...(identity !== undefined && { OriginationIdentity: identity }),
    ...(maxPrice !== undefined && { MaxPrice: eumPrice(maxPrice) }),
    ...(configurationSet !== undefined && { ConfigurationSetName: configurationSet }),
    ...(protectConfigurationId !== undefined && { ProtectConfigurationId: protectConfigurationId }),
    ...(india && Object.keys(india).length > 0 && { DestinationCountryParameters: india }),
  };
}

/** `MaxPrice` has a point, one to five digits after it and at most two before it. */
function eumPrice(usd: string): string {
  const [whole = '', cents = '0'] = usd.split('.');
  return whole.length > 2 ? '99.99999' : `${whole}.${cents}`;
}
