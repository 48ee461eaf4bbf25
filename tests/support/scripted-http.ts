import { createServer as createPlainServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Certificate } from '../../tools/loopback/certificate.js';
import { closeServer, listen } from '../../tools/http.js';

/** An answer, or what happens to the connection once the request was read. */
export type HttpReaction =
  | {
      readonly status: number;
      readonly headers?: Record<string, string>;
      readonly body?: string | Uint8Array;
    }
  | 'reset'
  | 'close'
  | 'hang'
  | 'garbage'
  | 'cut off'
  | 'switching protocols'
  | 'endless headers'
  | 'endless interim answers'
  | 'endless body'
  | 'endless chunks';

export interface ScriptedHttp {
  readonly origin: string;
  readonly requests: () => number;
  /** Has the requests from now on answered in another way. */
  readonly react: (reaction: HttpReaction) => void;
  readonly close: () => Promise<void>;
}

/** An HTTP server that reacts to every request in the same way, until it is told another. */
export async function startScriptedHttp(
  initial: HttpReaction,
  certificate?: Certificate,
): Promise<ScriptedHttp> {
  let reaction = initial;
  let requests = 0;
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    request.resume().on('end', () => {
      requests += 1;
      react(response, reaction);
    });
  };
  const server =
    certificate === undefined ? createPlainServer(handle) : createSecureServer(certificate, handle);
  const port = await listen(server, 0);
  return {
    origin: `${certificate === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    requests: () => requests,
    react: (next) => {
      reaction = next;
    },
    close: () => closeServer(server),
  };
}

/** Answers a request that was read, or does with its connection what the reaction says. */
export function react(response: ServerResponse, reaction: HttpReaction): void {
  const { socket } = response;
  if (socket === null || reaction === 'hang') return;
  if (reaction === 'reset') socket.resetAndDestroy();
  else if (reaction === 'close') socket.end();
  else if (reaction === 'garbage') socket.end('220 localhost ESMTP\r\n\r\n');
  else if (reaction === 'cut off') {
    response.writeHead(200, { 'content-length': '1000' }).write('[{');
    socket.end();
  } else if (typeof reaction === 'string') writeRaw(socket, reaction);
  else response.writeHead(reaction.status, reaction.headers).end(reaction.body);
}

const OPENINGS = {
  'switching protocols':
    'HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n',
  'endless headers': 'HTTP/1.1 200 OK\r\n',
  'endless interim answers': '',
  'endless body': 'HTTP/1.1 200 OK\r\n\r\n',
  'endless chunks': 'HTTP/1.1 202 Accepted\r\ntransfer-encoding: chunked\r\n\r\n',
} as const;
const REPEATED = {
  'endless headers': 'x-more: and more\r\n'.repeat(100),
  'endless interim answers': 'HTTP/1.1 103 Early Hints\r\n\r\n',
  'endless body': ' '.repeat(64 * 1024),
  'endless chunks': `10000\r\n${' '.repeat(64 * 1024)}\r\n`,
} as const;

function writeRaw(socket: Socket, reaction: keyof typeof OPENINGS): void {
  socket.on('error', () => undefined);
  socket.write(OPENINGS[reaction]);
  if (reaction === 'switching protocols') return;
  const more = () => {
    if (!socket.destroyed) socket.write(REPEATED[reaction], () => setTimeout(more, 1));
  };
  more();
}
