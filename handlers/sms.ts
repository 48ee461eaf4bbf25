import { smsChannel } from '../lib/sms/channel.js';
import { processEnvironment } from '../lib/settings.js';
import { createWebhook } from '../lib/webhook.js';

/** OwnID's custom SMS provider webhook: `POST /sms` and `POST /sms/{app}`. */
export const handler = createWebhook(smsChannel, { environment: processEnvironment() });
