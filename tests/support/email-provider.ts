import { systemClock } from '../../lib/clock.js';
import { awsConfig } from '../../lib/aws/config.js';
import type { Channel } from '../../lib/channel.js';
import type { Deliver } from '../../lib/delivery/route.js';
import { emailChannel } from '../../lib/email/channel.js';
import type { EmailMessage } from '../../lib/email/message.js';
import type { Message } from '../../lib/ownid/message.js';
import { type Environment, readSettings } from '../../lib/settings/settings.js';
import { smsChannel } from '../../lib/sms/channel.js';
import type { SmsMessage } from '../../lib/sms/message.js';
import { createTransport } from '../../lib/net/transport.js';

/** The first email provider that an environment names, connected as the functions do. */
export function connectProvider(environment: Environment): Promise<Deliver<EmailMessage>> {
  return connectFirst({ EMAIL_FROM: 'otp@shop.example', ...environment }, emailChannel);
}

/** The first SMS provider that an environment names, connected as the functions do. */
export function connectSmsProvider(environment: Environment): Promise<Deliver<SmsMessage>> {
  return connectFirst(environment, smsChannel);
}

async function connectFirst<M extends Message>(
  values: Environment,
  channel: Channel<M>,
): Promise<Deliver<M>> {
  const { route } = readSettings({ app: '', values }, channel.settings);
  const transport = createTransport();
  const [provider] = route;
  if (provider === undefined) throw new Error('no provider');
  return provider.connect({ aws: awsConfig(values, { transport }), transport, clock: systemClock });
}

export function emailMessage(fields: Partial<EmailMessage> = {}): EmailMessage {
  return {
    to: 'user@example.com',
    subject: 'Login Verification',
    html: '<p>Your verification code is: <b>5928</b></p>',
    ...fields,
  };
}
