import { SettingsError } from '../../lib/errors.js';
import { type Environment, processEnvironment } from '../../lib/settings/settings.js';
import { inColumns } from '../columns.js';
import { coloured, CommandError, runCommand } from '../command.js';
import { withProgress } from '../progress.js';
import { accountEnvironment, type AwsOptions } from '../stage/account.js';
import { AWS_PROVIDERS } from '../stage/aws-providers.js';
import { readStartArguments } from './start-arguments.js';
import { FunctionLoadError } from './container.js';
import { describeLine } from './log-lines.js';
import type { ProviderInUse } from './reality.js';
import { explainPortTaken, PortTakenError } from './port-taken.js';
import { type LocalRelay, startLocalRelay } from './relay.js';
import { findRunning } from './running.js';

const USAGE = `Runs the relay on this machine, with an inbox. Providers are played; nothing leaves the machine.

  npm start
  npm start -- --port 4000           4000 for the gateway and the inbox, 4001 for the AWS services
  npm start -- --real smtp           sends through the server that the settings name (or ses, sns, microsoft, …)
  EMAIL_PROVIDER=ses,smtp npm start  any setting can be given for one run

  --port PORT         of the gateway and the inbox (default: PORT, or 3000)
  --real PROVIDER     not played; several with commas
  --region REGION     of a provider of AWS that is real (default: AWS_REGION, AWS_DEFAULT_REGION, or the profile's)
  --aws-profile NAME  whose credentials it uses (default: AWS's own way of finding them)

Exits with 0 after Ctrl-C, 1 where it could not start, 2 for a wrong argument.`;

async function main(args: readonly string[], environment: Environment): Promise<number> {
  const { port, real, aws } = readStartArguments(args, environment);
  try {
    const credentials = await credentialsFor(real, aws, environment);
    const relay = await withProgress('Building and starting the functions', () =>
      startLocalRelay({
        port,
        overrides: environment,
        real: { providers: real, credentials },
        onOutput: print,
      }),
    );
    stopOnSignals(relay);
    const missing = [...real].filter((name) => !relay.providers.some((provider) => provider.name === name));
    if (missing.length > 0) {
      console.error(
        `--real ${missing.join(',')} has no effect: EMAIL_PROVIDER and SMS_PROVIDER do not name it.`,
      );
    }
    console.log(greeting(relay));
    return 0;
  } catch (error) {
    console.error(await explain(error, port));
    return 1;
  }
}

function print(line: string): void {
  const description = describeLine(line, new Date());
  if (description !== undefined) console.log(description);
}

/** The developer's own, where a provider of AWS is to be real. */
async function credentialsFor(
  real: ReadonlySet<string>,
  aws: AwsOptions,
  environment: Environment,
): Promise<Environment> {
  const isAwsReal = [...real].some((name) => AWS_PROVIDERS.has(name));
  return isAwsReal ? accountEnvironment(aws, environment, console.error) : {};
}

function stopOnSignals(relay: LocalRelay): void {
  let stopping = false;
  const stop = () => {
    if (stopping) return;
    stopping = true;
    // Nothing is left open, so the process ends by itself, with exit code 0.
    void relay.close();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
}

function describeProvider({ label, real }: ProviderInUse): string[] {
  return ['', label, real === undefined ? 'played here' : coloured(`REAL ${real}`, 'red')];
}

function greeting({ address, command, providers, unused }: LocalRelay): string {
  const isAllPlayed = providers.every(({ real }) => real === undefined);
  const note = unused.map(
    (name) => `\nSettings for ${name} are not used while it is played: npm start -- --real ${name}`,
  );
  return `
OTP Relay is running. ${isAllPlayed ? 'Nothing that it sends leaves this machine.' : 'It sends for real where it says so.'}

${inColumns(providers.map(describeProvider))}
${note.join('')}
Play OwnID from a terminal:

${command}

Ctrl-C stops it. The inbox:

  ${address}
`;
}

async function explain(error: unknown, port: number): Promise<string> {
  if (error instanceof PortTakenError) return explainPortTaken(error, port, await findRunning());
  if (error instanceof SettingsError || error instanceof FunctionLoadError) return error.message;
  if (error instanceof CommandError) return error.message;
  const { code, path, stack } = error as NodeJS.ErrnoException;
  if (code === 'EROFS' || code === 'EACCES') {
    return `OTP Relay keeps its bundles and its inbox in dist/, and may not write ${path ?? 'there'}. Use a checkout of your own.`;
  }
  return stack ?? String(error);
}

await runCommand(USAGE, () => main(process.argv.slice(2), processEnvironment()));
