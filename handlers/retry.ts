import { emailChannel } from '../lib/email/channel.js';
import { createResend } from '../lib/resend.js';
import { processEnvironment } from '../lib/settings.js';
import { smsChannel } from '../lib/sms/channel.js';
import { createWorker } from '../lib/worker.js';

/** The worker of the retry queue. */
export const handler = createWorker(
  {
    email: (container) => createResend(emailChannel, container),
    sms: (container) => createResend(smsChannel, container),
  },
  { environment: processEnvironment() },
);
