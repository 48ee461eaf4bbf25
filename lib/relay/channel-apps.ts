import { type App, createApps } from '../settings/apps.js';
import { createBreaker } from '../delivery/breaker.js';
import type { Channel, ChannelSettings } from '../channel.js';
import type { Container } from './container.js';
import type { Provider } from '../delivery/route.js';
import type { Message } from '../ownid/message.js';
import { createParameterFetch } from '../aws/parameters.js';
import { createSecrets } from '../settings/secrets.js';
import { appName } from '../settings/settings.js';
import type { SettingValue } from '../settings/table.js';

/** One app's settings for one channel, as the pipelines need them. */
export interface AppSettings<M> extends ChannelSettings<M> {
  readonly secrets: SettingValue<'OWNID_SHARED_SECRET'>;
  readonly requiredHeader: SettingValue<'WEBHOOK_HEADER'>;
  /** For the answer, in milliseconds. */
  readonly timeBudgetMs: number;
  readonly ttlMs: number;
  readonly recipientLimit: number | '*';
  readonly recipientWindowMs: number;
}

export interface ChannelApps<M> {
  /** The app of a URL path or of a queue entry, if it is configured. */
  find(name: string | undefined): App<AppSettings<M>> | undefined;
  /** The route of an app, connected once for each settings object, which lives as long as its values do. */
  route(settings: AppSettings<M>): Promise<readonly Provider<M>[]>;
}

/**
 * The apps of one channel.
 *
 * @throws {SettingsError} listing every faulty setting of every app.
 */
export function createChannelApps<M extends Message>(
  channel: Channel<M>,
  { environment, now, log, measure, dependencies }: Container,
): ChannelApps<M> {
  const apps = createApps({
    environment,
    pick: (get): AppSettings<M> => ({
      secrets: get('OWNID_SHARED_SECRET'),
      requiredHeader: get('WEBHOOK_HEADER'),
      timeBudgetMs: get('TIME_BUDGET_MS'),
      ttlMs: get('OTP_TTL_SECONDS') * 1000,
      recipientLimit: get('RECIPIENT_LIMIT'),
      recipientWindowMs: get('RECIPIENT_WINDOW_SECONDS') * 1000,
      ...channel.settings(get),
    }),
    createSecrets: (names) =>
      createSecrets({
        names,
        fetchParameters: createParameterFetch(dependencies.aws),
        now,
        onFailure: () => {
          log('error', { channel: channel.name, reason: 'parameter_store_unavailable' });
          measure({ channel: channel.name, count: 'secretStoreDown' });
        },
      }),
    onMalformed: ({ faults }) => {
      log('error', { channel: channel.name, reason: 'parameter_malformed', faults });
      measure({ channel: channel.name, count: 'secretStoreDown' });
    },
  });
  const routes = new WeakMap<AppSettings<M>, Promise<readonly Provider<M>[]>>();

  return {
    find: (name) => apps.get(appName(name)),
    route: (settings) => {
      let connected = routes.get(settings);
      if (connected === undefined) {
        connected = connect(settings);
        routes.set(settings, connected);
        // A failure to load is not kept.
        connected.catch(() => routes.delete(settings));
      }
      return connected;
    },
  };

  function connect({ route }: AppSettings<M>): Promise<readonly Provider<M>[]> {
    return Promise.all(
      route.map(async ({ name, connect: connectProvider }) => ({
        name,
        deliver: await connectProvider(dependencies),
        breaker: createBreaker(now),
      })),
    );
  }
}
