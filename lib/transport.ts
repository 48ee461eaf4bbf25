import type { Agent, ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import * as https from 'node:https';
import type { Socket } from 'node:net';
import { hasEnded } from './deadline.js';
import type { DeliveryErrorKind } from './errors.js';
import { SecureAgent } from './secure-agent.js';

export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

export interface HttpResponse {
  readonly status: number;
  /** Names in lower case; repeated headers joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

export interface Transport {
  /**
   * Sends one request and reads the whole response.
   *
   * @throws {TransportError} when no complete response came, including when `signal` aborts.
   */
  (request: HttpRequest, options: { signal: AbortSignal }): Promise<HttpResponse>;
  /**
   * Has so many connections (1) ready for later requests to the same server, and sends nothing over them. Resolves when
   * they are open, or have failed: the requests will know.
   */
  readonly prepare: (url: URL, count?: number) => Promise<void>;
}

/** No complete response came. `code` is Node's (`ECONNREFUSED`), or `TIMEOUT` where the caller's signal aborted. */
export class TransportError extends Error {
  readonly code: string;
  /** False when certainly no byte of the request reached the server: only then may it be sent again. */
  readonly written: boolean;

  constructor(code: string, written: boolean, cause?: unknown) {
    super(`${code} ${written ? 'after' : 'before'} the request was written`, { cause });
    this.name = 'TransportError';
    this.code = code;
    this.written = written;
  }
}

/** The certificate that a server showed is not one that Node trusts for its name (Node.js TLS documentation). */
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ALTNAME/;

/** True where Node gave up a TLS connection because of the server's certificate. */
export function isCertificateError(code: string): boolean {
  return CERTIFICATE.test(code);
}

/** What a request without a complete response means for the message that it carried. */
export function transportErrorKind({ code, written }: TransportError): DeliveryErrorKind {
  if (written) return 'ambiguous';
  return isCertificateError(code) ? 'misconfigured' : 'transient';
}

/**
 * A keep-alive transport that, unlike `fetch`, knows whether a failed request may have reached the server.
 * One per container; plain HTTP is there for local listeners.
 *
 * @param options.now milliseconds of a clock that goes on while the process is frozen.
 * @param options.ca certificates in PEM to trust in place of those that Node trusts.
 */
export function createTransport(
  options: { now?: () => number; ca?: string; agent?: SecureAgent } = {},
): Transport {
  const { agent: secureAgent = new SecureAgent(options) } = options;
  let plain: Promise<{ request: typeof https.request; agent: Agent }> | undefined;
  // Importing node:http costs more than all the rest of a cold start, so only local listeners pay for it.
  const loadPlain = () =>
    (plain ??= import('node:http').then(({ request, Agent }) => ({
      request,
      agent: new Agent({ keepAlive: true, scheduling: 'fifo' }),
    })));

  const send = async (request: HttpRequest, { signal }: { signal: AbortSignal }): Promise<HttpResponse> => {
    if (request.url.protocol === 'http:') {
      const { request: open, agent } = await loadPlain();
      await eventsOfThePast();
      return exchange({
        request,
        signal,
        open,
        agent,
        isOpen: (socket) => !socket.connecting,
        wasPrepared: () => false,
      });
    }

    await eventsOfThePast();
    const attempt = () => {
      secureAgent.dropStale();
      return exchange({
        request,
        signal,
        open: https.request,
        agent: secureAgent,
        isOpen: (socket) => secureAgent.isReady(socket),
        wasPrepared: (socket) => secureAgent.wasPrepared(socket),
      });
    };
    return attempt().catch((error: unknown) => {
      if (error instanceof OldConnectionError) return attempt();
      throw error;
    });
  };
  // One without TLS is open at once.
  const prepare = (url: URL, count?: number) =>
    url.protocol === 'https:' ? secureAgent.prepare(url, count) : Promise.resolve();
  return Object.assign(send, { prepare });
}

/**
 * What happened to connections while a container was frozen is noticed before they are used again. The network is
 * asked once for certain between two turns of the event loop.
 */
async function eventsOfThePast(): Promise<void> {
  await new Promise(setImmediate);
  await new Promise(setImmediate);
}

/** A connection from before this request failed, and nothing was written to it. */
class OldConnectionError extends TransportError {}

interface Exchange {
  readonly request: HttpRequest;
  readonly signal: AbortSignal;
  readonly open: (
    url: URL,
    options: RequestOptions,
    onResponse: (response: IncomingMessage) => void,
  ) => ClientRequest;
  readonly agent: Agent;
  /** Whether what is written to the socket may reach the server at once. */
  readonly isOpen: (socket: Socket) => boolean;
  /** Whether it was opened before the request. */
  readonly wasPrepared: (socket: Socket) => boolean;
}

function exchange({ request, signal, open, agent, isOpen, wasPrepared }: Exchange): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    let isOld = false;
    let isWritten = () => false;
    const fail = (error: Error & { code?: string }) => {
      const written = isWritten();
      const isLate = hasEnded(signal);
      const ErrorClass = isOld && !written && !isLate ? OldConnectionError : TransportError;
      reject(new ErrorClass(isLate ? 'TIMEOUT' : (error.code ?? 'UNKNOWN'), written, error));
    };
    if (hasEnded(signal)) {
      fail(new Error('aborted'));
      return;
    }

    const { method, headers, url, body } = request;
    const sent = open(url, { method, headers, agent, signal }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', fail);
      response.on('end', () => {
        resolve({
          status: response.statusCode ?? 0,
          headers: joined(response.headers),
          body: Buffer.concat(chunks),
        });
      });
    });
    sent.on('error', fail);
    const write = (socket: Socket) => {
      if (hasEnded(signal)) {
        sent.destroy(new Error('late'));
        return;
      }
      const before = socket.bytesWritten;
      isWritten = () => socket.bytesWritten > before;
      sent.end(body);
    };
    sent.on('socket', (socket) => {
      if (isOpen(socket)) {
        isOld = true;
        write(socket);
      } else {
        isOld = wasPrepared(socket);
        socket.once('encrypted' in socket ? 'secureConnect' : 'connect', () => {
          write(socket);
        });
      }
    });
  });
}

function joined(headers: IncomingMessage['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
}
