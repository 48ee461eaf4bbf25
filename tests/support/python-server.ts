import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './steps.js';

/** A server that runs beside the tests, on 127.0.0.1. */
export interface PythonServer {
  readonly port: number;
  readonly endpoint: string;
  readonly logFile: string;
  /** With the processes that it started. */
  stop(): Promise<void>;
}

/**
 * Starts a server on a free port, and waits until it answers.
 *
 * @param command its path, as `pythonTool` returns it.
 * @param start its arguments and environment, for that port.
 * @param path what it answers when it is ready.
 */
export async function startPythonServer(
  command: string,
  start: (port: string) => { args?: readonly string[]; env?: Readonly<Record<string, string>> },
  path: string,
): Promise<PythonServer> {
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const logFile = join(await mkdtemp(join(tmpdir(), 'otp-relay-server-')), 'log');
  const { args = [], env } = start(String(port));
  const child = spawn(command, args, {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  const log = createWriteStream(logFile);
  child.stdout.pipe(log);
  child.stderr.pipe(log);
  const ended = new Promise<void>((resolve) =>
    child.once('exit', () => {
      resolve();
    }),
  );
  await until(`${command} answers`, 60_000, () =>
    fetch(`${endpoint}/${path}`).then(
      ({ ok }) => ok || undefined,
      () => undefined,
    ),
  );
  return {
    port,
    endpoint,
    logFile,
    stop: async () => {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGTERM');
      await ended;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}
