import {
  SendNotifyTextMessage$,
  type SendNotifyTextMessageCommandInput,
  type SendNotifyTextMessageCommandOutput,
} from '@aws-sdk/client-pinpoint-sms-voice-v2';
import { createAwsCall } from '../aws/call.js';
import { type AwsConfig, unreadableAnswer } from '../aws/config.js';
import type { Deliver } from '../delivery/route.js';
import { DeliveryError } from '../errors.js';
import { type ByCountry, forCountry } from '../settings/by-country.js';
import { classifyEum, EUM, timeToLive } from './eum-service.js';
import type { SmsMessage } from './message.js';

export interface NotifySettings {
  readonly configurationId: string;
  readonly templateId: ByCountry<string>;
}

const PROVIDER = 'notify';

/** AWS End User Messaging Notify through SendNotifyTextMessage: our code in a text of AWS's, from a number of AWS's. */
export function createNotify(settings: NotifySettings, aws: AwsConfig): Deliver<SmsMessage> {
  const send = createAwsCall<SendNotifyTextMessageCommandInput, SendNotifyTextMessageCommandOutput>(
    EUM,
    SendNotifyTextMessage$,
    aws,
  );
  return async ({ to, country, code }, { deadline, expiresAt }) => {
    // A provider that sends the text itself can still deliver it.
    if (code === undefined) throw new DeliveryError('misconfigured', { provider: PROVIDER, code: 'NO_CODE' });
    const templateId = forCountry(settings.templateId, country);
    try {
      // The answer's `ResolvedMessageBody` holds the code: nothing but the id is taken from it.
      const { MessageId, $metadata } = await send(
        {
          NotifyConfigurationId: settings.configurationId,
          DestinationPhoneNumber: to,
          TemplateVariables: { code },
          TimeToLive: timeToLive(expiresAt, aws.clock.now()),
          ...(templateId !== undefined && { TemplateId: templateId }),
        },
        { deadline },
      );
      if (MessageId === undefined) throw unreadableAnswer($metadata);
      return { provider: PROVIDER, messageId: MessageId };
    } catch (cause) {
      const { kind, code: reason } = classifyEum(cause);
      throw new DeliveryError(kind, { provider: PROVIDER, code: reason, cause });
    }
  };
}
