import {
  errorTypeRegistries,
  SendEmail$,
  type SendEmailCommandInput,
  type SendEmailCommandOutput,
} from '@aws-sdk/client-ses';
import { AwsQueryProtocol } from '@aws-sdk/core/protocols';
import { type AwsConfig, readAwsFailure, unreadableAnswer } from '../aws/config.js';
import { type AwsService, createAwsCall } from '../aws/call.js';
import { ENDPOINTS } from '../aws/endpoints.js';
import type { Deliver } from '../delivery/route.js';
import { DeliveryError, type DeliveryErrorKind } from '../errors.js';
import type { EmailMessage } from './message.js';
import { toPlainText } from './plain-text.js';
import { formatSender, type Sender } from './sender.js';

export interface SesSettings {
  readonly sender: Sender;
  readonly configurationSet: string | undefined;
}

const PROVIDER = 'ses';

export const SES: AwsService = {
  ...ENDPOINTS.ses,
  signingName: 'ses',
  protocol: new AwsQueryProtocol({
    defaultNamespace: 'com.amazonaws.ses',
    errorTypeRegistries,
    xmlNamespace: 'http://ses.amazonaws.com/doc/2010-12-01/',
    version: '2010-12-01',
  }),
};

/** Amazon SES through its SendEmail action. */
export function createSes(settings: SesSettings, aws: AwsConfig): Deliver<EmailMessage> {
  const sendEmail = createAwsCall<SendEmailCommandInput, SendEmailCommandOutput>(SES, SendEmail$, aws);
  return async (message, { deadline }) => {
    const payload = sesPayload(message, settings);
    try {
      const { MessageId, $metadata } = await sendEmail(payload, { deadline });
      if (MessageId === undefined) throw unreadableAnswer($metadata);
      return { provider: PROVIDER, messageId: MessageId };
    } catch (cause) {
      const { kind, code } = classifySes(cause);
      throw new DeliveryError(kind, { provider: PROVIDER, code, cause });
    }
  };
}

export function sesPayload(
  message: EmailMessage,
  { sender, configurationSet }: SesSettings,
): SendEmailCommandInput {
  const text = toPlainText(message.html);
  return {
    Source: formatSender(sender),
    Destination: { ToAddresses: [message.to] },
    ...(sender.replyTo !== undefined && { ReplyToAddresses: [sender.replyTo] }),
    Message: {
      Subject: { Data: message.subject, Charset: 'UTF-8' },
      Body: {
        ...(text !== '' && { Text: { Data: text, Charset: 'UTF-8' } }),
        Html: { Data: message.html, Charset: 'UTF-8' },
      },
    },
    ...(message.tags?.length && {
      Tags: message.tags.map(({ name, value }) => ({ Name: name, Value: value })),
    }),
    ...(configurationSet !== undefined && { ConfigurationSetName: configurationSet }),
  };
}

const ACCOUNT_AT_FAULT =
  /^(?:AccountSendingPaused|ConfigurationSetDoesNotExist|ConfigurationSetSendingPaused|MailFromDomainNotVerified)/;
/** The same code stands for faults of the message; only the text tells them apart. */
const ACCOUNT_WORDS = /not verified|sending (?:paused|suspended) for this account/i;
const MESSAGE_AT_FAULT =
  /^(?:MessageRejected|InvalidParameter|MissingParameter|Validation|RequestEntityTooLarge)/;

/** Amazon SES API reference, SendEmail, Errors, and "Common errors"; developer guide, "Errors related to sending quotas". */
export function classifySes(error: unknown): { kind: DeliveryErrorKind; code: string } {
  const { kind, code, message } = readAwsFailure(error);
  // Both quotas have the same error code, but only the sending rate recovers within a minute.
  const dailyQuota = code.startsWith('Throttling') && /daily message quota/i.test(message);
  const inWords = code.startsWith('MessageRejected') && ACCOUNT_WORDS.test(message);
  if (dailyQuota || inWords || ACCOUNT_AT_FAULT.test(code)) return { kind: 'misconfigured', code };
  if (code.startsWith('ServiceUnavailable')) return { kind: 'transient', code };
  return { kind: kind ?? (MESSAGE_AT_FAULT.test(code) ? 'rejected' : 'ambiguous'), code };
}
