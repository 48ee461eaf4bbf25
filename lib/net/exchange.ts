import type { Agent, ClientRequest, IncomingMessage, RequestOptions } from 'node:http';
import type { Socket } from 'node:net';
import type { Deadline } from './deadline.js';
import { TransportError } from './transport-error.js';

export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

/** More than any provider sends. */
const MAXIMUM_BODY_BYTES = 1_000_000;

export interface HttpResponse {
  readonly status: number;
  /** Names in lower case; repeated headers joined by `, `. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** The request failed on a connection that was opened before it, and nothing was written. */
export class OldConnectionError extends TransportError {}

export interface Exchange {
  readonly request: HttpRequest;
  readonly deadline: Deadline;
  readonly open: (
    url: URL,
    options: RequestOptions,
    onResponse: (response: IncomingMessage) => void,
  ) => ClientRequest;
  readonly agent: Agent;
  /** Whether bytes written to the socket go out at once, rather than after a handshake. */
  readonly isOpen: (socket: Socket) => boolean;
  /** Whether the socket was opened ahead of the request. */
  readonly wasPrepared: (socket: Socket) => boolean;
}

/**
 * Sends one request over one connection, and reads the whole response. Settles as soon as the connection is lost or the
 * deadline comes.
 *
 * @throws {OldConnectionError} when it failed on an older connection, and nothing was written.
 * @throws {TransportError} when no complete response of at most 1 MB came.
 */
export function exchange({
  request,
  deadline,
  open,
  agent,
  isOpen,
  wasPrepared,
}: Exchange): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    let isOld = false;
    let isWritten = () => false;
    const fail = (error: Error & { code?: string }) => {
      const written = isWritten();
      const isLate = deadline.hasEnded();
      const ErrorClass = isOld && !written && !isLate ? OldConnectionError : TransportError;
      reject(new ErrorClass(isLate ? 'TIMEOUT' : (error.code ?? 'UNKNOWN'), written, error));
    };
    if (deadline.hasEnded()) {
      fail(failure('ABORTED'));
      return;
    }

    const { method, headers, url, body } = request;
    // After a 101, Node closes the connection and emits nothing else.
    const lost = () => {
      fail(failure('CLOSED'));
    };
    const sent = open(url, { method, headers, agent, signal: deadline.signal }, (response) => {
      sent.off('close', lost);
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        size += chunk.length;
        if (size <= MAXIMUM_BODY_BYTES) return;
        fail(failure('RESPONSE_TOO_LARGE'));
        sent.destroy();
      });
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
    sent.on('close', lost);
    const write = (socket: Socket) => {
      if (deadline.hasEnded()) {
        sent.destroy(failure('LATE'));
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

function failure(code: string): Error & { code: string } {
  return Object.assign(new Error(code), { code });
}

function joined(headers: IncomingMessage['headers']): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(', ') : (value ?? ''),
    ]),
  );
}
