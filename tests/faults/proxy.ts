import { connect, createServer, type Server, type Socket } from 'node:net';
import type { Fault } from './fault.js';

/** One request as it passed by. */
export interface PassingRequest {
  /** Start line and headers. */
  readonly head: string;
  readonly body: string;
  /** Before that its first byte was not there, in milliseconds since the Unix epoch. */
  readonly at: number;
}

const LINGER_MS = 10_000;
const BACKLOG = 4096;

/** When the event loop last went round, and the time before: what is read now came in between. */
const turns = { former: Date.now(), latest: Date.now() };
setInterval(() => {
  turns.former = turns.latest;
  turns.latest = Date.now();
}, 5).unref();

export interface FaultProxy {
  readonly port: number;
  /** Whether connections are refused, as if nothing listened. */
  refuse(refused: boolean): Promise<void>;
  close(): Promise<void>;
}

/**
 * A TCP proxy in front of an HTTP/1.1 server that knows where a request ends, and does to each of them what it is
 * told to.
 */
export async function startFaultProxy(
  target: number,
  faultOf: (request: PassingRequest) => Fault,
): Promise<FaultProxy> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => undefined);
  };
  const server = createServer((client) => {
    keep(client);
    serve(client, target, faultOf, keep);
  });
  const stop = async () => {
    sockets.forEach((socket) => socket.resetAndDestroy());
    if (server.listening) await new Promise((resolve) => server.close(resolve));
  };
  const port = await start(server, 0);
  return {
    port,
    refuse: async (refused) => {
      if (refused) await stop();
      else if (!server.listening) await start(server, port);
    },
    close: stop,
  };
}

function start(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    // A full backlog makes the kernel deliver seconds later what was sent long ago.
    server.listen(port, '127.0.0.1', BACKLOG, () => {
      server.off('error', reject);
      resolve((server.address() as { port: number }).port);
    });
  });
}

function serve(
  client: Socket,
  target: number,
  faultOf: (request: PassingRequest) => Fault,
  keep: (socket: Socket) => void,
): void {
  let upstream: Socket | undefined;
  let onAnswer: (chunk: Buffer) => void = () => undefined;
  let received = Buffer.alloc(0);
  let at = 0;
  const acceptedAt = turns.former;

  const forward = (bytes: Buffer) => {
    if (upstream === undefined || upstream.destroyed) {
      upstream = connect(target, '127.0.0.1').on('data', (chunk) => {
        onAnswer(chunk);
      });
      keep(upstream);
      const current = upstream;
      current.on('close', () => {
        if (current === upstream) client.destroy();
      });
    }
    upstream.write(bytes);
  };
  const answer = (bytes: string | Buffer) => {
    if (!client.destroyed) client.write(bytes);
  };

  const act = (fault: Fault, bytes: Buffer) => {
    onAnswer = answer;
    switch (fault.kind) {
      case 'none':
        forward(bytes);
        return;
      case 'delayRequest':
        setTimeout(forward, fault.ms, bytes);
        return;
      case 'delayResponse':
        onAnswer = (chunk) => setTimeout(answer, fault.ms, chunk);
        forward(bytes);
        return;
      case 'refuse':
        answer(httpAnswer(fault.status, ''));
        return;
      case 'truncate':
        onAnswer = (chunk) => {
          answer(chunk.subarray(0, chunk.length / 2));
          client.destroySoon();
        };
        forward(bytes);
        return;
      case 'reset':
        onEnd(fault, bytes, () => client.resetAndDestroy());
        return;
      case 'silence':
        onEnd(fault, bytes, () => undefined);
        return;
      case 'garbage':
        onEnd(fault, bytes, () => client.end('\u0000\u0017 not HTTP at all\r\n\r\n'));
        return;
      case 'nonsense':
        onEnd(fault, bytes, () => client.end(httpAnswer(fault.status, '<html>It works!</html>')));
    }
  };
  /** Ends the exchange as the client sees it: when the server has answered, or at once where it gets nothing. */
  const onEnd = ({ forwarded }: { forwarded: boolean }, bytes: Buffer, end: () => unknown) => {
    if (!forwarded) {
      end();
      return;
    }
    onAnswer = () => {
      onAnswer = () => undefined;
      end();
    };
    forward(bytes);
  };

  // Not at once: what is on its way arrives all the same.
  client.on('close', () => setTimeout(() => upstream?.destroy(), LINGER_MS).unref());
  client.on('data', (chunk) => {
    // What comes with a new connection was sent when that was made.
    if (received.length === 0) at = at === 0 ? acceptedAt : turns.former;
    received = Buffer.concat([received, chunk]);
    const request = readRequest(received);
    if (request === undefined) return;
    const bytes = received;
    received = Buffer.alloc(0);
    act(faultOf({ ...request, at }), bytes);
  });
}

/** The request, once all of it is there; requests with a length alone are known, which is what our clients send. */
function readRequest(bytes: Buffer): { head: string; body: string } | undefined {
  const end = bytes.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const head = bytes.subarray(0, end).toString('latin1');
  const length = Number(/^content-length: *(\d+)$/im.exec(head)?.[1] ?? 0);
  const body = bytes.subarray(end + 4);
  return body.length < length ? undefined : { head, body: body.toString() };
}

function httpAnswer(status: number, body: string): string {
  return `HTTP/1.1 ${status} Injected\r\ncontent-type: text/plain\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
}
