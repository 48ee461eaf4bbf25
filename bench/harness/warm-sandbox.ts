import { fork } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from './environment.js';
import type { Variant } from './variants.js';

/** The caps would refuse thousands of messages a minute; with these limits they are still counted. */
const UNCAPPED = {
  RECIPIENT_LIMIT: '999999999',
  SMS_COUNTRY_HOURLY_LIMIT: '999999999',
  SMS_DAILY_LIMIT: '999999999',
};

/** A function in its own process, which takes one event at a time, as a Lambda sandbox does. */
export interface WarmSandbox {
  /** Milliseconds from the event to the answer. Throws if that is not 202. */
  readonly invoke: (event: object) => Promise<number>;
  /** Bytes in use after garbage collection. */
  readonly heap: () => Promise<number>;
  readonly close: () => void;
}

export function startWarmSandbox(
  { task, handler, env }: Variant,
  { node, env: surroundings }: { node: string; env: Readonly<Record<string, string>> },
): WarmSandbox {
  const file = join(task, `${handler.split('.')[0] ?? ''}.js`);
  const child = fork(join(ROOT, 'bench/harness/warm-worker.js'), [file], {
    execPath: node,
    execArgv: ['--expose-gc'],
    // The function still writes its output, as in Lambda; it is discarded.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    env: { ...surroundings, ...UNCAPPED, ...env },
  });
  const ask = (event: object | 'heap') =>
    new Promise<number>((resolve, reject) => {
      child.once('message', (reply: { milliseconds?: number; heap?: number; failure?: string }) => {
        const figure = reply.milliseconds ?? reply.heap;
        if (figure === undefined) reject(new Error(`${file}: ${reply.failure ?? ''}`));
        else resolve(figure);
      });
      child.send(event);
    });
  return { invoke: ask, heap: () => ask('heap'), close: () => child.kill() };
}
