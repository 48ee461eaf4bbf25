import { emailChannel } from '../lib/email/channel.js';
import { processEnvironment } from '../lib/settings.js';
import { createWebhook } from '../lib/webhook.js';

/** OwnID's custom email provider webhook: `POST /email` and `POST /email/{app}`. */
export const handler = createWebhook(emailChannel, { environment: processEnvironment() });
