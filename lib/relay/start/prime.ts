import { ENDPOINTS } from '../../aws/endpoints.js';
import type { Channel } from '../../channel.js';
import type { AppSettings, ChannelApps } from '../channel-apps.js';
import type { Container } from '../container.js';
import type { Message } from '../../ownid/message.js';
import { startDeadline, withDeadline } from '../../net/deadline.js';

/** How long to wait. The first request shares what is not ready by then; it would have had to wait for it anyway. */
const PATIENCE_MS = 1000;

/** A message to nobody (RFC 2606), in case it should be sent after all. */
const NOBODY = { to: 'nobody@example.invalid', subject: '-', html: '-', text: '-' };

/**
 * Gets ready for the first request while the function starts, when Lambda gives it a full CPU: opens connections,
 * fetches parameters and loads providers.
 *
 * It never sends, never throws, and does nothing outside Lambda.
 *
 * @returns when all of it is done, or a second has passed.
 */
export async function prime<M extends Message>(
  channel: Channel<M>,
  container: Container,
  apps: ChannelApps<M>,
): Promise<void> {
  const { environment, clock, dependencies } = container;
  const app = apps.find(undefined);
  if (environment['AWS_LAMBDA_INITIALIZATION_TYPE'] === undefined || app === undefined) return;
  const { outline } = app;
  const { aws, transport } = dependencies;

  const loadProviders = async () => {
    const { providers } = await app.settings();
    const route = await providers();
    // Given a message for which no time is left, providers that open connections of their own load their mailer, fetch
    // their token, and go no further.
    const own = route.filter((_, index) => outline.route[index]?.origin === undefined);
    const message = channel.readMessage(NOBODY);
    if (message === undefined) return;
    const options = { deadline: startDeadline(clock, 0), id: '', expiresAt: 0 };
    await Promise.allSettled(own.map(({ deliver }) => deliver(message, options)));
  };
  const connect = async () => {
    const servers = outline.route.flatMap(({ origin }) => origin?.(aws) ?? []);
    const opening = servers.map((server) => transport.prepare(server));
    if (environment['STATE_TABLE']) {
      opening.push(transport.prepare(aws.endpointOf(ENDPOINTS.dynamodb), writesAtOnce(outline)));
    }
    await Promise.all(opening);
  };
  // The longest wait starts first. Errors are ignored: the first request will meet and report them.
  const ready = Promise.allSettled([loadProviders(), connect()]);

  await withDeadline(clock, PATIENCE_MS, ({ signal }) => {
    const patience = new Promise((resolve) => {
      signal.addEventListener('abort', resolve);
    });
    return Promise.race([ready, patience]);
  });
}

/** After the claim, a message's counts are written in parallel, each over its own connection. */
function writesAtOnce<M>({ recipientLimit, totals, ranges }: AppSettings<M>): number {
  return Math.max(1, (recipientLimit === '*' ? 0 : 1) + totals.length + (ranges === undefined ? 0 : 1));
}
