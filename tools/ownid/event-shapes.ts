import type {
  ALBEvent,
  APIGatewayProxyEvent,
  APIGatewayProxyEventV2,
  APIGatewayProxyEventV2WithRequestContext,
  APIGatewayEventRequestContextV2,
} from 'aws-lambda';
import type { ChannelName } from './ownid.js';

/** An HTTP request, before something in AWS makes an event of it. */
export interface HttpRequestParts {
  readonly method: string;
  /** Still encoded, without the query. */
  readonly path: string;
  /** Still encoded, without the question mark. */
  readonly query: string;
  /** In the order and case in which they came; `host` among them. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
  readonly sourceIp: string;
  readonly requestId: string;
  /** Milliseconds since the Unix epoch. */
  readonly time: number;
}

/** A route of `serverless.yml` that a path matches. */
export interface Route {
  readonly channel: ChannelName;
  /** With the path parameter in braces. */
  readonly resource: string;
  readonly app: string | undefined;
}

const ACCOUNT_ID = '123456789012';
const API_ID = 'local';

/** The route of a path, as API Gateway matches it: a trailing slash makes another path. */
export function matchRoute(path: string): Route | undefined {
  const [, channel, app] = /^\/(email|sms)(?:\/([^/]+))?$/.exec(path) ?? [];
  if (channel !== 'email' && channel !== 'sms') return undefined;
  if (app === undefined) return { channel, resource: `/${channel}`, app };
  try {
    return { channel, resource: `/${channel}/{app}`, app: decodeURIComponent(app) };
  } catch {
    return undefined;
  }
}

/** API Gateway HTTP API, payload format 2.0 (API Gateway developer guide, "AWS Lambda proxy integrations"). */
export function httpApiEvent(request: HttpRequestParts, route: Route): APIGatewayProxyEventV2 {
  const routeKey = `${request.method} ${route.resource}`;
  return {
    ...payload2(request, routeKey),
    ...(route.app !== undefined && { pathParameters: { app: route.app } }),
  };
}

/** Lambda function URL: payload format 2.0 without routes (Lambda developer guide, "Invoking function URLs"). */
export function functionUrlEvent(request: HttpRequestParts): APIGatewayProxyEventV2 {
  return payload2(request, '$default');
}

/** API Gateway REST API, proxy integration (payload format 1.0). */
export function restApiEvent(request: HttpRequestParts, route: Route): APIGatewayProxyEvent {
  const stage = 'dev';
  const sent = queryOf(request);
  return {
    resource: route.resource,
    path: request.path,
    httpMethod: request.method,
    headers: Object.fromEntries(request.headers),
    multiValueHeaders: grouped(request.headers),
    queryStringParameters: sent.length === 0 ? null : Object.fromEntries(sent),
    multiValueQueryStringParameters: sent.length === 0 ? null : grouped(sent),
    pathParameters: route.app === undefined ? null : { app: route.app },
    stageVariables: null,
    requestContext: {
      accountId: ACCOUNT_ID,
      apiId: API_ID,
      authorizer: null,
      domainName: hostOf(request),
      httpMethod: request.method,
      identity: {
        accessKey: null,
        accountId: null,
        apiKey: null,
        apiKeyId: null,
        caller: null,
        clientCert: null,
        cognitoAuthenticationProvider: null,
        cognitoAuthenticationType: null,
        cognitoIdentityId: null,
        cognitoIdentityPoolId: null,
        principalOrgId: null,
        sourceIp: request.sourceIp,
        user: null,
        userAgent: userAgentOf(request),
        userArn: null,
      },
      path: `/${stage}${request.path}`,
      protocol: 'HTTP/1.1',
      requestId: request.requestId,
      requestTime: logTime(request.time),
      requestTimeEpoch: request.time,
      resourceId: API_ID,
      resourcePath: route.resource,
      stage,
    },
    ...encodedBody(request),
  };
}

/** Application Load Balancer target (Elastic Load Balancing guide, "Lambda functions as targets"). */
export function albEvent(request: HttpRequestParts): ALBEvent {
  return {
    requestContext: {
      elb: {
        targetGroupArn: `arn:aws:elasticloadbalancing:us-east-1:${ACCOUNT_ID}:targetgroup/local/0123456789abcdef`,
      },
    },
    httpMethod: request.method,
    path: request.path,
    queryStringParameters: Object.fromEntries(queryOf(request)),
    headers: joined(request.headers),
    ...encodedBody(request),
  };
}

function payload2(
  request: HttpRequestParts,
  routeKey: string,
): APIGatewayProxyEventV2WithRequestContext<APIGatewayEventRequestContextV2> {
  const { path, query, method, sourceIp, requestId, time } = request;
  const cookies = request.headers
    .filter(([name]) => name.toLowerCase() === 'cookie')
    .map(([, value]) => value);
  const headers = request.headers.filter(([name]) => name.toLowerCase() !== 'cookie');
  const parameters = queryOf(request);
  return {
    version: '2.0',
    routeKey,
    rawPath: path,
    rawQueryString: query,
    ...(cookies.length > 0 && { cookies }),
    headers: joined(headers),
    ...(parameters.length > 0 && { queryStringParameters: joined(parameters, (name) => name) }),
    requestContext: {
      accountId: ACCOUNT_ID,
      apiId: API_ID,
      domainName: hostOf(request),
      domainPrefix: API_ID,
      http: { method, path, protocol: 'HTTP/1.1', sourceIp, userAgent: userAgentOf(request) },
      requestId,
      routeKey,
      stage: '$default',
      time: logTime(time),
      timeEpoch: time,
    },
    ...(request.body.length > 0 ? encodedBody(request) : { isBase64Encoded: false }),
  };
}

const TEXT_TYPE = /^(?:text\/|application\/(?:json|javascript|xml)\b|application\/[^;]+\+(?:json|xml)\b)/i;

/** Text as it is, anything else as base64; what claims to be text and is not UTF-8 would otherwise not survive. */
function encodedBody({ headers, body }: HttpRequestParts): { body: string; isBase64Encoded: boolean } {
  const [, type = ''] = headers.find(([name]) => name.toLowerCase() === 'content-type') ?? [];
  const text = body.toString('utf8');
  return TEXT_TYPE.test(type) && Buffer.from(text).equals(body)
    ? { body: text, isBase64Encoded: false }
    : { body: body.toString('base64'), isBase64Encoded: true };
}

function joined(
  pairs: Iterable<readonly [string, string]>,
  key = (name: string) => name.toLowerCase(),
): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [name, value] of pairs) {
    const existing = values[key(name)];
    values[key(name)] = existing === undefined ? value : `${existing},${value}`;
  }
  return values;
}

function grouped(pairs: Iterable<readonly [string, string]>): Record<string, string[]> {
  const values: Record<string, string[]> = {};
  for (const [name, value] of pairs) (values[name] ??= []).push(value);
  return values;
}

function queryOf({ query }: HttpRequestParts): [string, string][] {
  return [...new URLSearchParams(query)];
}

function headerOf({ headers }: HttpRequestParts, wanted: string): string {
  return headers.find(([name]) => name.toLowerCase() === wanted)?.[1] ?? '';
}

const hostOf = (request: HttpRequestParts) => headerOf(request, 'host');
const userAgentOf = (request: HttpRequestParts) => headerOf(request, 'user-agent');

/** `21/Nov/2026:02:26:00 +0000`, the time as API Gateway gives it. */
function logTime(time: number): string {
  const [, day, month, year, clock] =
    /^\w+, (\d+) (\w+) (\d+) ([\d:]+)/.exec(new Date(time).toUTCString()) ?? [];
  return `${day ?? ''}/${month ?? ''}/${year ?? ''}:${clock ?? ''} +0000`;
}
