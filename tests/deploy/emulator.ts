import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pythonTool } from '../support/python.js';
import { until } from '../support/steps.js';

export interface Emulator {
  readonly port: number;
  readonly endpoint: string;
  readonly logFile: string;
  /** What was accepted, by MiniStack's own endpoints. */
  mails(): Promise<Mail[]>;
  texts(phoneNumber: string): Promise<Text[]>;
  stop(): Promise<void>;
}

export interface Mail {
  readonly MessageId: string;
  readonly Source: string;
  readonly To: readonly string[];
  readonly Subject: string;
  readonly BodyText: string;
  readonly BodyHtml: string;
}

export interface Text {
  readonly Message: string;
}

/** Starts MiniStack, an AWS in one process, on a free port; functions run in Node processes of this machine. */
export async function startEmulator(): Promise<Emulator> {
  const port = await freePort();
  const endpoint = `http://127.0.0.1:${port}`;
  const logFile = join(await mkdtemp(join(tmpdir(), 'otp-relay-ministack-')), 'ministack.log');
  const child = spawn(pythonTool('ministack'), {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      GATEWAY_PORT: String(port),
      EDGE_PORT: String(port),
      BIND_HOST: '127.0.0.1',
      LAMBDA_EXECUTOR: 'local',
    },
  });
  const log = createWriteStream(logFile);
  child.stdout.pipe(log);
  child.stderr.pipe(log);
  const ended = new Promise<void>((resolve) =>
    child.once('exit', () => {
      resolve();
    }),
  );

  const get = async <T>(path: string): Promise<T> => {
    const response = await fetch(`${endpoint}/_ministack/${path}`);
    return (await response.json()) as T;
  };
  await until('MiniStack answers', 60_000, () => get('health').catch(() => undefined));

  return {
    port,
    endpoint,
    logFile,
    mails: async () => {
      const { messages } = await get<{ messages: Record<string, Mail[]> }>('ses/messages');
      return Object.values(messages).flat();
    },
    texts: async (phoneNumber) => {
      const query = new URLSearchParams({ phoneNumber }).toString();
      const { sms_messages: found } = await get<{ sms_messages: Record<string, Text[]> }>(
        `sns/sms-messages?${query}`,
      );
      return found[phoneNumber] ?? [];
    },
    stop: async () => {
      // With the processes of the functions, which it started.
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
