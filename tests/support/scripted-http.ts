import { createServer as createPlainServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { Certificate } from '../../tools/loopback/certificate.js';
import { closeServer, listen } from '../../tools/http.js';

/** An answer, or what happens to the connection once the request was read. */
export type HttpReaction =
  | { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string }
  | 'reset'
  | 'hang'
  | 'garbage'
  | 'cut off';

export interface ScriptedHttp {
  readonly origin: string;
  readonly requests: () => number;
  readonly close: () => Promise<void>;
}

/** An HTTP server that reacts to every request in the same way. */
export async function startScriptedHttp(
  reaction: HttpReaction,
  certificate?: Certificate,
): Promise<ScriptedHttp> {
  let requests = 0;
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    request.resume().on('end', () => {
      requests += 1;
      const { socket } = request;
      if (reaction === 'reset') socket.resetAndDestroy();
      else if (reaction === 'garbage') socket.end('220 localhost ESMTP\r\n\r\n');
      else if (reaction === 'cut off') {
        response.writeHead(200, { 'content-length': '1000' }).write('[{');
        socket.end();
      } else if (reaction !== 'hang') {
        response.writeHead(reaction.status, reaction.headers).end(reaction.body);
      }
    });
  };
  const server =
    certificate === undefined ? createPlainServer(handle) : createSecureServer(certificate, handle);
  const port = await listen(server, 0);
  return {
    origin: `${certificate === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    requests: () => requests,
    close: () => closeServer(server),
  };
}
