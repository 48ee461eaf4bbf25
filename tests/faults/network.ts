import type { Clock } from '../../lib/clock.js';
import { createTransport, type Transport } from '../../lib/net/transport.js';
import { TransportError } from '../../lib/net/transport-error.js';
import { CLOSED } from './http-faults.js';
import type { HttpProxy } from './http-proxy.js';
import type { Call, Service, Visit } from './record.js';
import type { Tally } from './weather.js';

/** A sandbox's own transport, of which it is taken down what was sent and heard. A call's number goes along as `x-call`. */
export function recordedTransport(
  current: () => Visit | undefined,
  options: {
    calls: Call[];
    requestsOf: (text: string) => readonly number[];
    /** By port. */
    services: ReadonlyMap<string, Service>;
    proxies: ReadonlyMap<Service, HttpProxy>;
    tally: Tally;
    clock: Clock;
  },
): Transport {
  const { calls, requestsOf, services, proxies, tally, clock } = options;
  const inner = createTransport({ now: clock.now });
  return {
    prepare: (url, count) => inner.prepare(url, count),
    send: async (request, { deadline }) => {
      // It has its endpoint in common with another.
      const isNotify = request.headers['x-amz-target']?.endsWith('.SendNotifyTextMessage') === true;
      const service = isNotify ? 'notify' : services.get(request.url.port);
      if (service === undefined) throw new Error(`a call to nobody: ${request.url.href}`);
      const visit = current();
      const { body } = request;
      const named = requestsOf(typeof body === 'string' ? body : new TextDecoder().decode(body));
      const requests = named.length > 0 ? named : (visit?.requests ?? []);
      const call: Call = { service, visit, requests, sentAt: clock.now() };
      const headers = { ...request.headers, 'x-call': String(calls.push(call) - 1) };
      try {
        const response = await inner.send({ ...request, headers }, { deadline });
        call.heard = response.status;
        return response;
      } catch (error) {
        if (!(error instanceof TransportError)) throw error;
        call.heard = { code: error.code, isWritten: error.written };
        // Nobody took the connection, or nobody does any more.
        const isLost = call.arrivedAt === undefined && proxies.get(service)?.hasClosedSince(call.sentAt);
        if (error.code === 'ECONNREFUSED' || isLost) {
          tally.add(service, CLOSED.kind);
          call.fault = { kind: CLOSED.kind, isForwarded: false, word: 'foreign', isRejection: false };
        }
        throw error;
      } finally {
        call.endedAt = clock.now();
      }
    },
  };
}
