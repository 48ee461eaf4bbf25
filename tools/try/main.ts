import { fileURLToPath } from 'node:url';
import { SSMClient } from '@aws-sdk/client-ssm';
import { type Environment, parameterName, processEnvironment } from '../../lib/settings/settings.js';
import { AWS_USAGE, runCommand, suggestion, UsageError } from '../command.js';
import { readMessageArguments } from '../ownid/message-arguments.js';
import { withProgress } from '../progress.js';
import { openAccount } from '../stage/account.js';
import { providerNames, readStageFile, withOverrides } from '../stage/stage.js';
import { describeTrial, trialAsData } from './describe.js';
import { providerSetting, type Trial, tryMessage } from './try-message.js';

const USAGE = `Sends one message for real, with a stage's settings and your own AWS credentials, without deploying anything.

  npm run try -- email --to me@example.com --stage prod
  npm run try -- email --to me@example.com --provider smtp
  npm run try -- sms --to +12025550123 --stage prod

  --stage STAGE       whose settings to use: settings/STAGE.yml (default: local); any can be given in the environment
  --provider NAME     this one in place of the stage's route
  --app NAME          the settings of this app
  --subject TEXT      in place of the sample's, as --body TEXT
  --json              the result as JSON
${AWS_USAGE}

Exits with 0 where the provider accepted it, 1 where not, 2 where it could not be tried.`;

/**
 * @param report gets the line that says in which account it is tried.
 * @throws {UsageError}
 * @throws {SettingsError}
 * @throws {CommandError} where AWS is needed and does not let the operator in.
 */
export async function tryProvider(
  args: readonly string[],
  { environment, report }: { environment: Environment; report: (line: string) => void },
): Promise<Trial> {
  const { own, channel, stage, app, ...message } = readMessageArguments(args, [
    'provider',
    'region',
    'aws-profile',
  ]);
  const names = providerNames(channel);
  if (own.provider !== undefined && !names.includes(own.provider)) {
    throw new UsageError(`--provider must be one of ${names.join(', ')}.${suggestion(own.provider, names)}`);
  }
  const setting = providerSetting(channel, app);
  const isAws = (key: string) => stage === 'local' && key.startsWith('AWS_');
  const stored = Object.entries(await readStageFile(stage)).filter(([key]) => !isAws(key));
  const settings: Environment = {
    ...withOverrides(Object.fromEntries(stored), environment),
    ...(own.provider !== undefined && { [setting]: own.provider }),
  };
  const route =
    settings[setting] ?? settings[providerSetting(channel, '')] ?? (channel === 'email' ? 'ses' : 'sns');
  const needsAws = /\bs[en]s\b/.test(route) || hasReferences(settings);
  const aws = { region: own.region, profile: own['aws-profile'] };
  const credentials = needsAws ? await awsEnvironment(aws, environment, report) : {};
  return withProgress('Waiting for the provider', () =>
    tryMessage({ ...message, channel, app, environment: { ...settings, ...credentials } }),
  );
}

/** OwnID's own secret is not needed. */
function hasReferences(settings: Environment): boolean {
  return Object.entries(settings).some(
    ([name, value]) => !/^OWNID_|^WEBHOOK_/.test(name) && parameterName(value?.trim()) !== undefined,
  );
}

/** What the functions get from Lambda: region and credentials, here the operator's. */
async function awsEnvironment(
  options: Parameters<typeof openAccount>[0],
  environment: Environment,
  report: (line: string) => void,
): Promise<Environment> {
  const { id, client, principal } = await openAccount(options, environment);
  report(`Account ${id}, region ${client.region}, as ${principal}`);
  const { accessKeyId, secretAccessKey, sessionToken } = await new SSMClient(client).config.credentials();
  return {
    AWS_REGION: client.region,
    AWS_ENDPOINT_URL: environment['AWS_ENDPOINT_URL'],
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await runCommand(USAGE, async () => {
    const options = { environment: processEnvironment(), report: console.error };
    const args = process.argv.slice(2);
    const trial = await tryProvider(args, options);
    console.log(
      args.includes('--json') ? JSON.stringify(trialAsData(trial), undefined, 2) : describeTrial(trial),
    );
    return trial.outcome === 'accepted' ? 0 : 1;
  });
}
