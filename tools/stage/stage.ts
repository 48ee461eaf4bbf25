import type { KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { SettingsError } from '../../lib/errors.js';
import { readSharedSecrets } from '../../lib/relay/channel-apps.js';
import { appName, type Environment, readSettings, splitApps } from '../../lib/settings/settings.js';
import { SETTINGS } from '../../lib/settings/table.js';
import type { ChannelName } from '../ownid/ownid.js';

/**
 * Reads `settings/<stage>.yml`: flat names and their values.
 *
 * @throws {SettingsError} when there is no such file, or when it holds anything else.
 */
export async function readStageFile(stage: string): Promise<Record<string, string>> {
  const path = `settings/${stage}.yml`;
  if (!/^[A-Za-z][\w-]*$/.test(stage)) throw new SettingsError([`"${stage}" is not the name of a stage`]);
  let content: unknown;
  try {
    content = parse(await readFile(new URL(`../../${path}`, import.meta.url), 'utf8')) ?? {};
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new SettingsError([code === 'ENOENT' ? `${path} does not exist` : `${path}: ${message}`]);
  }
  const isScalar = (value: unknown) => ['string', 'number', 'boolean'].includes(typeof value);
  if (typeof content !== 'object' || content === null || !Object.values(content).every(isScalar)) {
    throw new SettingsError([`${path} must be a flat list of names and values`]);
  }
  return Object.fromEntries(Object.entries(content).map(([name, value]) => [name, String(value)]));
}

/** A stage's settings, with those that `overrides` has under the names of settings, such as `EMAIL_FROM__SHOP`. */
export function withOverrides(stage: Environment, overrides: Environment): Environment {
  const isSetting = (name: string) => Object.hasOwn(SETTINGS, name.replace(/__[A-Z0-9_]+$/, ''));
  return { ...stage, ...Object.fromEntries(Object.entries(overrides).filter(([name]) => isSetting(name))) };
}

/** The providers that settings name, for all apps together; of an app whose settings are faulty none. */
export function providersInUse(environment: Environment): string[] {
  const named = splitApps(environment).flatMap((app) => {
    try {
      return readSettings(app, (get) => [...get('EMAIL_PROVIDER'), ...get('SMS_PROVIDER')]);
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      return [];
    }
  });
  return [...new Set(named)];
}

/**
 * The secret that OwnID signs a channel's webhooks with, of the default app where the settings know no such app.
 *
 * @throws {SettingsError} when it is missing or malformed.
 */
export function signingSecret(
  environment: Environment,
  webhook: { readonly channel: ChannelName; readonly app: string },
  parameters: ReadonlyMap<string, string>,
): KeyObject {
  const apps = splitApps(environment);
  const app = apps.find((candidate) => candidate.app === appName(webhook.app)) ?? {
    app: '',
    values: environment,
  };
  return readSettings(app, (get) => readSharedSecrets(webhook.channel, get), parameters)[0];
}
