import type { Channel } from './channel.js';
import type { ChannelApps } from './channel-apps.js';
import type { Container } from './container.js';
import { hashRecipient } from './log.js';
import type { Message } from './message.js';
import { readRequest } from './request.js';
import type { SettingValue } from './settings-table.js';
import { sign, verify } from './signature.js';
import { PREPARE_ONLY } from './transport.js';

/** Whom nothing reaches (RFC 2606; North American numbers kept for fiction), should all else fail. */
const SAMPLE = JSON.stringify({
  email: 'nobody@example.invalid',
  subject: 'Priming',
  body: '<p>Nothing is sent to <a href="https://example.invalid/">nobody</a> &amp; nowhere.</p>',
  phoneNumber: '+12025550123',
  messageText: 'Nothing is sent.',
});

/**
 * Runs the path of a request once while the function starts, which in Lambda happens with a whole CPU: settings are
 * fetched, providers loaded, code is compiled, connections are opened.
 *
 * It never sends (the signal that it gives is aborted), never throws, and does nothing elsewhere than in Lambda. Nobody
 * waits for it: what it has begun when the first request comes, that request shares. The promise is for tests.
 */
export async function prime<M extends Message>(
  channel: Channel<M>,
  { environment, dependencies: { aws } }: Container,
  apps: ChannelApps<M>,
): Promise<void> {
  if (environment['AWS_LAMBDA_INITIALIZATION_TYPE'] === undefined) return;

  const callStore = async () => {
    const { STATE_TABLE: table } = environment;
    if (!table) return;
    const { createDynamoDb } = await import('./aws/dynamodb.js');
    const { updateItem } = createDynamoDb(aws);
    await updateItem({ TableName: table, Key: { pk: { S: 'priming' } } }, { signal: PREPARE_ONLY });
  };
  const runPath = async () => {
    const settings = await apps.find(undefined)?.settings();
    if (settings === undefined) return;
    const message = parseSample(channel, settings.secrets);
    const route = await apps.route(settings);
    await Promise.allSettled(route.map(({ deliver }) => deliver(message, { signal: PREPARE_ONLY })));
  };
  // Whatever is wrong, the first request will meet it, and tell.
  await Promise.allSettled([callStore(), runPath()]);
}

function parseSample<M extends Message>(
  channel: Channel<M>,
  secrets: SettingValue<'OWNID_SHARED_SECRET'>,
): M {
  const now = Date.now();
  const timestamp = String(now);
  const request = readRequest({
    headers: {
      'ownid-timestamp': timestamp,
      'ownid-signature': sign(Buffer.from(SAMPLE), timestamp, secrets[0]),
    },
    body: SAMPLE,
  });
  const message = channel.parse(verify(request, { secrets, now }), request);
  hashRecipient(message.to, secrets[0]);
  return message;
}
