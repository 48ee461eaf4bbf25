import type { Agent } from 'node:http';
import * as https from 'node:https';
import type { Deadline } from './deadline.js';
import { exchange, type HttpRequest, type HttpResponse, OldConnectionError } from './exchange.js';
import { SecureAgent } from './secure-agent.js';

export interface Transport {
  /**
   * Sends one request and reads the whole response.
   *
   * @throws {TransportError} when no complete response came, including when the deadline comes first.
   */
  send(request: HttpRequest, options: { deadline: Deadline }): Promise<HttpResponse>;
  /**
   * Has so many connections (1) ready for later requests to the same server, and sends nothing over them. Resolves when
   * they are open, or have failed: the requests will know.
   */
  prepare(url: URL, count?: number): Promise<void>;
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

  const send: Transport['send'] = async (request, { deadline }) => {
    if (request.url.protocol === 'http:') {
      const { request: open, agent } = await loadPlain();
      await eventsOfThePast();
      return exchange({
        request,
        deadline,
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
        deadline,
        open: https.request,
        agent: secureAgent,
        isOpen: (socket) => secureAgent.isReady(socket),
        wasPrepared: (socket) => secureAgent.wasPrepared(socket),
      });
    };
    // Each takes an older connection out of use, so that a new one comes at last.
    const untilNew = (error: unknown): Promise<HttpResponse> => {
      if (error instanceof OldConnectionError) return attempt().catch(untilNew);
      throw error;
    };
    return attempt().catch(untilNew);
  };
  // One without TLS is open at once.
  const prepare: Transport['prepare'] = (url, count) =>
    url.protocol === 'https:' ? secureAgent.prepare(url, count) : Promise.resolve();
  return { send, prepare };
}

/**
 * What happened to connections while a container was frozen is noticed before they are used again. The network is
 * asked once for certain between two turns of the event loop.
 */
async function eventsOfThePast(): Promise<void> {
  await new Promise(setImmediate);
  await new Promise(setImmediate);
}
