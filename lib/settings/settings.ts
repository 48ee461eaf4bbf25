import { SettingsError } from '../errors.js';
import type { Setting } from './setting.js';
import { type SettingName, SETTINGS, type SettingValue } from './table.js';

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The environment of one app: variables that end in `__<APP>` replace those without the suffix. */
export interface AppEnvironment {
  /** In capitals with underscores (`MY_SHOP` for `/email/my-shop`); empty for the default app. */
  readonly app: string;
  readonly values: Environment;
}

/**
 * Returns one setting's value; {@link readSettings} passes it to the function that picks the settings it needs.
 *
 * @param special a setting of the same format that wins over `name`, unless only `name` is set for the app itself.
 */
export type Get = <N extends SettingName>(name: N, special?: SettingName) => SettingValue<N>;

/**
 * Checks several settings against each other. A fault that `judge` returns is reported for the first of `names`;
 * `judge` is not called if one of them is not known yet, or is faulty by itself.
 */
export type Refuse = (
  names: readonly [SettingName, ...SettingName[]],
  judge: () => string | false | undefined,
) => void;

const REFERENCE = 'ssm:';
const NAME = /^([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*)(?:__([A-Z0-9]+(?:_[A-Z0-9]+)*))?$/;

/** The process's environment. Nothing else in `handlers/` and `lib/` reads it. */
export function processEnvironment(): Environment {
  return process.env;
}

/** The name under which settings are overridden for the app of a URL path. */
export function appName(path: string | undefined): string {
  return (path ?? '').toUpperCase().replaceAll('-', '_');
}

/** The setting of a name such as `EMAIL_FROM` or `EMAIL_FROM__SHOP`; undefined if no setting is named. */
export function settingName(key: string): string | undefined {
  const [, name = ''] = NAME.exec(key) ?? [];
  return Object.hasOwn(SETTINGS, name) ? name : undefined;
}

/** The default app, and one for each suffix by which the environment overrides a setting. */
export function splitApps(environment: Environment): AppEnvironment[] {
  const overrides = new Map<string, Record<string, string | undefined>>();
  for (const [key, value] of Object.entries(environment)) {
    // Any name counts: a channel's function does not know the other channel's settings, but has the same apps.
    const [, name = '', app = ''] = NAME.exec(key) ?? [];
    if (app !== '') overrides.set(app, { ...overrides.get(app), [name]: value });
  }
  return [
    { app: '', values: environment },
    ...[...overrides].map(([app, values]) => ({ app, values: { ...environment, ...values } })),
  ];
}

/** The parameter that a value refers to: `/name` for `ssm:/name`. */
export function parameterName(value: string | undefined): string | undefined {
  return value?.startsWith(REFERENCE) === true ? value.slice(REFERENCE.length) : undefined;
}

/**
 * Reads the settings that `pick` gets.
 *
 * @param parameters the values of `ssm:` references by parameter name; without it, references are assumed to be present
 *   and well formed, since no more can be known at start.
 * @throws {SettingsError} listing every setting that is missing or malformed.
 */
export function readSettings<T>(
  { app, values }: AppEnvironment,
  pick: (get: Get, refuse: Refuse) => T,
  parameters?: ReadonlyMap<string, string>,
): T {
  const faults: string[] = [];
  /** Settings whose value is a placeholder. */
  const unread = new Set<string>();
  const addFault = (name: SettingName, fault: string) => {
    const override = `${name}__${app}`;
    faults.push(`${values[override] === undefined ? name : override} ${fault}`);
  };
  const isSet = (name: string) => (values[name] ?? '').trim() !== '';

  const get: Get = <N extends SettingName>(general: N, special?: SettingName) => {
    const { format, whenUnset } = SETTINGS[general] as Setting<SettingValue<N>>;
    const wins = special !== undefined && isSet(special);
    const name = wins && (isSet(`${special}__${app}`) || !isSet(`${general}__${app}`)) ? special : general;
    // For a faulty setting, after which nothing is returned, or for a reference that is not resolved yet.
    const placeholder = () => {
      unread.add(general);
      return whenUnset === 'required' ? (undefined as SettingValue<N>) : whenUnset();
    };
    const fail = (fault: string) => {
      addFault(name, fault);
      return placeholder();
    };

    let text = values[name]?.trim() ?? '';
    const reference = parameterName(text);
    if (reference !== undefined) {
      if (!/^\/[\w./-]{1,1000}$/.test(reference)) return fail('must refer to a parameter as ssm:/path/name');
      if (parameters === undefined) return placeholder();
      text = parameters.get(reference)?.trim() ?? '';
      if (text === '') return fail(`refers to ${reference}, which is not in the parameter store`);
    }
    if (text === '') return whenUnset === 'required' ? fail('is not set') : whenUnset();
    try {
      return format(text);
    } catch (error) {
      return fail((error as Error).message);
    }
  };

  const refuse: Refuse = (names, judge) => {
    const fault = !names.some((name) => unread.has(name)) && judge();
    if (fault) addFault(names[0], fault);
  };

  const settings = pick(get, refuse);
  if (faults.length > 0) throw new SettingsError(faults);
  return settings;
}
