import { createServer, type IncomingHttpHeaders, request as httpRequest, type Server } from 'node:http';
import { Server as NetServer } from 'node:net';
import { type Clock, sleep } from '../../lib/clock.js';
import { closeServer, listen, readBody } from '../../tools/http.js';
import { react } from '../support/scripted-http.js';
import { CLOSED, type HttpFault, httpFaults, TOO_MANY } from './http-faults.js';
import { type Call, type Injected, isProvider, type Service } from './record.js';
import type { Tally, Weather } from './weather.js';

const MAX_BODY_BYTES = 10_000_000;

export interface HttpProxy {
  readonly port: number;
  /** Listens, or does not, as the weather has it. */
  obey(): Promise<void>;
  /** Whether connections that nobody had taken yet were lost since then. */
  hasClosedSince(time: number): boolean;
  close(): Promise<void>;
}

/** Stands before a service, and does to each call what the weather says: forwarding and answering are two things. */
export async function startHttpProxy(options: {
  service: Service;
  target: number;
  weather: Weather;
  tally: Tally;
  clock: Clock;
  /** The call with that number. */
  callOf: (number: number) => Call | undefined;
}): Promise<HttpProxy> {
  const { target, weather, tally, clock, callOf } = options;
  const server = createServer((request, response) => {
    const call = callOf(Number(request.headers['x-call']));
    if (call === undefined) {
      request.socket.destroy();
      return;
    }
    const { service } = call;
    call.arrivedAt = clock.now();
    void (async () => {
      const body = await readBody(request, MAX_BODY_BYTES);
      const fault = weather.isClosed(service) ? CLOSED : weather.strike(service, httpFaults(service));
      const isAsked =
        fault?.answer === undefined || (fault !== CLOSED && fault !== TOO_MANY && weather.happens(0.5));
      if (fault !== undefined) {
        tally.add(service, fault.kind);
        call.fault = injected(fault, isAsked && fault.told === undefined);
      }

      const pause = () => sleep(clock, weather.between(200, 4000));
      if (fault?.delays === 'request') await pause();
      const told = fault?.told;
      const headers = { ...request.headers, ...(told !== undefined && { 'x-told': told }) };
      const answer = isAsked ? await forward(target, headers, request.url ?? '', body) : undefined;
      const isTaken = answer !== undefined && answer.status < 300 && told === undefined;
      if (isTaken && isProvider(service)) call.takenAt = clock.now();
      if (fault?.delays === 'answer') await pause();
      const heard = fault?.answer ?? answer;
      if (heard !== undefined) react(response, heard);
    })().catch(() => request.socket.destroy());
  });
  const port = await listen(server, 0);
  let closedAt = -Infinity;
  return {
    port,
    hasClosedSince: (time) => closedAt >= time,
    obey: async () => {
      if (weather.isClosed(options.service) === !server.listening) return;
      // Not the server's own, which would also end connections in use.
      if (server.listening) {
        NetServer.prototype.close.call(server);
        closedAt = clock.now();
      } else await listenAgain(server, port, clock);
    },
    close: () => closeServer(server),
  };
}

function injected(fault: HttpFault, isForwarded: boolean): Injected {
  return {
    kind: fault.kind,
    isForwarded,
    word:
      fault.told !== undefined || fault === TOO_MANY
        ? 'refusal'
        : fault.answer === undefined
          ? 'answer'
          : 'foreign',
    isRejection: fault.told === 'rejected',
  };
}

/** The port may be in use for a moment, by a connection that was given it. */
async function listenAgain(server: Server, port: number, clock: Clock): Promise<void> {
  for (;;) {
    try {
      await listen(server, port);
      return;
    } catch {
      await sleep(clock, 50);
    }
  }
}

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: Buffer;
}

const OF_THE_CONNECTION = new Set(['connection', 'keep-alive', 'transfer-encoding', 'content-length']);

function forward(
  port: number,
  headers: IncomingHttpHeaders,
  path: string,
  body: Buffer | undefined,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({ host: '127.0.0.1', port, path, method: 'POST', headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const own = Object.entries(response.headers).filter(([name]) => !OF_THE_CONNECTION.has(name));
        resolve({
          status: response.statusCode ?? 0,
          headers: Object.fromEntries(own.map(([name, value]) => [name, String(value)])),
          body: Buffer.concat(chunks),
        });
      });
    });
    outgoing.on('error', reject).end(body);
  });
}
