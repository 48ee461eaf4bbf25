import { fileURLToPath } from 'node:url';
import { SettingsError } from '../../lib/errors.js';
import { type Environment, processEnvironment } from '../../lib/settings/settings.js';
import { readMessageArguments } from '../ownid/message-arguments.js';
import { regionOf, runCommand, UsageError } from '../command.js';
import { createStageContext } from '../stage/context.js';
import { ownIdRequest, samplePayload } from '../ownid/ownid.js';
import { explain } from './causes.js';
import { readCredentials } from '../stage/secret.js';

const USAGE = `Signs a message as OwnID does and posts it to a running relay.

  npm run send-test -- email --to you@example.com [--subject TEXT] [--body HTML]
  npm run send-test -- sms --to +12025550123 [--body TEXT]

  --stage STAGE  whose settings hold the secret, and which is posted to (default: local, which needs npm start)
  --url URL      post there instead: the endpoint without /email or /sms, such as a custom domain
  --app NAME     an app other than the default one, such as shop for POST /email/shop
  --region NAME  where the stage is deployed (default: AWS_REGION, or us-east-1)`;

const TIMEOUT_MS = 30_000;

/** The result of a test message. */
export interface SendTest {
  readonly url: string;
  /** Undefined where no answer came. */
  readonly status: number | undefined;
  readonly durationMs: number;
  /** The most likely cause where it was not accepted, else what to look at next. */
  readonly advice: string;
}

/**
 * Sends the message that `args` ask for.
 *
 * @param options.now milliseconds since the Unix epoch.
 * @throws {UsageError}
 * @throws {SettingsError} when the stage's secret or endpoint cannot be had.
 */
export async function sendTest(
  args: readonly string[],
  { environment, now }: { environment: Environment; now: () => number },
): Promise<SendTest> {
  const { channel, to, subject, body, app, stage, url, region } = readArguments(args);
  const { secret, header } = await readCredentials(stage, { channel, app }, environment);
  const base = url ?? (await endpointOf(stage, region, environment));
  const payload = samplePayload(channel, { to, subject, body });
  const request = ownIdRequest({ channel, app, payload, secret, now: now() });
  const target = `${base.replace(/\/+$/, '')}${request.path}`;
  const headers = { ...request.headers, ...(header && { [header.name]: header.value }) };

  const startedAt = performance.now();
  const result = (answer: { status: number; date: string | null } | { error: unknown }): SendTest => ({
    url: target,
    status: 'status' in answer ? answer.status : undefined,
    durationMs: Math.round(performance.now() - startedAt),
    advice: explain(answer, { stage, inbox: localAddress(environment), now: now() }),
  });
  try {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const response = await fetch(target, { method: 'POST', headers, body: request.body, signal });
    return result({ status: response.status, date: response.headers.get('date') });
  } catch (error) {
    return result({ error });
  }
}

function readArguments(args: readonly string[]) {
  const { own, ...message } = readMessageArguments(args, ['url', 'region']);
  if (own.url !== undefined && !/^https?:\/\/[^/]/.test(own.url)) {
    throw new UsageError('--url must begin with https:// or http://');
  }
  return { ...message, ...own };
}

function localAddress(environment: Environment): string {
  return `http://localhost:${environment['PORT'] ?? '3000'}`;
}

async function endpointOf(
  stage: string,
  region: string | undefined,
  environment: Environment,
): Promise<string> {
  if (stage === 'local') return localAddress(environment);
  const context = await createStageContext(stage, { region: regionOf(region, environment) });
  const outputs = await context.outputs().catch((error: unknown) => {
    throw new SettingsError([`${context.service} cannot be looked up: ${(error as Error).message}`]);
  });
  const { HttpApiUrl: url } = outputs;
  if (url === undefined) throw new SettingsError([`${context.service} has no HTTP API: is it deployed?`]);
  return url;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  // What is deployed runs on a newer Node.js.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
  await runCommand(USAGE, async () => {
    const options = { environment: processEnvironment(), now: Date.now };
    const { url, status, durationMs, advice } = await sendTest(process.argv.slice(2), options);
    console.log(`POST ${url}\n${status ?? 'no answer'} after ${durationMs} ms\n${advice}`);
    return status === 202 ? 0 : 1;
  });
}
