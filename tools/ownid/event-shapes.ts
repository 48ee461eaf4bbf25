import type {
  ALBEvent,
  APIGatewayProxyEvent,
  APIGatewayProxyEventV2,
  APIGatewayProxyEventV2WithRequestContext,
  APIGatewayEventRequestContextV2,
} from 'aws-lambda';
import {
  encodedBody,
  grouped,
  hostOf,
  type HttpRequestParts,
  joined,
  logTime,
  queryOf,
  userAgentOf,
} from './http-request.js';
import type { Route } from './routes.js';

const ACCOUNT_ID = '123456789012';
const API_ID = 'local';

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
