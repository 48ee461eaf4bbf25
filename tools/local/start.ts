import { SettingsError } from '../../lib/errors.js';
import { type Environment, processEnvironment } from '../../lib/settings/settings.js';
import { FunctionLoadError } from './container.js';
import { describeLine } from './log-lines.js';
import { ownServers } from './loopbacks.js';
import { type LocalRelay, PortTakenError, startLocalRelay } from './relay.js';

const DEFAULT_PORT = 3000;
const TAMPER_HINT =
  '\nPut a space before the last quote: the body is not the one that was signed, and the answer is 401.';

async function main(environment: Environment): Promise<void> {
  const port = readPort(environment['PORT']);
  if (port === undefined) {
    fail('PORT must be a whole number from 1 to 65534.');
    return;
  }
  try {
    const relay = await startLocalRelay({
      port,
      overrides: environment,
      onOutput: (line) => {
        const description = describeLine(line, new Date());
        if (description !== undefined) console.log(description);
      },
    });
    stopOnSignals(relay);
    console.log(greeting(relay, ownServers(environment)));
  } catch (error) {
    fail(explain(error, port));
  }
}

function readPort(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return DEFAULT_PORT;
  const port = Number(text);
  return /^\d{1,5}$/.test(text) && port >= 1 && port <= 65534 ? port : undefined;
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

function greeting({ address, secret, command }: LocalRelay, outside: ReadonlySet<string>): string {
  const where =
    outside.size === 0
      ? 'Nothing that it sends leaves this machine.'
      : `What it sends through ${[...outside].join(' and ')} goes where you have set.`;
  return `
OTP Relay is running. ${where}

  Inbox          ${address}
  Email webhook  ${address}/email
  SMS webhook    ${address}/sms
  Secret         ${secret.export().toString('base64')}

Play OwnID from a terminal; it signs when it is run.${process.platform === 'win32' ? '' : TAMPER_HINT}

${command}

Ctrl-C stops it.
`;
}

function explain(error: unknown, port: number): string {
  if (error instanceof PortTakenError) {
    const other = port + 100 > 65534 ? DEFAULT_PORT : port + 100;
    const command =
      process.platform === 'win32' ? `$env:PORT=${other}; npm start` : `PORT=${other} npm start`;
    return `Port ${error.port} is taken by another program. Choose another pair of ports: ${command}`;
  }
  if (error instanceof SettingsError || error instanceof FunctionLoadError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function fail(message: string): void {
  console.error(message);
  process.exitCode = 1;
}

await main(processEnvironment());
