import type { KeyObject } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { load as email } from '../../lib/email/providers.js';
import { load as sms } from '../../lib/sms/providers.js';
import { suggestion } from '../command.js';
import { SettingsError } from '../../lib/errors.js';
import { allProviders } from '../../lib/settings/by-country.js';
import { readSharedSecrets } from '../../lib/relay/channel-apps.js';
import { appName, type Environment, readSettings, splitApps } from '../../lib/settings/settings.js';
import { SETTINGS } from '../../lib/settings/table.js';
import type { ChannelName } from '../ownid/ownid.js';
import { readStackParameters, type StackParameters, StackParametersError } from './stack-parameters.cjs';

/**
 * Reads `settings/<stage>.yml`: flat names and their values.
 *
 * @throws {SettingsError} when there is no such file, or when it holds anything else.
 */
export async function readStageFile(stage: string): Promise<Record<string, string>> {
  const content = await readStageContent(stage);
  if (!Object.values(content).every(isScalar)) {
    throw new SettingsError([`settings/${stage}.yml must be a flat list of names and values`]);
  }
  return toEnvironment(content);
}

/**
 * The stack's parameters of a stage, from `settings/<stage>.stack.yml` and the defaults.
 *
 * @throws {SettingsError} with each fault of the file.
 */
export function readStack(stage: string): StackParameters {
  try {
    return readStackParameters(stage);
  } catch (error) {
    if (!(error instanceof StackParametersError)) throw error;
    throw new SettingsError(error.message.split('\n'));
  }
}

/** Below which the functions of a stage may read parameters. */
export function parameterPath(stage: string): string {
  return `/${readStack(stage).service}/${stage}/`;
}

/**
 * Reads `settings/<stage>.yml` as YAML has it: numbers are numbers.
 *
 * @throws {SettingsError} when there is no such file, or when it has no names.
 */
export async function readStageContent(stage: string): Promise<Record<string, unknown>> {
  const path = `settings/${stage}.yml`;
  if (!/^[A-Za-z][\w-]*$/.test(stage)) throw new SettingsError([`"${stage}" is not the name of a stage`]);
  let content: unknown;
  try {
    content = parse(await readFile(stageFile(stage), 'utf8')) ?? {};
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') throw new SettingsError([`${path}: ${message}`]);
    const stages = await stageNames();
    throw new SettingsError([
      `${path} does not exist: cp settings/prod.example.yml ${path}, and adapt it. The stages are ${stages.join(', ')}.${suggestion(stage, stages)}`,
    ]);
  }
  const found = namesAndValues(content);
  if (found === undefined) throw new SettingsError([`${path} must be a flat list of names and values`]);
  return found;
}

/** What was read of a file; undefined where that is no list of names and values. */
export function namesAndValues(content: unknown): Record<string, unknown> | undefined {
  const isList = typeof content === 'object' && content !== null && !Array.isArray(content);
  return isList ? { ...content } : undefined;
}

/** Where a stage's settings are. */
export function stageFile(stage: string): URL {
  return new URL(`../../settings/${stage}.yml`, import.meta.url);
}

/** The texts that a function's environment has of a stage's file. */
export function toEnvironment(content: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(content).flatMap(([name, value]) => (isScalar(value) ? [[name, String(value)]] : [])),
  );
}

export function isScalar(value: unknown): value is string | number | boolean {
  return ['string', 'number', 'boolean'].includes(typeof value);
}

/** The stages that have a file in `settings/`. */
async function stageNames(): Promise<string[]> {
  const files = await readdir(new URL('../../settings/', import.meta.url));
  return files.flatMap((file) => /^([^.]+)\.yml$/.exec(file)?.[1] ?? []).sort();
}

/** A stage's settings, with those that `overrides` has under the names of settings, such as `EMAIL_FROM__SHOP`. */
export function withOverrides(stage: Environment, overrides: Environment): Environment {
  const isSetting = (name: string) => Object.hasOwn(SETTINGS, name.replace(/__[A-Z0-9_]+$/, ''));
  return { ...stage, ...Object.fromEntries(Object.entries(overrides).filter(([name]) => isSetting(name))) };
}

/**
 * The countries whose numbers a function should know at start: those that its apps list. With `*` or behind a reference,
 * none is known beforehand.
 */
export function countriesInUse(environment: Environment): string[] {
  const listed = splitApps(environment).flatMap((app) => {
    try {
      const countries = readSettings(app, (get) => get('SMS_ALLOWED_COUNTRIES'));
      return countries === '*' ? [] : [...countries];
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      return [];
    }
  });
  return [...new Set(listed)];
}

/** The names that a channel's provider setting may have. */
export function providerNames(channel: ChannelName): readonly string[] {
  return Object.keys(channel === 'email' ? email : sms);
}

/** The providers that settings name, for all apps together; of an app whose settings are faulty none. */
export function providersInUse(environment: Environment): string[] {
  const named = splitApps(environment).flatMap((app) => {
    try {
      return readSettings(app, (get) => [...get('EMAIL_PROVIDER'), ...allProviders(get('SMS_PROVIDER'))]);
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
