import { createServer, type IncomingHttpHeaders, request as forward } from 'node:http';
import { closeServer, listen, readBody } from '../../tools/http.js';

/** A request as it came. */
export interface RecordedRequest {
  readonly method: string;
  /** With the query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface FaultProxy {
  readonly endpoint: string;
  /** Calls whose body contains the key get the value as their answer, and do not reach the emulator. */
  readonly answers: Map<string, { status: number; body: string }>;
  stop(): Promise<void>;
}

/** What an AWS service that is down answers. */
export const DOWN = {
  status: 503,
  body: '<ErrorResponse><Error><Code>ServiceUnavailable</Code></Error></ErrorResponse>',
};

/**
 * Stands before an emulator, for the faults and for the actions that it has not.
 *
 * @param onRequest gets every request, answered here or there.
 * @param options.isSerial whether the emulator gets one request after the other.
 */
export async function startFaultProxy(
  port: number,
  onRequest: (request: RecordedRequest) => void = () => undefined,
  { isSerial = false } = {},
): Promise<FaultProxy> {
  const answers: FaultProxy['answers'] = new Map();
  let earlier: Promise<unknown> = Promise.resolve();
  const server = createServer((incoming, outgoing) => {
    void (async () => {
      const body = (await readBody(incoming, 10_000_000)) ?? Buffer.alloc(0);
      const { method = '', url: path = '', headers } = incoming;
      onRequest({ method, path, headers, body });
      for (const [text, answer] of answers) {
        if (!body.includes(text)) continue;
        outgoing.writeHead(answer.status, { 'content-type': 'text/xml' }).end(answer.body);
        return;
      }
      const pass = () =>
        new Promise<void>((resolve) => {
          const call = forward({ host: '127.0.0.1', port, method, path, headers }, (answer) => {
            outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
            answer.pipe(outgoing);
            answer.on('close', resolve);
          });
          call.on('error', () => {
            outgoing.destroy();
            resolve();
          });
          call.end(body);
        });
      if (isSerial) earlier = earlier.then(pass);
      else await pass();
    })();
  });
  const listeningOn = await listen(server, 0);
  return { endpoint: `http://127.0.0.1:${listeningOn}`, answers, stop: () => closeServer(server) };
}
