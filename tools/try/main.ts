import { fileURLToPath } from 'node:url';
import { type Environment, parameterName, processEnvironment } from '../../lib/settings/settings.js';
import {
  AWS_OPTIONS,
  AWS_USAGE,
  readWordAndOptions,
  runCommand,
  suggestion,
  UsageError,
} from '../command.js';
import { CHANNELS, type MessageArguments, MESSAGE_OPTIONS, readMessage } from '../ownid/message-arguments.js';
import { withProgress } from '../progress.js';
import { accountEnvironment, type AwsOptions } from '../stage/account.js';
import { AWS_PROVIDERS } from '../stage/aws-providers.js';
import { providerNames, readStageFile, withOverrides } from '../stage/stage.js';
import { formatTrial, trialAsData } from './describe.js';
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

/** The message, and through which provider it is to be sent. */
interface TryArguments extends MessageArguments {
  readonly aws: AwsOptions;
  readonly provider: string | undefined;
  readonly json: boolean;
}

/** @throws {UsageError} */
export function readTry(args: readonly string[]): TryArguments {
  const { word, values } = readWordAndOptions(args, CHANNELS, {
    ...MESSAGE_OPTIONS,
    ...AWS_OPTIONS,
    provider: { type: 'string' },
    json: { type: 'boolean', default: false },
  });
  const { provider, json } = values;
  const names = providerNames(word);
  if (provider !== undefined && !names.includes(provider)) {
    throw new UsageError(`--provider must be one of ${names.join(', ')}.${suggestion(provider, names)}`);
  }
  const aws = { region: values.region, profile: values['aws-profile'] };
  return { ...readMessage(word, values), aws, provider, json };
}

/**
 * @param report gets the line that says in which account it is tried.
 * @throws {SettingsError}
 * @throws {CommandError} where AWS is needed and does not let the operator in.
 */
export async function tryProvider(
  { channel, stage, app, aws, provider, ...message }: TryArguments,
  { environment, report }: { environment: Environment; report: (line: string) => void },
): Promise<Trial> {
  const setting = providerSetting(channel, app);
  const isAws = (key: string) => stage === 'local' && key.startsWith('AWS_');
  const stored = Object.entries(await readStageFile(stage)).filter(([key]) => !isAws(key));
  const settings: Environment = {
    ...withOverrides(Object.fromEntries(stored), environment),
    ...(provider !== undefined && { [setting]: provider }),
  };
  const route =
    settings[setting] ?? settings[providerSetting(channel, '')] ?? (channel === 'email' ? 'ses' : 'sns');
  const isAwsUsed = route.split(/\W+/).some((name) => AWS_PROVIDERS.has(name));
  const credentials =
    isAwsUsed || hasReferences(settings)
      ? {
          ...(await accountEnvironment(aws, environment, report)),
          AWS_ENDPOINT_URL: environment['AWS_ENDPOINT_URL'],
        }
      : {};
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

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await runCommand(USAGE, async () => {
    const message = readTry(process.argv.slice(2));
    const trial = await tryProvider(message, { environment: processEnvironment(), report: console.error });
    console.log(message.json ? JSON.stringify(trialAsData(trial), undefined, 2) : formatTrial(trial));
    return trial.outcome === 'accepted' ? 0 : 1;
  });
}
