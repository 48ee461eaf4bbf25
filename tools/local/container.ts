import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { devNull } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { SettingsError } from '../../lib/errors.js';
import { type Environment, processEnvironment } from '../../lib/settings/settings.js';

/** How an invocation ended; `crashed` covers a handler that threw and a process that ended. */
export type Invocation =
  { readonly ended: 'returned'; readonly result: unknown } | { readonly ended: 'crashed' | 'timed out' };

/** One process with one function in it, which takes one event at a time. */
export interface Container {
  invoke(event: unknown, requestId: string): Promise<Invocation>;
  readonly isAlive: () => boolean;
  /** Kills it, as a crash would, and waits until it is gone. */
  kill(): Promise<void>;
}

export interface ContainerOptions {
  /** Path of an ES module that exports `handler`. */
  readonly bundle: string;
  /** All that the function sees, besides what the system needs to start a process. */
  readonly environment: Environment;
  /** After that the container is killed and the invocation given up. */
  readonly timeoutMs: number;
  /** Called with each line that the function writes. */
  readonly onOutput: (line: string) => void;
}

/** Thrown when a function does not load, for another reason than its settings. The message is the error's stack. */
export class FunctionLoadError extends Error {
  override readonly name = 'FunctionLoadError';
}

type Reply =
  { ready: true } | { fault: string } | { faults: string[] } | { result: unknown } | { failed: true };

const PROCESS = fileURLToPath(new URL('container-process.js', import.meta.url));

/**
 * Starts a process and loads a bundle in it.
 *
 * @throws {SettingsError} with the faults that the function finds.
 * @throws {FunctionLoadError}
 */
export async function startContainer(options: ContainerOptions): Promise<Container> {
  const child = fork(PROCESS, [options.bundle], {
    env: { ...systemEnvironment(), ...options.environment },
    execArgv: ['--enable-source-maps'],
    // Events and results as Lambda passes them, with nothing that only the structured clone would carry.
    serialization: 'json',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  // Faulty settings are thrown; what the function logs of them would say it once more.
  let held: string[] | undefined = [];
  const onLine = (line: string) => {
    if (held === undefined) options.onOutput(line);
    else held.push(line);
  };
  for (const stream of [child.stdout, child.stderr]) {
    if (stream !== null) createInterface({ input: stream }).on('line', onLine);
  }
  const release = () => {
    held?.forEach(options.onOutput);
    held = undefined;
  };
  const isAlive = () => child.exitCode === null && child.signalCode === null;
  const kill = async () => {
    if (!isAlive()) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  };

  const loaded = await nextReply(child);
  if (loaded === undefined || !('ready' in loaded)) {
    await kill();
    if (loaded !== undefined && 'faults' in loaded) throw new SettingsError(loaded.faults);
    release();
    const fault = loaded !== undefined && 'fault' in loaded ? loaded.fault : 'The process ended.';
    throw new FunctionLoadError(fault);
  }
  release();

  const invoke = async (event: unknown, requestId: string): Promise<Invocation> => {
    if (!isAlive()) return { ended: 'crashed' };
    let timer: NodeJS.Timeout | undefined;
    const timedOut = new Promise<'timed out'>((resolve) => {
      timer = setTimeout(resolve, options.timeoutMs, 'timed out');
    });
    const replied = nextReply(child);
    child.send({ event, context: { awsRequestId: requestId } }, () => {
      // A process that can no longer be reached has ended, which settles the reply.
    });
    const reply = await Promise.race([replied, timedOut]);
    clearTimeout(timer);
    if (reply === 'timed out') {
      await kill();
      return { ended: 'timed out' };
    }
    return reply !== undefined && 'result' in reply
      ? { ended: 'returned', result: reply.result }
      : { ended: 'crashed' };
  };

  return { invoke, isAlive, kill };
}

/** The next thing that a process says, or undefined when it ends instead. */
function nextReply(child: ChildProcess): Promise<Reply | undefined> {
  return new Promise((resolve) => {
    const settle = (reply?: Reply) => {
      child.off('message', settle).off('exit', onEnd).off('error', onEnd);
      resolve(reply);
    };
    const onEnd = () => {
      settle();
    };
    child.on('message', settle).on('exit', onEnd).on('error', onEnd);
  });
}

/** What a process needs to start and to find its temporary folder, and nothing of the developer's own settings. */
function systemEnvironment(): Environment {
  const environment = processEnvironment();
  const needed = ['PATH', 'Path', 'TMPDIR', 'TEMP', 'TMP', 'SystemRoot', 'windir'];
  return {
    ...Object.fromEntries(
      needed.filter((name) => name in environment).map((name) => [name, environment[name]]),
    ),
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    // What is deployed runs on a newer Node.js.
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
  };
}
