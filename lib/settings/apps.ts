import { Refusal, SettingsError } from '../errors.js';
import type { Secrets } from './secrets.js';
import {
  type AppEnvironment,
  type Environment,
  type Get,
  parameterName,
  readSettings,
  type Refuse,
  splitApps,
} from './settings.js';
import { SETTINGS } from './table.js';
import { unknownNames } from './unknown-names.js';

/** One OwnID app: its name and its current settings. */
export interface App<S> {
  readonly name: string;
  /** The settings at start, with defaults or nothing in place of values behind references. */
  readonly outline: S;
  /**
   * The same object for as long as no value changes.
   *
   * @param until how long to wait for values that were never fetched, in milliseconds since the Unix epoch.
   * @throws {Refusal} `secret_unavailable` when a reference cannot be resolved.
   */
  settings(until?: number): Promise<S>;
  /** As `settings`, after asking the parameter store again. */
  refreshedSettings(until?: number): Promise<S>;
}

/**
 * The apps that an environment configures, by name; the default app's name is empty.
 *
 * @param options.onMalformed called when a reference resolves to a value that cannot be used. The values before it, if
 *   any, stay in use.
 * @throws {SettingsError} listing every unknown name, and every faulty setting of every app.
 */
export function createApps<S>(options: {
  environment: Environment;
  pick: (get: Get, refuse: Refuse) => S;
  createSecrets: (names: readonly string[]) => Secrets;
  onMalformed: (error: SettingsError) => void;
}): ReadonlyMap<string, App<S>> {
  const { environment, pick, createSecrets, onMalformed } = options;
  const configured = splitApps(environment).map((appEnvironment) => ({
    appEnvironment,
    references: referencesOf(appEnvironment),
  }));
  const secrets = createSecrets([...new Set(configured.flatMap(({ references }) => references))]);

  const faults = new Set(unknownNames(environment));
  const apps = new Map<string, App<S>>();
  for (const { appEnvironment, references } of configured) {
    const { app } = appEnvironment;
    try {
      const settings = readSettings(appEnvironment, pick);
      apps.set(
        app,
        references.length === 0
          ? fixedApp(app, settings)
          : resolvedApp(
              app,
              settings,
              secrets,
              references,
              (parameters) => readSettings(appEnvironment, pick, parameters),
              onMalformed,
            ),
      );
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      error.faults.forEach((fault) => faults.add(fault));
    }
  }

  if (faults.size > 0) throw new SettingsError([...faults]);
  return apps;
}

function referencesOf({ values }: AppEnvironment): string[] {
  return Object.keys(SETTINGS).flatMap((name) => parameterName(values[name]?.trim()) ?? []);
}

function fixedApp<S>(name: string, settings: S): App<S> {
  const promise = Promise.resolve(settings);
  return { name, outline: settings, settings: () => promise, refreshedSettings: () => promise };
}

function resolvedApp<S>(
  name: string,
  outline: S,
  secrets: Secrets,
  references: readonly string[],
  read: (parameters: ReadonlyMap<string, string>) => S,
  onMalformed: (error: SettingsError) => void,
): App<S> {
  let latest: { values: string; settings: S } | undefined;
  let malformed: { values: string; error: SettingsError } | undefined;

  const resolve = (parameters: ReadonlyMap<string, string>): S => {
    const values = JSON.stringify(references.map((reference) => parameters.get(reference)));
    if (latest?.values !== values && malformed?.values !== values) {
      try {
        latest = { values, settings: read(parameters) };
      } catch (error) {
        if (!(error instanceof SettingsError)) throw error;
        malformed = { values, error };
        onMalformed(error);
      }
    }
    if (latest === undefined) {
      throw new Refusal('secret_unavailable', 'parameter_malformed', { cause: malformed?.error });
    }
    return latest.settings;
  };

  return {
    name,
    outline,
    settings: async (until) => resolve(await secrets.current(until)),
    refreshedSettings: async (until) => resolve(await secrets.refreshed(until)),
  };
}
