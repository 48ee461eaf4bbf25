import type { Transport } from '../../lib/net/transport.js';
import type { HttpResponse } from '../../lib/net/exchange.js';
import { Refused } from './network.js';
import type { Sandbox } from './sandbox.js';
import type { World } from './world.js';

/** The SSM Parameter Store, as its JSON goes over the wire, with one parameter. */
export interface ParameterStore {
  value: string;
  transport(sandbox: Sandbox): Transport;
}

export function createParameterStore(world: World): ParameterStore {
  const respond = (status: number, body: object): HttpResponse => ({
    status,
    headers: { 'content-type': 'application/x-amz-json-1.1' },
    body: Buffer.from(JSON.stringify(body)),
  });
  const store = {
    value: world.secret,
    transport: (sandbox: Sandbox): Transport => ({
      prepare: () => Promise.resolve(),
      send: ({ headers }, { deadline }) => {
        const isOne = headers['x-amz-target']?.endsWith('GetParameter') === true;
        const apply = () => {
          const parameter = { Name: '/otp-relay/local/secret', Value: store.value };
          return respond(200, isOne ? { Parameter: parameter } : { Parameters: [parameter] });
        };
        return world.network
          .call({ sandbox, service: 'parameters', what: 'get', deadline, apply, show: () => 'the value' })
          .catch((error: unknown) => {
            if (!(error instanceof Refused)) throw error;
            return respond(400, { __type: error.name, message: 'not now, or not to you' });
          });
      },
    }),
  };
  return store;
}
