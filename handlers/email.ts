import type { APIGatewayProxyHandlerV2 } from 'aws-lambda';
import { emailChannel } from '../lib/email/channel.js';
import { createWebhook } from '../lib/relay/start/webhook-function.js';
import { processEnvironment } from '../lib/settings/settings.js';

const webhook = createWebhook(emailChannel, { environment: processEnvironment() });

/** OwnID's custom email provider webhook: `POST /email` and `POST /email/{app}`. */
export const handler: APIGatewayProxyHandlerV2 = webhook.handler;

// Lambda waits for this module before the first request, and gives it a full CPU until then.
await webhook.primed;
