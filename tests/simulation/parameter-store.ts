import type { Transport } from '../../lib/net/transport.js';
import type { HttpResponse } from '../../lib/net/exchange.js';
import type { Sandbox } from './sandbox.js';
import type { World } from './world.js';

/** The SSM Parameter Store, as its JSON goes over the wire, with one parameter. */
export interface ParameterStore {
  value: string;
  /** How many sandboxes are loading the code that calls it: that takes real time, during which none passes. */
  readonly loading: number;
  transport(sandbox: Sandbox): Transport;
}

export function createParameterStore(world: World): ParameterStore {
  const loading = new Set<Sandbox>();
  const waiting: { readonly name: string; readonly start: () => void }[] = [];
  /** Which of several sandboxes has loaded first is a race in real time: they all call when the last one has. */
  const inTurn = <T>({ name }: Sandbox, call: () => Promise<T>): Promise<T> =>
    new Promise((resolve, reject) => {
      waiting.push({ name, start: () => void call().then(resolve, reject) });
      if (loading.size > 0) return;
      const ready = waiting.splice(0).sort((one, other) => one.name.localeCompare(other.name));
      for (const { start } of ready) start();
    });
  const store = {
    value: world.secret,
    get loading() {
      return loading.size;
    },
    transport: (sandbox: Sandbox): Transport => ({
      prepare: () => {
        loading.add(sandbox);
        return Promise.resolve();
      },
      send: ({ headers }, { deadline }) => {
        loading.delete(sandbox);
        const isOne = headers['x-amz-target']?.endsWith('GetParameter') === true;
        const parameter = () => ({ Name: '/otp-relay/local/secret', Value: store.value });
        const apply = (): HttpResponse => {
          const found = isOne ? { Parameter: parameter() } : { Parameters: [parameter()] };
          return {
            status: 200,
            headers: { 'content-type': 'application/x-amz-json-1.1' },
            body: Buffer.from(JSON.stringify(found)),
          };
        };
        return inTurn(sandbox, () =>
          world.network.call({
            sandbox,
            service: 'parameters',
            what: 'get',
            deadline,
            apply,
            show: () => 'the value',
          }),
        ).catch((error: unknown) => {
          if ((error as Error).name !== 'ThrottlingException') throw error;
          const body = Buffer.from(
            JSON.stringify({ __type: 'ThrottlingException', message: 'Rate exceeded' }),
          );
          return { status: 400, headers: { 'content-type': 'application/x-amz-json-1.1' }, body };
        });
      },
    }),
  };
  return store;
}
