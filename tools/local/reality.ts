import { awsConfig } from '../../lib/aws/config.js';
import { emailChannel } from '../../lib/email/channel.js';
import { SettingsError } from '../../lib/errors.js';
import { type Environment, readSettings, splitApps } from '../../lib/settings/settings.js';
import { smsChannel } from '../../lib/sms/channel.js';
import { AWS_PROVIDERS } from '../stage/aws-providers.js';
import { providerLabel } from './provider-labels.js';
import type { Routes } from './scenarios.js';

/** A provider that the settings name, and whether it is played on this machine. */
export interface ProviderInUse {
  readonly name: string;
  readonly label: string;
  readonly channels: readonly ('email' | 'sms')[];
  /** The server that gets the messages; undefined where it is played here. */
  readonly real: string | undefined;
}

/** The AWS services that are used besides the providers, which are always played here. */
const STATE_SERVICES = ['SSM', 'SQS', 'DYNAMODB'];
/** First words of settings that belong to no provider. */
const NO_PROVIDERS: ReadonlySet<string> = new Set(['aws', 'queue', 'state']);

/**
 * The functions' environment: each provider is either the loopback's or real, and nothing of the two is mixed. What a
 * stage or the shell sets for a provider is used where `real` names it, and nowhere else.
 *
 * @param options.settings of the stage, with overrides.
 * @param options.loopbacks points at every loopback.
 * @param options.credentials the developer's own, for a real provider of AWS.
 */
export function functionEnvironment(options: {
  settings: Environment;
  loopbacks: Environment;
  real: ReadonlySet<string>;
  credentials?: Environment;
}): Environment {
  const { settings, loopbacks, real, credentials = {} } = options;
  const providerOf = (name: string) => name.split('_', 1)[0]?.toLowerCase() ?? '';
  const played = new Set(
    Object.keys(loopbacks)
      .map(providerOf)
      .filter((name) => !real.has(name) && !NO_PROVIDERS.has(name)),
  );
  const isProviders = (name: string) => played.has(providerOf(name)) && name.includes('_');
  const endpoint = loopbacks['AWS_ENDPOINT_URL'];
  const realServices = new Set([...AWS_PROVIDERS].filter(([name]) => real.has(name)).map(([, id]) => id));
  const isAwsReal = realServices.size > 0;
  const services = [...STATE_SERVICES, ...AWS_PROVIDERS.values()].filter((id) => !realServices.has(id));
  return {
    ...Object.fromEntries(
      Object.entries(settings).filter(([name]) => !isProviders(name) && !name.startsWith('AWS_ENDPOINT_URL')),
    ),
    ...(isAwsReal ? { ...credentials, AWS_SESSION_TOKEN: credentials['AWS_SESSION_TOKEN'] } : {}),
    ...Object.fromEntries(Object.entries(loopbacks).filter(([name]) => !real.has(providerOf(name)))),
    ...(isAwsReal
      ? {
          AWS_ENDPOINT_URL: undefined,
          ...Object.fromEntries(services.map((id) => [`AWS_ENDPOINT_URL_${id}`, endpoint])),
        }
      : { AWS_ENDPOINT_URL: endpoint }),
  };
}

/** The providers that the settings of all apps name, in the order in which they are tried; faulty ones are left out. */
export function providersOf(environment: Environment, real: ReadonlySet<string>): ProviderInUse[] {
  const found = new Map<string, ProviderInUse>();
  for (const channel of [emailChannel, smsChannel]) {
    for (const app of splitApps(environment)) {
      const { route = [], hosts = new Map<string, string>() } =
        readOr(() =>
          readSettings(app, (get, refuse) => ({
            route: channel.settings(get, refuse).route.map(({ name, origin }) => ({ name, origin })),
            hosts: new Map([
              ['smtp', get('SMTP_HOST')],
              ['microsoft', get('MICROSOFT_SMTP_HOST')],
            ]),
          })),
        ) ?? {};
      for (const { name, origin } of route) {
        const channels = new Set([...(found.get(name)?.channels ?? []), channel.name]);
        const server = origin?.(awsConfig(environment)).host ?? hosts.get(name) ?? 'its own server';
        found.set(name, {
          name,
          label: providerLabel(name),
          channels: [...channels],
          real: real.has(name) ? server : undefined,
        });
      }
    }
  }
  return [...found.values()];
}

/** The routes of all apps and countries, as the settings name them; those of faulty settings are left out. */
export function routesOf(settings: Environment): Routes {
  const read = splitApps(settings).flatMap(
    (app) =>
      readOr(() =>
        readSettings(app, (get) => ({
          email: [get('EMAIL_PROVIDER')],
          sms: [...get('SMS_PROVIDER').values()],
        })),
      ) ?? [],
  );
  return { email: read.flatMap(({ email }) => email), sms: read.flatMap(({ sms }) => sms) };
}

function readOr<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return undefined;
  }
}

/** The providers for which something is set that the functions do not get, for a word about it. */
export function unusedSettings(
  settings: Environment,
  environment: Environment,
  providers: readonly ProviderInUse[],
): string[] {
  const isUnused = (name: string) =>
    Object.entries(settings).some(
      ([key, value]) => key.startsWith(`${name.toUpperCase()}_`) && environment[key] !== value,
    );
  return providers.map(({ name }) => name).filter(isUnused);
}
