import type { APIGatewayProxyHandlerV2 } from 'aws-lambda';
import { smsChannel } from '../lib/sms/channel.js';
import { createWebhook } from '../lib/relay/start/webhook-function.js';
import { processEnvironment } from '../lib/settings/settings.js';

const webhook = createWebhook(smsChannel, { environment: processEnvironment() });

/** OwnID's custom SMS provider webhook: `POST /sms` and `POST /sms/{app}`. */
export const handler: APIGatewayProxyHandlerV2 = webhook.handler;

// Lambda waits for this module before the first request, and gives it a full CPU until then.
await webhook.primed;
