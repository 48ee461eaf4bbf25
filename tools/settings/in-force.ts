import type { ByCountry } from '../../lib/settings/by-country.js';
import { type Environment, parameterName, settingName, splitApps } from '../../lib/settings/settings.js';
import { type SettingName, SETTINGS } from '../../lib/settings/table.js';
import { whenUnset } from '../docs/settings-page.js';
import type { ChannelName } from '../ownid/ownid.js';
import { settingsRead } from '../stage/channel-faults.js';
import { isSecret } from '../stage/secret-settings.js';
import { providerNames, providersInUse } from '../stage/stage.js';

/** Settings that somebody or something gives; what stands in a later one holds. */
export interface Layer {
  /** Who gives them, as it is printed. */
  readonly from: string;
  readonly values: Environment;
}

/** One setting, as it holds. */
export interface InForce {
  /** With the app that it holds for, if that is not every other one: `EMAIL_FROM__SHOP`. */
  readonly setting: string;
  /** The country that it holds for; missing for every other one. */
  readonly country?: string;
  /** In words where it is not set; never a secret. */
  readonly value: string;
  readonly from: string;
}

const DEFAULT = 'default';
const HIDDEN = '(set, not shown)';
const NAMES = Object.keys(SETTINGS) as SettingName[];
const PROVIDERS = [...providerNames('email'), ...providerNames('sms')];

/** What holds for some channels: every setting that their functions read and their providers use, of every app. */
export function inForce(layers: readonly Layer[], channels: readonly ChannelName[]): InForce[] {
  const values = merged(layers);
  const used = providersInUse(values);
  const isOfOthers = (name: string) =>
    PROVIDERS.some((provider) => name.startsWith(`${provider.toUpperCase()}_`) && !used.includes(provider));
  const apps = splitApps(values);
  const read = apps.map(({ app, values: own }) => ({
    app,
    names: settingsRead({ app, values: own }, channels),
  }));
  return NAMES.filter((name) => !isOfOthers(name)).flatMap((name) => {
    const readers = read.filter(({ names }) => names.has(name));
    const overriding = readers.filter(({ app }) => app !== '' && `${name}__${app}` in values);
    // What every app that reads it overrides holds for nobody.
    const general = readers.length > overriding.length ? [name] : [];
    const keys = [...general, ...overriding.map(({ app }) => `${name}__${app}`)];
    return keys.flatMap((key) => byCountry(key, name, layers));
  });
}

/** The names that stand there without an effect: other providers' settings, and what is no setting. */
export function withoutEffect(layers: readonly Layer[], found: readonly InForce[]): string[] {
  const shown = new Set(found.map(({ setting }) => setting));
  return Object.keys(merged(layers)).filter((key) => settingName(key) !== undefined && !shown.has(key));
}

export function merged(layers: readonly Layer[]): Environment {
  return layers.reduce<Environment>((all, { values }) => ({ ...all, ...values }), {});
}

/** One entry for each country that the setting names, behind that for all others. */
function byCountry(key: string, name: SettingName, layers: readonly Layer[]): InForce[] {
  const layer = layers.findLast(({ values }) => values[key] !== undefined);
  if (layer === undefined) return [{ setting: key, value: unset(name), from: DEFAULT }];
  const { from } = layer;
  const text = layer.values[key] ?? '';
  const values = valuesByCountry(name, text);
  if (values === undefined) return [{ setting: key, value: shownValue(key, text), from }];
  const { '*': others, ...countries } = values;
  return [
    { setting: key, value: others ?? unset(name), from },
    ...Object.entries(countries).map(([country, value]) => ({
      setting: key,
      country,
      value: value ?? 'none',
      from,
    })),
  ];
}

/** The text of a setting as it may be shown. */
export function shownValue(key: string, text: string): string {
  if (text.trim() === '') return "''";
  const isReference = parameterName(text.trim()) !== undefined;
  return isSecret(settingName(key) ?? key) && !isReference ? HIDDEN : text.trim();
}

/** Undefined for a setting, or a text, that is the same for all countries. */
function valuesByCountry(name: SettingName, text: string): Record<string, string | undefined> | undefined {
  try {
    const values: unknown = SETTINGS[name].format(text.trim());
    if (!(values instanceof Map)) return undefined;
    return Object.fromEntries(
      [...(values as ByCountry<string | readonly string[]>)].map(([country, value]) => [
        country,
        typeof value === 'object' ? value.join() : value,
      ]),
    );
  } catch {
    // A reference, or a fault, which is reported beside it.
    return undefined;
  }
}

function unset(name: SettingName): string {
  const text = whenUnset(name).replaceAll('`', '');
  return text === 'required' ? 'not set' : text;
}
