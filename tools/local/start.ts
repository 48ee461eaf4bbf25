import { SSMClient } from '@aws-sdk/client-ssm';
import { SettingsError } from '../../lib/errors.js';
import { type Environment, processEnvironment } from '../../lib/settings/settings.js';
import { coloured, DEFAULT_PORT, runCommand } from '../command.js';
import { readStartArguments } from './start-arguments.js';
import { FunctionLoadError } from './container.js';
import { describeLine } from './log-lines.js';
import type { ProviderInUse } from './reality.js';
import { PortTakenError } from './port-taken.js';
import { type LocalRelay, startLocalRelay } from './relay.js';

const USAGE = `Runs the relay on this machine, with an inbox. Providers are played; nothing leaves the machine.

  npm start
  npm start -- --port 4000           4000 for the gateway and the inbox, 4001 for the AWS services
  npm start -- --real smtp           sends through the server that the settings name (or ses, sns, microsoft, …)
  EMAIL_PROVIDER=ses,smtp npm start  any setting can be given for one run

Exits with 0 after Ctrl-C, 1 where it could not start, 2 for a wrong argument.`;

async function main(args: readonly string[], environment: Environment): Promise<number> {
  const { port, real } = readStartArguments(args, environment);
  try {
    const relay = await startLocalRelay({
      port,
      overrides: environment,
      real: { providers: real, credentials: await credentialsFor(real, environment) },
      onOutput: (line) => {
        const description = describeLine(line, new Date());
        if (description !== undefined) console.log(description);
      },
    });
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
    console.error(explain(error, port));
    return 1;
  }
}

/** Those that the AWS SDK finds, where a provider of AWS is to be real. */
async function credentialsFor(real: ReadonlySet<string>, environment: Environment): Promise<Environment> {
  if (!['ses', 'sns', 'eum', 'notify'].some((name) => real.has(name))) return {};
  const region = environment['AWS_REGION'] ?? 'us-east-1';
  const { accessKeyId, secretAccessKey, sessionToken } = await new SSMClient({ region }).config.credentials();
  return {
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  };
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

function describeProvider({ label, real }: ProviderInUse): string {
  return `${label.padEnd(14)} ${real === undefined ? 'played here' : coloured(`REAL ${real}`, 'red')}`;
}

function greeting({ address, command, providers, unused }: LocalRelay): string {
  const isAllPlayed = providers.every(({ real }) => real === undefined);
  const note = unused.map(
    (name) => `\nSettings for ${name} are not used while it is played: npm start -- --real ${name}`,
  );
  return `
OTP Relay is running. ${isAllPlayed ? 'Nothing that it sends leaves this machine.' : 'It sends for real where it says so.'}

  ${providers.map(describeProvider).join('\n  ')}
${note.join('')}
Play OwnID from a terminal:

${command}

Ctrl-C stops it. The inbox:

  ${address}
`;
}

function explain(error: unknown, port: number): string {
  if (error instanceof PortTakenError) {
    const other = port + 100 > 65534 ? DEFAULT_PORT : port + 100;
    return `Port ${error.port} is taken by another program. Choose another pair of ports: npm start -- --port ${other}`;
  }
  if (error instanceof SettingsError || error instanceof FunctionLoadError) return error.message;
  const { code, path, stack } = error as NodeJS.ErrnoException;
  if (code === 'EROFS' || code === 'EACCES') {
    return `OTP Relay keeps its bundles and its inbox in dist/, and may not write ${path ?? 'there'}. Use a checkout of your own.`;
  }
  return stack ?? String(error);
}

await runCommand(USAGE, () => main(process.argv.slice(2), processEnvironment()));
