import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { httpApiEvent } from '../ownid/event-shapes.js';
import type { HttpRequestParts } from '../ownid/http-request.js';
import type { Route } from '../ownid/routes.js';
import { readBody } from '../http.js';
import type { ChannelName } from '../ownid/ownid.js';
import type { Invocation } from './container.js';
import type { Deployment } from './deployment.js';

/** A request on its way to a function. */
export interface GatewayRequest {
  /** Of the request and, unlike in AWS, of the invocation, whose log lines carry it. */
  readonly requestId: string;
  /** Undefined where no route matches. */
  readonly channel?: ChannelName | undefined;
  readonly app?: string | undefined;
  readonly method: string;
  readonly path: string;
  /** In the order and case in which they came. */
  readonly headers: HttpRequestParts['headers'];
  /** Milliseconds since the Unix epoch. */
  readonly receivedAt: number;
  readonly body: Buffer;
}

/** Is told what passes through the gateway. */
export interface GatewayObserver {
  onRequest(request: GatewayRequest): void;
  /** @param latencyMs from the last byte of the request until the answer was at hand. */
  onAnswer(requestId: string, answer: GatewayAnswer): void;
}

/** What the caller was answered. */
export interface GatewayAnswer {
  readonly status: number;
  readonly latencyMs: number;
  readonly headers: HttpRequestParts['headers'];
  readonly body: string;
}

interface HttpAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[]>>;
  readonly body: Buffer;
}

/** Amazon API Gateway developer guide, "Quotas for configuring and running an HTTP API". */
const MAX_BODY_BYTES = 10 * 1024 * 1024;

/** Passes a request to the function of its route, as API Gateway's HTTP API does; 404 where there is none. */
export async function passThrough(
  request: IncomingMessage,
  response: ServerResponse,
  route: Route | undefined,
  { webhooks, observer }: { webhooks: Deployment['webhooks']; observer: GatewayObserver },
): Promise<void> {
  const body = await readBody(request, MAX_BODY_BYTES);
  const time = Date.now();
  const startedAt = performance.now();
  const requestId = randomUUID();
  const parts = readParts(request, { body: body ?? Buffer.alloc(0), requestId, time });
  const { channel, app } = route ?? {};
  const { method, path } = parts;
  const headers = parts.headers.slice(0, request.rawHeaders.length / 2);
  observer.onRequest({ requestId, channel, app, method, path, headers, receivedAt: time, body: parts.body });

  const invoke = async ({ channel: name }: Route, event: APIGatewayProxyEventV2) =>
    body === undefined
      ? refusal(413, 'Request Entity Too Large')
      : toAnswer(await webhooks[name].invoke(event, requestId));
  const answer =
    route === undefined ? refusal(404, 'Not Found') : await invoke(route, httpApiEvent(parts, route));
  observer.onAnswer(requestId, {
    status: answer.status,
    latencyMs: performance.now() - startedAt,
    headers: Object.entries(answer.headers).map(([name, value]) => [name, String(value)]),
    body: answer.body.toString('utf8'),
  });
  writeAnswer(response, answer, requestId);
}

/** API Gateway's answer where no route matches. */
export function writeNotFound(response: ServerResponse): void {
  writeAnswer(response, refusal(404, 'Not Found'), randomUUID());
}

function readParts(
  request: IncomingMessage,
  { body, requestId, time }: Pick<HttpRequestParts, 'body' | 'requestId' | 'time'>,
): HttpRequestParts {
  const { method = '', url = '', rawHeaders } = request;
  const [path = '', query = ''] = url.split(/\?(.*)/s);
  const sourceIp = request.socket.remoteAddress ?? '127.0.0.1';
  const headers = Array.from({ length: rawHeaders.length / 2 }, (_, index) => {
    return [rawHeaders[index * 2] ?? '', rawHeaders[index * 2 + 1] ?? ''] as const;
  });
  const added = [
    ['x-amzn-trace-id', `Root=1-${Math.floor(time / 1000).toString(16)}-${randomBytes(12).toString('hex')}`],
    ['x-forwarded-for', sourceIp],
    ['x-forwarded-port', String(request.socket.localPort)],
    ['x-forwarded-proto', 'http'],
  ] as const;
  return { method, path, query, headers: [...headers, ...added], body, sourceIp, requestId, time };
}

/**
 * What API Gateway makes of an invocation (developer guide, "Lambda function response for format 2.0"): a result
 * without `statusCode` is the body, and what is no valid answer is a 500.
 */
export function toAnswer(invocation: Invocation): HttpAnswer {
  switch (invocation.ended) {
    case 'crashed':
      return refusal(500, 'Internal Server Error');
    case 'timed out':
      return refusal(503, 'Service Unavailable');
    case 'returned':
      return readResult(invocation.result);
  }
}

function readResult(result: unknown): HttpAnswer {
  if (typeof result !== 'object' || result === null || !('statusCode' in result)) {
    const body = Buffer.from(JSON.stringify(result));
    return { status: 200, headers: { 'content-type': 'application/json' }, body };
  }
  const { statusCode, headers = {}, body = '', isBase64Encoded, cookies } = result as Record<string, unknown>;
  const status = Number(statusCode);
  if (!Number.isInteger(status) || status < 200 || status > 599 || typeof body !== 'string') {
    return refusal(500, 'Internal Server Error');
  }
  const named = Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), String(value)]);
  return {
    status,
    headers: {
      'content-type': 'text/plain;charset=UTF-8',
      ...(Object.fromEntries(named) as Record<string, string>),
      ...(Array.isArray(cookies) && { 'set-cookie': cookies.map(String) }),
    },
    body: Buffer.from(body, isBase64Encoded === true ? 'base64' : 'utf8'),
  };
}

function refusal(status: number, message: string): HttpAnswer {
  return {
    status,
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify({ message })),
  };
}

function writeAnswer(
  response: ServerResponse,
  { status, headers, body }: HttpAnswer,
  requestId: string,
): void {
  response
    .writeHead(status, { ...headers, 'content-length': body.length, 'apigw-requestid': requestId })
    .end(body);
}
