import { systemClock } from '../../lib/clock.js';
import { awsConfig } from '../../lib/aws/config.js';
import type { Channel } from '../../lib/channel.js';
import type { Deliver } from '../../lib/delivery/route.js';
import { emailChannel } from '../../lib/email/channel.js';
import type { EmailMessage } from '../../lib/email/message.js';
import type { Message } from '../../lib/ownid/message.js';
import { type Environment, readSettings } from '../../lib/settings/settings.js';
import { createTransport } from '../../lib/net/transport.js';

/** The first email provider that an environment names, connected as the functions do. */
export function connectProvider(environment: Environment): Promise<Deliver<EmailMessage>> {
  return connectFirst({ EMAIL_FROM: 'otp@shop.example', ...environment }, emailChannel);
}

/** The first provider of a channel that an environment names. */
export async function connectFirst<M extends Message>(
  values: Environment,
  channel: Channel<M>,
  { transport = createTransport(), clock = systemClock } = {},
): Promise<Deliver<M>> {
  const { route } = readSettings({ app: '', values }, channel.settings);
  const [provider] = route;
  if (provider === undefined) throw new Error('no provider');
  return provider.connect({ aws: awsConfig(values, { transport, clock }), transport, clock });
}

export function emailMessage(fields: Partial<EmailMessage> = {}): EmailMessage {
  return {
    to: 'user@example.com',
    subject: 'Login Verification',
    html: '<p>Your verification code is: <b>5928</b></p>',
    ...fields,
  };
}
