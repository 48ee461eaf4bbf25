import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { type Environment, processEnvironment } from '../../lib/settings/settings.js';
import { albEvent, functionUrlEvent, httpApiEvent, restApiEvent } from './event-shapes.js';
import type { HttpRequestParts } from './http-request.js';
import { CHANNELS, MESSAGE_OPTIONS, readMessage } from './message-arguments.js';
import {
  AWS_OPTIONS,
  AWS_USAGE,
  readWordAndOptions,
  runCommand,
  suggestion,
  UsageError,
} from '../command.js';
import { withLocalPort } from '../local/running.js';
import { openStage } from '../stage/context.js';
import { ownIdRequest, samplePayload } from './ownid.js';
import { matchRoute, type Route } from './routes.js';
import { readCredentials } from '../stage/secret.js';

export const USAGE = `Prints a freshly signed OwnID webhook as an event, on one line, for: serverless invoke local --data "$(...)"

  npm run -s event -- email --to you@example.com [--subject TEXT] [--body HTML]
  npm run -s event -- sms --to +12025550123 [--body TEXT]

  --app NAME          an app other than the default one, such as shop for POST /email/shop
  --shape SHAPE       v2 (HTTP API, the default), v1 (REST API), url (function URL) or alb (load balancer)
  --stage STAGE       whose settings hold the secret: settings/STAGE.yml (default: local, which needs npm start)
  --port PORT         of npm start (default: PORT, or the one that runs)
${AWS_USAGE}

Exits with 0 where it was printed, 2 where it could not be made.`;

const SHAPES: Readonly<Record<string, ((request: HttpRequestParts, route: Route) => unknown) | undefined>> = {
  v2: httpApiEvent,
  v1: restApiEvent,
  url: functionUrlEvent,
  alb: albEvent,
};

/**
 * Makes the event that `args` ask for.
 *
 * @param options.now milliseconds since the Unix epoch.
 * @throws {UsageError}
 * @throws {SettingsError} when the stage's secret cannot be had.
 */
export async function makeEvent(
  args: readonly string[],
  options: { environment: Environment; now: number },
): Promise<unknown> {
  const { channel, shape, stage, app, payload, aws, port } = readArguments(args);
  const { now } = options;
  const environment = await withLocalPort(port, options.environment);
  const deployed = stage === 'local' ? undefined : await openStage(stage, aws, environment, console.error);
  const { secret } = await readCredentials(stage, { channel, app }, environment, deployed);
  const { path, headers, body } = ownIdRequest({ channel, app, payload, secret, now });
  const route = matchRoute(path);
  if (route === undefined) throw new UsageError('--app must be a name as in the URL, such as shop');
  const parts: HttpRequestParts = {
    method: 'POST',
    path,
    query: '',
    headers: [
      ['host', 'localhost'],
      ['user-agent', 'otp-relay'],
      ['content-length', String(Buffer.byteLength(body))],
      ...Object.entries(headers),
    ],
    body: Buffer.from(body),
    sourceIp: '127.0.0.1',
    requestId: randomUUID(),
    time: now,
  };
  return shape(parts, route);
}

function readArguments(args: readonly string[]) {
  const { word, values } = readWordAndOptions(args, CHANNELS, {
    ...MESSAGE_OPTIONS,
    ...AWS_OPTIONS,
    shape: { type: 'string', default: 'v2' },
    port: { type: 'string' },
  });
  const message = readMessage(word, values);
  const shape = SHAPES[values.shape];
  if (shape === undefined) {
    const names = Object.keys(SHAPES);
    throw new UsageError(`--shape must be one of ${names.join(', ')}.${suggestion(values.shape, names)}`);
  }
  const aws = { region: values.region, profile: values['aws-profile'] };
  return { ...message, port: values.port, shape, aws, payload: samplePayload(message.channel, message) };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await runCommand(USAGE, async () => {
    const options = { environment: processEnvironment(), now: Date.now() };
    console.log(JSON.stringify(await makeEvent(process.argv.slice(2), options)));
    return 0;
  });
}
