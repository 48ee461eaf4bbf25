import { ENDPOINTS } from '../../aws/endpoints.js';
import type { Channel } from '../../channel.js';
import type { AppSettings, ChannelApps } from '../channel-apps.js';
import type { Container } from '../container.js';
import type { Message } from '../../ownid/message.js';
import { withDeadline } from '../../net/deadline.js';
import { rehearse } from './rehearsal.js';
import type { Environment } from '../../settings/settings.js';

/** Lambda developer guide, "Configure Lambda function memory": a function of less gets a part of a CPU. */
const MB_OF_A_CPU = 1769;
/** What is not ready then is shared with the first request, which would have had to wait for it all the same. */
const PATIENCE_MS = 1000;

/**
 * Gets ready for the first request while the function starts, which in Lambda happens with a whole CPU: connections are
 * opened, parameters fetched, providers loaded, and the path of a request is run once, so that its code is compiled.
 *
 * It never sends, never throws, and does nothing elsewhere than in Lambda.
 *
 * @returns when all that is done, or a second has passed.
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
    await providers();
  };
  const connect = async () => {
    const servers = outline.route.flatMap(({ origin }) => origin?.(aws) ?? []);
    const opening = servers.map((server) => transport.prepare(server));
    if (environment['STATE_TABLE']) {
      opening.push(transport.prepare(aws.endpointOf(ENDPOINTS.dynamodb), writesAtOnce(outline)));
    }
    await Promise.all(opening);
  };
  const run = async () => {
    if (rehearsalPays(environment, outline)) await rehearse(channel, container, apps);
  };
  // What others take long for comes first. Whatever is wrong, the first request will meet it, and tell.
  const ready = Promise.allSettled([loadProviders(), connect(), run()]);

  await withDeadline(clock, PATIENCE_MS, ({ signal }) => {
    const patience = new Promise((resolve) => {
      signal.addEventListener('abort', resolve);
    });
    return Promise.race([ready, patience]);
  });
}

/**
 * Where the first request has a whole CPU too, to run its path twice takes longer than once, but for providers that have
 * more to get ready than their connection.
 */
function rehearsalPays<M>(
  { AWS_LAMBDA_FUNCTION_MEMORY_SIZE: megabytes }: Environment,
  { route }: AppSettings<M>,
): boolean {
  return !(Number(megabytes) >= MB_OF_A_CPU) || route.some(({ origin }) => origin === undefined);
}

/** The counts of a message follow its claim and are written in parallel, each over a connection of its own. */
function writesAtOnce<M>({ recipientLimit, totals }: AppSettings<M>): number {
  return Math.max(1, (recipientLimit === '*' ? 0 : 1) + totals.length);
}
