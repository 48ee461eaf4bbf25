import { systemClock } from '../../lib/clock.js';
import { awsConfig } from '../../lib/aws/config.js';
import type { Deliver } from '../../lib/delivery/route.js';
import { emailChannel } from '../../lib/email/channel.js';
import type { EmailMessage } from '../../lib/email/message.js';
import { type Environment, readSettings } from '../../lib/settings/settings.js';
import { createTransport } from '../../lib/net/transport.js';

/** The first provider that an environment names, connected as the functions do. */
export async function connectProvider(environment: Environment): Promise<Deliver<EmailMessage>> {
  const values = { EMAIL_FROM: 'otp@shop.example', ...environment };
  const { route } = readSettings({ app: '', values }, emailChannel.settings);
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
