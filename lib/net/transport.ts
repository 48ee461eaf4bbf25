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
   * Opens `count` connections (default 1) for later requests to the same server, without sending anything. Resolves
   * when each is open or has failed; a failure surfaces in the request that needs the connection.
   */
  prepare(url: URL, count?: number): Promise<void>;
}

/**
 * A keep-alive transport that, unlike `fetch`, knows whether a failed request may have reached the server. One per
 * process; plain HTTP is for listeners on this machine.
 *
 * @param options.now milliseconds of a clock that keeps running while the process is frozen.
 * @param options.ca PEM certificates to trust in place of those that Node trusts.
 */
export function createTransport(
  options: { now?: () => number; ca?: string; agent?: SecureAgent } = {},
): Transport {
  const { agent: secureAgent = new SecureAgent(options) } = options;
  let plain: Promise<{ request: typeof https.request; agent: Agent }> | undefined;
  // Importing node:http costs more than the rest of a cold start, so only local listeners pay for it.
  const loadPlain = () =>
    (plain ??= import('node:http').then(({ request, Agent }) => ({
      request,
      agent: new Agent({ keepAlive: true, scheduling: 'fifo' }),
    })));

  const send: Transport['send'] = async (request, { deadline }) => {
    if (request.url.protocol === 'http:') {
      const { request: open, agent } = await loadPlain();
      await missedNetworkEvents();
      return exchange({
        request,
        deadline,
        open,
        agent,
        isOpen: (socket) => !socket.connecting,
        wasPrepared: () => false,
      });
    }

    await missedNetworkEvents();
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
    // Each failure uses up an old connection, so a new one is opened in the end.
    const untilNew = (error: unknown): Promise<HttpResponse> => {
      if (error instanceof OldConnectionError) return attempt().catch(untilNew);
      throw error;
    };
    return attempt().catch(untilNew);
  };
  // Without TLS there is no handshake worth doing ahead.
  const prepare: Transport['prepare'] = (url, count) =>
    url.protocol === 'https:' ? secureAgent.prepare(url, count) : Promise.resolve();
  return { send, prepare };
}

/**
 * Lets the process learn what happened to its connections while it was frozen, before it uses them. Node polls the
 * network at least once between two `setImmediate` callbacks.
 */
async function missedNetworkEvents(): Promise<void> {
  await new Promise(setImmediate);
  await new Promise(setImmediate);
}
