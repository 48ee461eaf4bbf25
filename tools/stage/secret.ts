import { awsConfig } from '../../lib/aws/config.js';
import { SettingsError } from '../../lib/errors.js';
import { createParameterFetch } from '../../lib/aws/parameters.js';
import { readSharedSecrets } from '../../lib/relay/channel-apps.js';
import {
  appName,
  type Environment,
  type Get,
  parameterName,
  readSettings,
  splitApps,
} from '../../lib/settings/settings.js';
import type { SettingName, SettingValue } from '../../lib/settings/table.js';
import type { ChannelName } from '../ownid/ownid.js';
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
 * @throws {SettingsError} when they cannot be had.
 */
export async function readCredentials(
  stage: string,
  { channel, app }: { readonly channel: ChannelName; readonly app: string },
  environment: Environment,
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
  const pick = (get: Get): Credentials => ({
    secret: readSharedSecrets(channel, get)[0],
    header: get('WEBHOOK_HEADER'),
  });
  const names = NEEDED.flatMap((setting) => parameterName(configured.values[setting]?.trim()) ?? []);
  const parameters =
    names.length === 0
      ? new Map<string, string>()
      : await fetchParameters(stage, names, settings, environment);
  return readSettings(configured, pick, parameters);
}

async function fetchParameters(
  stage: string,
  names: readonly string[],
  settings: Environment,
  environment: Environment,
): Promise<ReadonlyMap<string, string>> {
  const port = Number(environment['PORT'] ?? 3000);
  const local = stage === 'local' && { AWS_ENDPOINT_URL: `http://127.0.0.1:${port + 1}` };
  const config = awsConfig({ ...environment, ...settings, ...local });
  try {
    return await createParameterFetch(config)(names);
  } catch (error) {
    const fault = stage === 'local' ? 'is npm start running?' : (error as Error).message;
    const where = config.endpoint ?? `the SSM Parameter Store in ${config.region}`;
    throw new SettingsError([`OWNID_SHARED_SECRET cannot be read from ${where}: ${fault}`]);
  }
}
