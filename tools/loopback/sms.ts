import { randomBytes, randomUUID } from 'node:crypto';
import type { LoopbackOptions } from './provider.js';
import { startTwilioLoopback } from './twilio.js';

/** What of the SMS providers is not AWS's, and the settings that point the relay at it. */
export interface SmsLoopbacks {
  readonly environment: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** Starts Twilio on a free port; SNS and End User Messaging are played by `startAwsLoopback`. */
export async function startSmsLoopbacks(options: Omit<LoopbackOptions, 'port'>): Promise<SmsLoopbacks> {
  const credentials = { accountSid: `AC${randomBytes(16).toString('hex')}`, authToken: randomUUID() };
  const twilio = await startTwilioLoopback({ ...options, ...credentials });
  return {
    environment: {
      NOTIFY_CONFIGURATION_ID: 'nc-local',
      TWILIO_ACCOUNT_SID: credentials.accountSid,
      TWILIO_AUTH_TOKEN: credentials.authToken,
      TWILIO_SENDER: '+15005550006',
      TWILIO_API_URL: `http://127.0.0.1:${twilio.port}`,
    },
    close: () => twilio.close(),
  };
}
