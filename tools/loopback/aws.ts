import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { closeServer, listen, readBody } from '../http.js';
import { type Answer, jsonFault } from './aws-protocols.js';
import { type AwsCall, AwsFault, type AwsResult, type AwsService } from './aws-service.js';
import type { Behaviour, Loopback, LoopbackOptions } from './provider.js';
import { eum, notify } from './eum.js';
import { ses } from './ses.js';
import { sns } from './sns.js';
import { createSsm } from './ssm.js';

export interface AwsLoopbackOptions extends LoopbackOptions {
  /** What the SSM Parameter Store holds, by name; read for each request. */
  readonly parameters?: ReadonlyMap<string, string>;
  /** More services than those that every loopback has, such as a queue and a table. */
  readonly services?: readonly AwsService[];
  /** Told of every request that names an action of a known service, whatever the answer. */
  readonly onCall?: (call: AwsCall) => void;
}

const MAX_BODY_BYTES = 10 * 1024 * 1024;

/**
 * Amazon SES (SendEmail), SNS (Publish to a phone number), AWS End User Messaging (SendTextMessage and
 * SendNotifyTextMessage) and SSM (GetParameters) on one port, in their wire protocols.
 * Input is checked as the services check it; signatures must name the right service, but any key will do.
 */
export async function startAwsLoopback(options: AwsLoopbackOptions): Promise<Loopback> {
  const parameters = options.parameters ?? new Map<string, string>();
  const services = [ses, sns, eum, notify, createSsm(parameters), ...(options.services ?? [])];
  const server = createServer((request, response) => {
    void answer(request, response, services, options);
  });
  const port = await listen(server, options.port ?? 0);
  return { port, close: () => closeServer(server) };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  services: readonly AwsService[],
  { onMessage, onCall, behaviour }: AwsLoopbackOptions,
): Promise<void> {
  try {
    const body = await readBody(request, MAX_BODY_BYTES);
    const { call, service, refusal } = readCall(request, body?.toString() ?? '', services);
    if (refusal !== undefined) {
      write(response, refusal);
      return;
    }

    onCall?.(call);
    const told = behaviour?.(service.name, request.headers) ?? { answer: 'accept' };
    if (told.delayMs !== undefined) await delay(told.delayMs, undefined, { ref: false });
    const result = await perform(service, call, told.answer);
    if (result.message !== undefined) onMessage(result.message);
    // Acceptance that cannot be confirmed: the request was carried out, and no answer comes.
    if (told.answer === 'ambiguous') request.socket.destroy();
    else write(response, result.answer);
  } catch {
    // The client went away, or a callback of the caller's threw: either way there is no answer.
    request.socket.destroy();
  }
}

async function perform(service: AwsService, call: AwsCall, told: Behaviour): Promise<AwsResult> {
  if (told !== 'accept' && told !== 'ambiguous') return { answer: service.refuse(service.faults[told]) };
  try {
    const action = service.actions[call.action];
    if (action === undefined) throw new AwsFault('InvalidAction', `Unknown action: ${call.action}`);
    return await action(call);
  } catch (error) {
    if (error instanceof AwsFault) return { answer: service.refuse(error) };
    throw error;
  }
}

type Read =
  | { readonly call: AwsCall; readonly service: AwsService; readonly refusal?: undefined }
  | { readonly refusal: Answer; readonly call?: undefined; readonly service?: undefined };

/** Finds out which service and action a request is for: by `x-amz-target`, or by the form's `Action` and the scope. */
function readCall(request: IncomingMessage, raw: string, services: readonly AwsService[]): Read {
  const { headers } = request;
  const { action, fields, expected } =
    headers['x-amz-target'] === undefined ? readQuery(raw) : readJson(headers, raw);

  const [, scope] =
    /^AWS4-HMAC-SHA256 Credential=[^/]+\/\d{8}\/[\w-]+\/([\w-]+)\/aws4_request, SignedHeaders=[\w;-]+, Signature=[0-9a-f]{64}$/.exec(
      headers.authorization ?? '',
    ) ?? [];
  const service = services.find(({ name }) => name === (expected ?? scope));
  if (service === undefined) {
    const fault = { status: 400, code: 'InvalidAction', message: `Unknown action: ${action}` };
    return { refusal: headers['x-amz-target'] === undefined ? ses.refuse(fault) : jsonFault(fault) };
  }
  const { refuse } = service;
  if (scope === undefined) {
    const message = 'Request is missing Authentication Token';
    return { refusal: refuse({ status: 403, code: 'MissingAuthenticationToken', message }) };
  }
  const { signingName = service.name } = service;
  if (scope !== signingName) {
    const message = `Credential should be scoped to correct service: '${signingName}'.`;
    return { refusal: refuse({ status: 403, code: 'SignatureDoesNotMatch', message }) };
  }
  return { service, call: { service: service.name, action, fields, headers, raw } };
}

interface Input {
  readonly action: string;
  readonly fields: Readonly<Record<string, unknown>>;
  /** The service that the action belongs to; undefined where the request does not say. */
  readonly expected: string | undefined;
}

/** AWS Query protocol: a form whose `Action` and `Version` say what is asked of whom. */
function readQuery(raw: string): Input {
  const fields: Record<string, string | undefined> = Object.fromEntries(new URLSearchParams(raw));
  const { Action: action = '', Version: version = '' } = fields;
  const services = new Map([
    ['2010-12-01', 'ses'],
    ['2010-03-31', 'sns'],
  ]);
  return { action, fields, expected: services.get(version) };
}

/** AWS JSON protocol: `x-amz-target` says what is asked of whom. */
function readJson(headers: IncomingHttpHeaders, raw: string): Input {
  const [target = '', action = ''] = String(headers['x-amz-target']).split('.');
  const services = new Map([
    ['AmazonSSM', 'ssm'],
    ['AmazonSQS', 'sqs'],
    ['DynamoDB_20120810', 'dynamodb'],
    ['PinpointSMSVoiceV2', action === 'SendNotifyTextMessage' ? 'notify' : 'eum'],
  ]);
  return { action, fields: parseObject(raw), expected: services.get(target) ?? target };
}

function parseObject(raw: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(raw);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function write(response: ServerResponse, { status, headers, body }: Answer): void {
  response.writeHead(status, headers).end(body);
}
