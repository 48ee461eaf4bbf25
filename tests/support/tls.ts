import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import * as net from 'node:net';
import * as tls from 'node:tls';
import type { Certificate } from '../../tools/loopback/certificate.js';

/** A server that does with each connection what the test says, and keeps count. */
export interface ScriptedServer {
  readonly url: URL;
  /** TCP connections that were accepted. */
  readonly connections: () => number;
  /** What arrived, as text, over all connections. */
  readonly received: () => string;
  readonly close: () => Promise<void>;
}

export type Script = (socket: Socket, connection: number) => void;

/**
 * @param options.onData is called with each chunk of plain text that arrives.
 * @param options.onConnect is called with the bare TCP connection, before any handshake.
 */
export async function startServer(options: {
  certificate?: Certificate;
  onConnect?: Script;
  onData?: Script;
}): Promise<ScriptedServer> {
  const { certificate, onConnect, onData } = options;
  let connections = 0;
  let received = '';
  const sockets = new Set<Socket>();

  const serve = (socket: Socket, connection: number) => {
    socket.on('data', (chunk) => {
      received += chunk.toString();
      onData?.(socket, connection);
    });
  };
  const server = net.createServer((socket) => {
    connections += 1;
    const connection = connections;
    sockets.add(socket);
    // Clients that go away are what is tested.
    socket.on('error', () => undefined);
    onConnect?.(socket, connection);
    if (socket.destroyed) return;
    if (certificate === undefined) {
      serve(socket, connection);
      return;
    }
    const secure = new tls.TLSSocket(socket, { isServer: true, ...certificate });
    secure.on('error', () => undefined);
    serve(secure, connection);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: new URL(certificate === undefined ? `http://127.0.0.1:${port}/` : `https://localhost:${port}/`),
    connections: () => connections,
    received: () => received,
    close: async () => {
      sockets.forEach((socket) => socket.destroy());
      server.close();
      await once(server, 'close');
    },
  };
}

/** An answer that keeps the connection alive. */
export const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok';
