import type { IncomingMessage, Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * Listens on 127.0.0.1; 0 takes any free port. Rejects with Node's error, `EADDRINUSE` where the port is taken.
 * Connections stay open until the server is closed: one that is closed for being idle may just have been used.
 */
export function listen(server: Server, port: number): Promise<number> {
  server.keepAliveTimeout = 0;
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port);
    });
  });
}

/** Stops listening and ends every connection, busy or idle. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => {
      resolve();
    });
    server.closeAllConnections();
  });
}

/**
 * Reads a request's body.
 *
 * @returns undefined when it is longer than `limit` bytes; the rest was then read and thrown away, so that the
 *   answer reaches the client.
 */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= limit) chunks.push(chunk);
  }
  return length <= limit ? Buffer.concat(chunks, length) : undefined;
}

/** The `host` headers of requests that are addressed to this machine. */
export function ownHosts(port: number | undefined): string[] {
  return ['localhost', '127.0.0.1', '[::1]'].map((host) => `${host}:${port ?? 0}`);
}
