import type { Deliver } from '../../lib/delivery/route.js';
import type { Environment } from '../../lib/settings/settings.js';
import { smsChannel } from '../../lib/sms/channel.js';
import type { SmsMessage } from '../../lib/sms/message.js';
import { connectFirst } from './email-provider.js';

/** The first SMS provider that an environment names, connected as the functions do. */
export function connectSmsProvider(
  environment: Environment,
  dependencies: Parameters<typeof connectFirst>[2] = {},
): Promise<Deliver<SmsMessage>> {
  return connectFirst(environment, smsChannel, dependencies);
}

export function smsMessage(fields: Partial<SmsMessage> = {}): SmsMessage {
  return { to: '+12133734253', country: 'US', text: 'Your code is 5928', code: '5928', ...fields };
}
