import type { SQSHandler } from 'aws-lambda';
import { emailChannel } from '../lib/email/channel.js';
import { createResend } from '../lib/relay/resend.js';
import { processEnvironment } from '../lib/settings/settings.js';
import { smsChannel } from '../lib/sms/channel.js';
import { createWorker } from '../lib/relay/worker.js';

/** The worker of the retry queue. */
export const handler: SQSHandler = createWorker(
  {
    email: (container) => createResend(emailChannel, container),
    sms: (container) => createResend(smsChannel, container),
  },
  { environment: processEnvironment() },
);
