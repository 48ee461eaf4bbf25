import type { SQSHandler } from 'aws-lambda';
import { emailChannel } from '../lib/email/channel.js';
import { workOf } from '../lib/relay/receive.js';
import { createWorker } from '../lib/relay/worker.js';
import { processEnvironment } from '../lib/settings/settings.js';
import { smsChannel } from '../lib/sms/channel.js';

/** The worker of the retry queue. */
export const handler: SQSHandler = createWorker([workOf(emailChannel), workOf(smsChannel)], {
  environment: processEnvironment(),
});
