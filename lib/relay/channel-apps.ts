import { type App, createApps } from '../settings/apps.js';
import { createBreaker } from '../delivery/breaker.js';
import type { Channel, ChannelSettings } from '../channel.js';
import type { Container } from './container.js';
import type { Provider } from '../delivery/route.js';
import type { Message } from '../ownid/message.js';
import { createParameterFetch } from '../aws/parameters.js';
import { createSecrets } from '../settings/secrets.js';
import { appName, type Get, type Refuse } from '../settings/settings.js';
import type { SettingValue } from '../settings/table.js';

type AppSecrets = SettingValue<'OWNID_SHARED_SECRET'>;

/** One app's settings for one channel, as read from its environment. */
export interface ConfiguredApp<M> extends ChannelSettings<M> {
  readonly secrets: AppSecrets;
  readonly requiredHeader: SettingValue<'WEBHOOK_HEADER'>;
  /** For the answer, in milliseconds. */
  readonly timeBudgetMs: number;
  /** For one call to the state table, in milliseconds. */
  readonly stateTimeoutMs: number;
  readonly ttlMs: number;
  readonly recipientLimit: number | '*';
  readonly recipientWindowMs: number;
  /** Whether the header `x-otp-dry-run`, which the signature does not cover, keeps a message from being sent. */
  readonly dryRunAllowed: boolean;
}

/** One app's settings for one channel, as webhook and worker need them. */
export interface AppSettings<M> extends ConfiguredApp<M> {
  /**
   * The providers that a message may use, or without a message all of the route. They are connected on first use and
   * kept until a setting's value changes.
   */
  readonly providers: (message?: M) => Promise<readonly Provider<M>[]>;
}

export interface ChannelApps<M> {
  /** The app of a URL path or of a queue entry, if it is configured. */
  find(name: string | undefined): App<AppSettings<M>> | undefined;
}

/** What one attempt (400 ms) and the queue (500 ms) need of the time budget. */
const SENDING_MS = 900;

const OWN_SECRET = { email: 'OWNID_EMAIL_SHARED_SECRET', sms: 'OWNID_SMS_SHARED_SECRET' } as const;

/** OwnID's console has a secret for each channel of an app; they may differ. */
export function readSharedSecrets(channel: keyof typeof OWN_SECRET, get: Get): AppSecrets {
  return get('OWNID_SHARED_SECRET', OWN_SECRET[channel]);
}

/**
 * Every setting that a channel's webhook and the worker read. Start, packaging and doctor all go through this list, so
 * that a fault found by one of them is found by all.
 */
export function readChannelSettings<M extends Message>(
  channel: Channel<M>,
  get: Get,
  refuse: Refuse,
): ConfiguredApp<M> {
  const configured = {
    secrets: readSharedSecrets(channel.name, get),
    requiredHeader: get('WEBHOOK_HEADER'),
    timeBudgetMs: get('TIME_BUDGET_MS'),
    stateTimeoutMs: get('STATE_TIMEOUT_MS'),
    ttlMs: get('OTP_TTL_SECONDS') * 1000,
    recipientLimit: get('RECIPIENT_LIMIT'),
    recipientWindowMs: get('RECIPIENT_WINDOW_SECONDS') * 1000,
    dryRunAllowed: get('DRY_RUN') === 'allowed',
    ...channel.settings(get, refuse),
  };
  refuse(
    ['TIME_BUDGET_MS', 'STATE_TIMEOUT_MS'],
    () =>
      configured.timeBudgetMs < configured.stateTimeoutMs + SENDING_MS &&
      `must be at least STATE_TIMEOUT_MS + ${SENDING_MS}, or nothing can be sent while the state table is slow`,
  );
  return configured;
}

/**
 * The apps of one channel.
 *
 * @throws {SettingsError} listing every faulty setting of every app.
 */
export function createChannelApps<M extends Message>(
  channel: Channel<M>,
  { environment, clock, random, log, measure, dependencies }: Container,
): ChannelApps<M> {
  const apps = createApps({
    environment,
    pick: (get, refuse): AppSettings<M> => {
      const configured = readChannelSettings(channel, get, refuse);
      return { ...configured, providers: connectWhenAsked(configured) };
    },
    createSecrets: (names) =>
      createSecrets({
        names,
        fetchParameters: createParameterFetch(dependencies.aws, random),
        clock,
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
  return { find: (name) => apps.get(appName(name)) };

  function connectWhenAsked({ route, routeOf }: ChannelSettings<M>): AppSettings<M>['providers'] {
    let connected: Promise<readonly Provider<M>[]> | undefined;
    const connect = () =>
      Promise.all(
        route.map(async ({ name, connect: connectProvider }) => ({
          name,
          deliver: await connectProvider(dependencies),
          breaker: createBreaker(clock.now),
        })),
      ).catch((error: unknown) => {
        // The next request may be able to load what this one could not.
        connected = undefined;
        throw error;
      });
    return async (message) => {
      const providers = await (connected ??= connect());
      if (routeOf === undefined || message === undefined) return providers;
      return routeOf(message).flatMap((name) => providers.find((provider) => provider.name === name) ?? []);
    };
  }
}
