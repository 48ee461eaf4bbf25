import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { closeServer, listen } from '../../../tools/http.js';
import { FunctionLoadError } from '../../../tools/local/container.js';
import { type LocalFunction, startFunction } from '../../../tools/local/functions.js';
import { type GatewayRequest, toAnswer } from '../../../tools/local/gateway.js';
import { createInbox } from '../../../tools/local/inbox.js';
import { createRouter } from '../../../tools/local/router.js';

// A function that does what its body says.
const BUNDLE = `
console.log('loaded with ' + process.env.SETTING + ', HOME ' + process.env.HOME);
export async function handler(event, context) {
  const text = Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8').toString();
  if (text === 'throw') throw new Error('thrown by the handler');
  if (text === 'exit') process.exit(3);
  if (text === 'hang') return new Promise(() => {});
  if (text === 'pid') return { statusCode: 200, body: String(process.pid) };
  if (text.startsWith('{"statusCode"')) return JSON.parse(text);
  return { statusCode: 200, body: JSON.stringify({ event, context }) };
}`;

let folder: string;
let echo: LocalFunction;
let server: Server;
let port: number;
const output: string[] = [];
const seen: GatewayRequest[] = [];
const answers: { requestId: string; status: number; latencyMs: number }[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'relay-'));
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  await writeFile(join(folder, 'echo.js'), BUNDLE);
  await writeFile(join(folder, 'broken.js'), 'throw new TypeError("broken at load");');
  echo = await startFunction({
    bundle: join(folder, 'echo.js'),
    environment: { SETTING: 'its own settings' },
    timeoutMs: 1000,
    onOutput: (line) => output.push(line),
  });
  const inbox = {
    ...createInbox(),
    onRequest: (request: GatewayRequest) => seen.push(request),
    onAnswer: (requestId: string, answer: { status: number; latencyMs: number }) =>
      answers.push({ requestId, ...answer }),
  };
  const page = {
    inbox,
    info: () => ({ command: '', providers: [], scenarios: [], active: undefined }),
    onInfo: () => () => undefined,
    commandOf: () => '',
    actions: {},
  };
  const started = Promise.resolve({ webhooks: { email: echo, sms: echo }, page });
  server = createServer(createRouter(started, (error) => output.push(String(error))));
  port = await listen(server, 0);
});

afterAll(async () => {
  await closeServer(server);
  await echo.close();
  await rm(folder, { recursive: true });
});

async function post(path: string, body: string | Buffer, headers: Record<string, string> = {}) {
  return fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', headers, body });
}

async function eventOf(response: Response): Promise<APIGatewayProxyEventV2> {
  const { event } = (await response.json()) as { event: APIGatewayProxyEventV2 };
  return event;
}

/** Sends bytes as they are; a client library would tidy headers up. */
async function raw(request: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(request));
    let answer = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (answer += chunk));
    socket.on('end', () => {
      resolve(answer);
    });
    socket.on('error', reject);
  });
}

describe('the event', () => {
  test('is an HTTP API event, payload format 2.0', async () => {
    const headers = { 'content-type': 'application/json', 'Ownid-Timestamp': '1700000000000' };
    const response = await post('/email?a=1&b=x%20y&a=2', '{"x":1}', headers);
    const { requestContext, ...event } = await eventOf(response);
    expect(event).toMatchObject({
      version: '2.0',
      routeKey: 'POST /email',
      rawPath: '/email',
      rawQueryString: 'a=1&b=x%20y&a=2',
      queryStringParameters: { a: '1,2', b: 'x y' },
      headers: {
        'content-type': 'application/json',
        'content-length': '7',
        host: `127.0.0.1:${port}`,
        'ownid-timestamp': '1700000000000',
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-proto': 'http',
      },
      body: '{"x":1}',
      isBase64Encoded: false,
    });
    expect(event).not.toHaveProperty('pathParameters');
    expect(requestContext).toMatchObject({
      routeKey: 'POST /email',
      stage: '$default',
      requestId: response.headers.get('apigw-requestid'),
      http: { method: 'POST', path: '/email', protocol: 'HTTP/1.1', sourceIp: '127.0.0.1' },
    });
    expect(requestContext.time).toMatch(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/);
    expect(Math.abs(requestContext.timeEpoch - Date.now())).toBeLessThan(60_000);
  });

  test('has the app as its path parameter', async () => {
    const event = await eventOf(await post('/sms/my%20shop', 'x', { 'content-type': 'text/plain' }));
    expect(event).toMatchObject({
      routeKey: 'POST /sms/{app}',
      rawPath: '/sms/my%20shop',
      pathParameters: { app: 'my shop' },
    });
  });

  test('has repeated headers joined by a comma, and cookies apart', async () => {
    const answer = await raw(
      'POST /email HTTP/1.1\r\nHost: x\r\nOwnID-Signature: one\r\nownid-signature: two\r\n' +
        'Cookie: a=1; b=2\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
    );
    const { event } = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n'))) as {
      event: APIGatewayProxyEventV2;
    };
    expect(event.headers['ownid-signature']).toBe('one,two');
    expect(event.headers).not.toHaveProperty('cookie');
    expect(event.cookies).toEqual(['a=1; b=2']);
    expect(event).not.toHaveProperty('body');
  });

  test.each([
    ['a form', 'application/x-www-form-urlencoded', Buffer.from('a=1')],
    ['no type', '', Buffer.from('{}')],
    ['bytes that are no UTF-8', 'application/json', Buffer.from([0x7b, 0xff, 0x7d])],
    ['an image', 'image/png', Buffer.from([0x89, 0x50])],
  ])('has %s as base64', async (_, type, body) => {
    const event = await eventOf(await post('/email', body, { 'content-type': type }));
    expect(event).toMatchObject({ body: body.toString('base64'), isBase64Encoded: true });
  });

  test.each(['text/plain', 'application/json; charset=utf-8', 'application/xml', 'application/problem+json'])(
    'has %s as text',
    async (type) => {
      const event = await eventOf(await post('/email', 'Grüße ✓', { 'content-type': type }));
      expect(event).toMatchObject({ body: 'Grüße ✓', isBase64Encoded: false });
    },
  );

  test('comes with the request id that the function logs', async () => {
    const response = await post('/email', 'x');
    const { context } = (await response.json()) as { context: { awsRequestId: string } };
    expect(context.awsRequestId).toBe(response.headers.get('apigw-requestid'));
    expect(seen.at(-1)?.requestId).toBe(context.awsRequestId);
    expect(answers.at(-1)).toMatchObject({ requestId: context.awsRequestId, status: 200 });
  });
});

describe('the answer', () => {
  test.each([
    ['status and headers', { statusCode: 202, headers: { 'X-One': 'yes' }, body: '' }, 202, ''],
    ['base64', { statusCode: 200, body: 'w7w=', isBase64Encoded: true }, 200, 'ü'],
    ['no status', { message: 'hi' }, 200, '{"message":"hi"}'],
    ['a status that is none', { statusCode: 'soon', body: '' }, 500, '{"message":"Internal Server Error"}'],
    [
      'a body that is no text',
      { statusCode: 200, body: { a: 1 } },
      500,
      '{"message":"Internal Server Error"}',
    ],
    ['null', null, 200, 'null'],
  ])('to a result with %s', (_, result, status, body) => {
    const answer = toAnswer({ ended: 'returned', result });
    expect(answer.status).toBe(status);
    expect(answer.body.toString()).toBe(body);
  });

  test('passes headers in lower case, cookies apart, and says it is text', async () => {
    const result = { statusCode: 202, headers: { 'X-One': 'yes' }, cookies: ['a=1', 'b=2'], body: '' };
    const response = await post('/email', JSON.stringify(result));
    expect(response.status).toBe(202);
    expect(response.headers.get('x-one')).toBe('yes');
    expect(response.headers.get('content-type')).toBe('text/plain;charset=UTF-8');
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(await response.text()).toBe('');
  });

  test.each([
    ['POST', '/emails'],
    ['POST', '/email/'],
    ['POST', '/email/shop/more'],
    ['POST', '/email/%ff'],
    ['GET', '/email'],
    ['PUT', '/sms/shop'],
    ['OPTIONS', '/email'],
  ])('to %s %s is 404', async (method, path) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { method });
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({ message: 'Not Found' });
  });

  test('to more than 10 MB is 413', async () => {
    const response = await post('/email', Buffer.alloc(10 * 1024 * 1024 + 1));
    expect(response.status).toBe(413);
    expect(await response.json()).toEqual({ message: 'Request Entity Too Large' });
    expect(answers.at(-1)?.status).toBe(413);
  });

  test('to a page of another site is 403, before any function sees it', async () => {
    const before = seen.length;
    for (const origin of [
      'https://evil.example',
      'null',
      'http://localhost:1',
      `https://localhost:${port}`,
    ]) {
      expect((await post('/email', 'x', { origin })).status).toBe(403);
    }
    expect(seen).toHaveLength(before);
    expect((await post('/email', 'x', { origin: `http://localhost:${port}` })).status).toBe(200);
  });
});

describe('the function', () => {
  test('sees its own environment and not the developer’s', () => {
    expect(output[0]).toBe('loaded with its own settings, HOME undefined');
  });

  test('that throws is a 500, and goes on', async () => {
    const response = await post('/email', 'throw');
    expect(response.status).toBe(500);
    expect(await response.json()).toEqual({ message: 'Internal Server Error' });
    expect((await post('/email', 'x')).status).toBe(200);
  });

  test('whose process ends is a 500, and another takes over', async () => {
    const pid = await (await post('/email', 'pid')).text();
    expect((await post('/email', 'exit')).status).toBe(500);
    const other = await (await post('/email', 'pid')).text();
    expect(other).toMatch(/^\d+$/);
    expect(other).not.toBe(pid);
  });

  test('that takes too long is a 503, and its process is gone', async () => {
    const pid = Number(await (await post('/email', 'pid')).text());
    expect((await post('/email', 'hang')).status).toBe(503);
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  test('runs one event at a time in each process, and more wait when all are busy', async () => {
    const replies = await Promise.all(
      Array.from({ length: 40 }, async () => (await post('/email', 'pid')).text()),
    );
    expect(replies.every((pid) => /^\d+$/.test(pid))).toBe(true);
    expect(new Set(replies).size).toBeGreaterThan(1);
    expect(new Set(replies).size).toBeLessThanOrEqual(8);
  });

  test('that does not load says why', async () => {
    const started = startFunction({
      bundle: join(folder, 'broken.js'),
      environment: {},
      timeoutMs: 1000,
      onOutput: () => undefined,
    });
    await expect(started).rejects.toThrow(FunctionLoadError);
    await expect(started).rejects.toThrow('broken at load');
  });
});
