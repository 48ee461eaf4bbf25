import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { Worker } from 'node:worker_threads';
import { type Deadline, startDeadline } from '../../../lib/net/deadline.js';
import type { HttpResponse } from '../../../lib/net/exchange.js';
import { isCertificateError, TransportError, transportErrorKind } from '../../../lib/net/transport-error.js';
import { createTransport, type Transport } from '../../../lib/net/transport.js';
import { type Certificate, createCertificate } from '../../../tools/loopback/certificate.js';
import { OK, type ScriptedServer, startServer } from '../../support/tls.js';
import { createClock } from '../../support/clock.js';
import { until } from '../../support/until.js';

const NEVER = new AbortController().signal;
let certificate: Certificate;
let server: ScriptedServer | undefined;

beforeAll(async () => {
  certificate = await createCertificate();
});
afterEach(async () => {
  await server?.close();
  server = undefined;
});

const start = async (options: Parameters<typeof startServer>[0]) => (server = await startServer(options));
const trusting = (now?: () => number) =>
  createTransport({ ca: certificate.cert, ...(now !== undefined && { now }) });

function post(transport: Transport, url: URL, end: AbortSignal | Deadline = NEVER): Promise<HttpResponse> {
  const headers = { 'content-length': '4' };
  return transport.send({ method: 'POST', url, headers, body: 'body' }, until(end));
}

async function failureOf(promise: Promise<unknown>): Promise<{ code: string; written: boolean }> {
  const error: unknown = await promise.catch((reason: unknown) => reason);
  if (!(error instanceof TransportError)) throw new Error(`not a TransportError: ${String(error)}`);
  return { code: error.code, written: error.written };
}

const requests = ({ received }: ScriptedServer) => received().split('POST / HTTP/1.1').length - 1;

describe.each(['http', 'https'])('over %s', (scheme) => {
  const isSecure = scheme === 'https';
  const listen = (options: Parameters<typeof startServer>[0]) =>
    start({ ...options, ...(isSecure && { certificate }) });

  test('a response is read whole', async () => {
    const { url } = await listen({
      onData: (socket) =>
        socket.write(
          'HTTP/1.1 418 No\r\nX-Two: a\r\nX-Two: b\r\nSet-Cookie: c\r\nContent-Length: 3\r\n\r\n\0é',
        ),
    });
    const response = await post(trusting(), url);
    expect(response.status).toBe(418);
    expect(response.headers).toMatchObject({ 'x-two': 'a, b', 'set-cookie': 'c' });
    expect(response.body).toEqual(Buffer.from('\0é'));
  });

  test('over a refused connection, nothing counts as written', async () => {
    const { url, close } = await listen({});
    await close();
    server = undefined;
    expect(await failureOf(post(trusting(), url))).toEqual({ code: 'ECONNREFUSED', written: false });
  });

  test('after a reset following the request, it counts as written', async () => {
    const { url } = await listen({ onData: (socket) => socket.destroy() });
    expect(await failureOf(post(trusting(), url))).toEqual({ code: 'ECONNRESET', written: true });
  });

  test('after a truncated response, the request counts as written', async () => {
    const { url } = await listen({
      onData: (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nok'),
    });
    expect(await failureOf(post(trusting(), url))).toEqual({ code: 'ECONNRESET', written: true });
  });

  test('after a garbage response, the request counts as written', async () => {
    const { url } = await listen({ onData: (socket) => socket.end('SMTP, sorry\r\n') });
    const { code, written } = await failureOf(post(trusting(), url));
    expect(code).toMatch(/^HPE_/);
    expect(written).toBe(true);
  });

  test('an abort before the request opens no connection', async () => {
    const { url, connections } = await listen({});
    expect(await failureOf(post(trusting(), url, AbortSignal.abort()))).toEqual({
      code: 'TIMEOUT',
      written: false,
    });
    expect(connections()).toBe(0);
  });

  test('after an abort while the server is silent, the request counts as written', async () => {
    const controller = new AbortController();
    const { url } = await listen({
      onData: () => {
        controller.abort();
      },
    });
    expect(await failureOf(post(trusting(), url, controller.signal))).toEqual({
      code: 'TIMEOUT',
      written: true,
    });
  });

  test('after an abort in the middle of the response, the request counts as written', async () => {
    const controller = new AbortController();
    const { url } = await listen({
      onData: (socket) =>
        socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nok', () => {
          controller.abort();
        }),
    });
    expect(await failureOf(post(trusting(), url, controller.signal))).toEqual({
      code: 'TIMEOUT',
      written: true,
    });
  });

  test('a connection is reused', async () => {
    const { url, connections } = await listen({ onData: (socket) => socket.write(OK) });
    const transport = trusting();
    await post(transport, url);
    await post(transport, url);
    expect(connections()).toBe(1);
  });

  test('concurrent requests do not wait for each other', async () => {
    const waiting: (() => void)[] = [];
    const { url, connections } = await listen({
      onData: (socket) => {
        waiting.push(() => socket.write(OK));
        if (waiting.length === 2) for (const answer of waiting) answer();
      },
    });
    const transport = trusting();
    await Promise.all([post(transport, url), post(transport, url)]);
    expect(connections()).toBe(2);
  });
});

describe('a process that was held up past the deadline, and sees network events first', () => {
  test('writes nothing to the connection that has just opened', async () => {
    const clock = createClock();
    const { url, received } = await start({
      certificate,
      onConnect: () => {
        clock.time += 60_000;
      },
      onData: (socket) => socket.write(OK),
    });
    const deadline = startDeadline(clock, 60_000);
    expect(await failureOf(post(trusting(), url, deadline))).toEqual({ code: 'TIMEOUT', written: false });
    expect(received()).toBe('');
    deadline.clear();
  });

  test('writes nothing to a connection that was kept', async () => {
    const clock = createClock();
    const running = await start({ certificate, onData: (socket) => socket.write(OK) });
    const transport = trusting();
    await post(transport, running.url);
    const deadline = startDeadline(clock, 60_000);
    const late = post(transport, running.url, deadline);
    clock.time += 60_000;
    expect(await failureOf(late)).toEqual({ code: 'TIMEOUT', written: false });
    expect(requests(running)).toBe(1);
    deadline.clear();
  });
});

describe('before the handshake is complete nothing was written', () => {
  test('when the connection is reset', async () => {
    const { url } = await start({ certificate, onConnect: (socket) => socket.resetAndDestroy() });
    expect(await failureOf(post(trusting(), url))).toEqual({ code: 'ECONNRESET', written: false });
  });

  test('when the server never answers the handshake', async () => {
    const controller = new AbortController();
    const { url } = await start({
      // A listener without TLS, which lets the client's first message lie.
      onData: () => {
        controller.abort();
      },
    });
    const secure = new URL(url.href.replace('http:', 'https:'));
    expect(await failureOf(post(trusting(), secure, controller.signal))).toEqual({
      code: 'TIMEOUT',
      written: false,
    });
  });

  test.each([
    ['the certificate is not trusted', () => createTransport(), 'localhost'],
    ['the certificate is for another name', undefined, 'example.com'],
  ])('when %s', async (_, transport, host) => {
    const other = await createCertificate({ hosts: [host] });
    const { url, received } = await start({ certificate: other });
    const failure = await failureOf(post((transport ?? (() => createTransport({ ca: other.cert })))(), url));
    expect(failure.written).toBe(false);
    expect(isCertificateError(failure.code)).toBe(true);
    expect(transportErrorKind(new TransportError(failure.code, failure.written))).toBe('misconfigured');
    expect(received()).toBe('');
  });
});

describe('a connection that was opened ahead', () => {
  test('sends nothing until it is used, and is used once', async () => {
    const running = await start({ certificate, onData: (socket) => socket.write(OK) });
    const transport = trusting();
    await transport.prepare(running.url);
    await transport.prepare(running.url);
    expect(running.connections()).toBe(1);
    expect(running.received()).toBe('');
    await post(transport, running.url);
    expect(running.connections()).toBe(1);
    expect(requests(running)).toBe(1);
  });

  test('is used while its handshake is still going on', async () => {
    const running = await start({ certificate, onData: (socket) => socket.write(OK) });
    const transport = trusting();
    const prepared = transport.prepare(running.url);
    expect((await post(transport, running.url)).status).toBe(200);
    await prepared;
    expect(running.connections()).toBe(1);
  });

  test('is replaced when its handshake fails', async () => {
    const running = await start({
      certificate,
      onConnect: (socket, connection) => {
        if (connection === 1) socket.resetAndDestroy();
      },
      onData: (socket) => socket.write(OK),
    });
    const transport = trusting();
    const prepared = transport.prepare(running.url);
    expect((await post(transport, running.url)).status).toBe(200);
    await prepared;
    expect(running.connections()).toBe(2);
    expect(requests(running)).toBe(1);
  });

  test('is replaced by another one, and that by a new one, as each fails', async () => {
    const sockets: Socket[] = [];
    const listener = createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => undefined);
      if (sockets.length === 1) socket.resetAndDestroy();
      // It dies when a request has it already.
      else if (sockets.length === 2) setTimeout(() => socket.resetAndDestroy(), 50);
      else {
        const secure = new TLSSocket(socket, { isServer: true, ...certificate });
        secure.on('error', () => undefined).on('data', () => secure.write(OK));
      }
    });
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const url = new URL(`https://localhost:${(listener.address() as AddressInfo).port}/`);
    const transport = trusting();
    const prepared = transport.prepare(url, 2);
    expect((await post(transport, url)).status).toBe(200);
    await prepared;
    expect(sockets).toHaveLength(3);
    sockets.forEach((socket) => socket.destroy());
    listener.close();
  });

  test('is dropped when it has failed, without an error', async () => {
    const running = await start({
      certificate,
      onConnect: (socket, connection) => {
        if (connection === 1) socket.resetAndDestroy();
      },
      onData: (socket) => socket.write(OK),
    });
    const transport = trusting();
    await transport.prepare(running.url);
    await post(transport, running.url);
    expect(requests(running)).toBe(1);
  });

  test('is not replaced once the request was written to it', async () => {
    const running = await start({ certificate, onData: (socket) => socket.destroy() });
    const transport = trusting();
    await transport.prepare(running.url);
    expect(await failureOf(post(transport, running.url))).toEqual({ code: 'ECONNRESET', written: true });
    expect(requests(running)).toBe(1);
  });

  test('is dropped when it has been idle for long', async () => {
    const running = await start({ certificate, onData: (socket) => socket.write(OK) });
    const clock = { now: 0 };
    const transport = trusting(() => clock.now);
    await transport.prepare(running.url);
    clock.now = 20_001;
    await post(transport, running.url);
    expect(running.connections()).toBe(2);
  });
});

describe('after a freeze', () => {
  test('a connection that was idle for long is not reused', async () => {
    const running = await start({ certificate, onData: (socket) => socket.write(OK) });
    const clock = { now: 0 };
    const transport = trusting(() => clock.now);
    await post(transport, running.url);
    clock.now = 20_000;
    await post(transport, running.url);
    expect(running.connections()).toBe(1);
    clock.now = 40_001;
    await post(transport, running.url);
    expect(running.connections()).toBe(2);
  });

  // A thread of its own goes on while this one is blocked, as servers do while a container is frozen.
  const CLOSING_SERVER = `
    const { parentPort, workerData } = require('node:worker_threads');
    const { certificate, answer, ending, ended } = workerData;
    const net = require('node:net');
    const tls = require('node:tls');
    let requests = 0;
    const server = net.createServer((socket) => {
      const secure = new tls.TLSSocket(socket, { isServer: true, ...certificate });
      secure.on('error', () => {});
      secure.on('data', () => {
        requests += 1;
        secure.write(answer, () => setTimeout(() => {
          if (ending === 'reset') socket.resetAndDestroy();
          else secure.end();
          setTimeout(() => {
            Atomics.store(ended, 0, 1);
            Atomics.notify(ended, 0);
          }, 20);
        }, 20));
      });
    });
    server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
    parentPort.on('message', () => parentPort.postMessage(requests));
  `;

  test.each(['closed', 'reset'])('a connection that was %s meanwhile is not reused', async (ending) => {
    const ended = new Int32Array(new SharedArrayBuffer(4));
    const workerData = { certificate, answer: OK, ending, ended };
    const worker = new Worker(CLOSING_SERVER, { eval: true, workerData });
    try {
      const [port] = (await once(worker, 'message')) as [number];
      const url = new URL(`https://localhost:${port}/`);
      const transport = trusting();
      await post(transport, url);
      Atomics.wait(ended, 0, 0, 10_000);
      expect((await post(transport, url)).status).toBe(200);
      worker.postMessage('how many?');
      expect(await once(worker, 'message')).toEqual([2]);
    } finally {
      await worker.terminate();
    }
  });
});
