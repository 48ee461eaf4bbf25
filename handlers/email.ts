import { emailChannel } from '../lib/email/channel.js';
import type { Handler } from '../lib/relay/webhook.js';
import { processEnvironment } from '../lib/settings/settings.js';
import { createWebhook, whenPrimed } from '../lib/relay/start/webhook-function.js';

const webhook = createWebhook(emailChannel, { environment: processEnvironment() });

/** OwnID's custom email provider webhook: `POST /email` and `POST /email/{app}`. */
export const handler: Handler = webhook;

// Not a top-level await, because `serverless invoke local` loads the module with require().
export const then = whenPrimed(webhook);
