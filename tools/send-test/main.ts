import { fileURLToPath } from 'node:url';
import { type Environment, processEnvironment } from '../../lib/settings/settings.js';
import { CHANNELS, type MessageArguments, MESSAGE_OPTIONS, readMessage } from '../ownid/message-arguments.js';
import {
  AWS_OPTIONS,
  AWS_USAGE,
  coloured,
  CommandError,
  readWordAndOptions,
  runCommand,
  UsageError,
} from '../command.js';
import { withLocalPort } from '../local/running.js';
import type { AwsOptions } from '../stage/account.js';
import { openStage, type StageContext } from '../stage/context.js';
import { ownIdRequest, samplePayload } from '../ownid/ownid.js';
import { withProgress } from '../progress.js';
import { explain } from './causes.js';
import { readCredentials } from '../stage/secret.js';

const USAGE = `Signs a message as OwnID does and posts it to a running relay.

  npm run send-test -- email --to you@example.com [--subject TEXT] [--body HTML]
  npm run send-test -- sms --to +12025550123 [--body TEXT]

  --stage STAGE       whose settings hold the secret, and which is posted to (default: local, which needs npm start)
  --url URL           post there instead, such as https://otp.example.com/email
  --port PORT         of npm start (default: PORT, or the one that runs)
  --app NAME          an app other than the default one, such as shop for POST /email/shop
  --json              the result as JSON
${AWS_USAGE}

Exits with 0 where it was answered 202, 1 for any other answer or none, 2 where it could not be sent.`;

const TIMEOUT_MS = 30_000;
/** What the deploy step prints may be given as it is: the endpoint of a channel, even of an app. */
const ENDPOINT_PATH = /(?:\/(?:email|sms)(?:\/[\w-]+)?)?\/*$/;

/** The result of a test message. */
export interface SendTest {
  readonly url: string;
  /** Undefined where no answer came. */
  readonly status: number | undefined;
  readonly durationMs: number;
  /** The most likely cause where it was not accepted, else what to look at next. */
  readonly advice: string;
}

/** The message, and where it is to be posted. */
interface SendTestArguments extends MessageArguments {
  readonly aws: AwsOptions;
  readonly url: string | undefined;
  readonly port: string | undefined;
  readonly json: boolean;
}

/** @throws {UsageError} */
export function readSendTest(args: readonly string[]): SendTestArguments {
  const { word, values } = readWordAndOptions(args, CHANNELS, {
    ...MESSAGE_OPTIONS,
    ...AWS_OPTIONS,
    url: { type: 'string' },
    port: { type: 'string' },
    json: { type: 'boolean', default: false },
  });
  const { url, port, json } = values;
  if (url !== undefined && !/^https?:\/\/[^/]/.test(url)) {
    throw new UsageError('--url must begin with https:// or http://');
  }
  const aws = { region: values.region, profile: values['aws-profile'] };
  return { ...readMessage(word, values), aws, url, port, json };
}

/**
 * Signs a message and posts it.
 *
 * @param options.now milliseconds since the Unix epoch.
 * @throws {UsageError} for a port that is none.
 * @throws {SettingsError} when the stage's secret cannot be had.
 * @throws {CommandError} when AWS does not let the operator in, or the stage is not deployed.
 */
export async function sendTest(
  { channel, to, subject, body, app, stage, url, port, aws }: SendTestArguments,
  { now, ...options }: { environment: Environment; now: () => number },
): Promise<SendTest> {
  const environment = await withLocalPort(port, options.environment);
  const deployed = stage === 'local' ? undefined : await openStage(stage, aws, environment, console.error);
  const base = url ?? (deployed === undefined ? localAddress(environment) : await endpointOf(deployed));
  const { secret, header } = await readCredentials(stage, { channel, app }, environment, deployed);
  const flags = deployed?.flags ?? '';
  const payload = samplePayload(channel, { to, subject, body });
  const request = ownIdRequest({ channel, app, payload, secret, now: now() });
  const target = `${base.replace(ENDPOINT_PATH, '')}${request.path}`;
  const headers = { ...request.headers, ...(header && { [header.name]: header.value }) };

  const startedAt = performance.now();
  const result = (answer: { status: number; date: string | null } | { error: unknown }): SendTest => ({
    url: target,
    status: 'status' in answer ? answer.status : undefined,
    durationMs: Math.round(performance.now() - startedAt),
    advice: explain(answer, { stage, flags, inbox: localAddress(environment), now: now() }),
  });
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await withProgress(`Waiting for ${target}`, () =>
      fetch(target, { method: 'POST', headers, body: request.body, signal }),
    );
    return result({ status: response.status, date: response.headers.get('date') });
  } catch (error) {
    return result({ error });
  }
}

function localAddress(environment: Environment): string {
  return `http://localhost:${environment['PORT'] ?? '3000'}`;
}

async function endpointOf({ outputs, service }: StageContext): Promise<string> {
  const { HttpApiUrl: url } = await outputs();
  if (url === undefined) throw new CommandError(`The stack ${service} has no HTTP API. Say --url.`);
  return url;
}

function describe({ url, status, durationMs, advice }: SendTest): string {
  const answer = coloured(String(status ?? 'no answer'), status === 202 ? 'green' : 'red');
  return `POST ${url}\n${answer} after ${durationMs} ms\n${advice}`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await runCommand(USAGE, async () => {
    const message = readSendTest(process.argv.slice(2));
    const result = await sendTest(message, { environment: processEnvironment(), now: Date.now });
    console.log(message.json ? JSON.stringify(result, undefined, 2) : describe(result));
    return result.status === 202 ? 0 : 1;
  });
}
