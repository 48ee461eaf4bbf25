import { awsConfig } from '../../lib/aws/config.js';
import { SettingsError } from '../../lib/errors.js';
import { createParameterFetch } from '../../lib/aws/parameters.js';
import { readSharedSecrets } from '../../lib/relay/channel-apps.js';
import {
  appName,
  type Environment,
  parameterName,
  readSettings,
  splitApps,
} from '../../lib/settings/settings.js';
import type { SettingName, SettingValue } from '../../lib/settings/table.js';
import type { ChannelName } from '../ownid/ownid.js';
import { fetchParameters, type StageContext, valuesOf } from './context.js';
import { readStageFile, withOverrides } from './stage.js';

/** What a caller must know to be taken for OwnID. */
export interface Credentials {
  readonly secret: SettingValue<'OWNID_SHARED_SECRET'>[0];
  readonly header: SettingValue<'WEBHOOK_HEADER'>;
}

const NEEDED: readonly SettingName[] = [
  'OWNID_SHARED_SECRET',
  'OWNID_EMAIL_SHARED_SECRET',
  'OWNID_SMS_SHARED_SECRET',
  'WEBHOOK_HEADER',
];

/**
 * A channel's secret and an app's required header from the stage's settings; references are resolved where the stage keeps its
 * parameters.
 *
 * @param deployed the stage in AWS; undefined for stage `local`.
 * @throws {SettingsError} when they cannot be had.
 */
export async function readCredentials(
  stage: string,
  { channel, app }: { readonly channel: ChannelName; readonly app: string },
  environment: Environment,
  deployed: StageContext | undefined,
): Promise<Credentials> {
  const settings = withOverrides(await readStageFile(stage), environment);
  const apps = splitApps(settings);
  const name = appName(app);
  const configured = apps.find((candidate) => candidate.app === name);
  if (configured === undefined) {
    throw new SettingsError([
      `No setting of settings/${stage}.yml ends in __${name}, so there is no app ${app}`,
    ]);
  }
  const names = NEEDED.flatMap((setting) => parameterName(configured.values[setting]?.trim()) ?? []);
  const { secrets, header } = readSettings(
    configured,
    (get) => ({ secrets: readSharedSecrets(channel, get), header: get('WEBHOOK_HEADER') }),
    await read(names),
  );
  return { secret: secrets[0], header };

  async function read(references: readonly string[]): Promise<ReadonlyMap<string, string>> {
    if (references.length === 0) return new Map();
    if (deployed === undefined) return readLocally(references, settings, environment);
    return valuesOf(await fetchParameters(deployed.client, references));
  }
}

/** From the parameter store that `npm start` plays. */
async function readLocally(
  names: readonly string[],
  settings: Environment,
  environment: Environment,
): Promise<ReadonlyMap<string, string>> {
  const endpoint = `http://127.0.0.1:${Number(environment['PORT'] ?? 3000) + 1}`;
  const config = awsConfig({ ...environment, ...settings, AWS_ENDPOINT_URL: endpoint });
  try {
    return await createParameterFetch(config, Math.random)(names, () => 0);
  } catch {
    throw new SettingsError([`OWNID_SHARED_SECRET cannot be read from ${endpoint}: is npm start running?`]);
  }
}
