import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CpuShare } from './cpu-share.js';

/** One cold start. Milliseconds, but for `rssMb`. */
export interface Sample {
  /** From the process's start until the runtime asks for the first event. */
  readonly init: number;
  /** From the first event handed over until its response. */
  readonly first: number;
  readonly total: number;
  /** CPU time of all threads, until the response; `NaN` if the system does not report it. */
  readonly cpu: number;
  /** Peak resident memory, in MB of 2^20 bytes. */
  readonly rssMb: number;
}

export interface Lambda {
  /** The Node.js that runs the function, and the runtime interface client's entry. */
  readonly command: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string | undefined>>;
}

const TIMEOUT_MS = 60_000;

/**
 * Starts a function in a fresh process as Lambda does, behind a Runtime API of its own, hands it one event, and ends
 * it.
 *
 * @param options.task the folder with the function's code.
 * @param options.handler `module.export`.
 * @param options.throttle limits the process's CPU from the end of INIT on, as Lambda does.
 * @throws if the response's status is not 202, or no response comes.
 */
export async function coldStart(
  lambda: Lambda,
  options: { task: string; handler: string; event: () => object; throttle?: CpuShare | undefined },
): Promise<Sample> {
  const [command, ...args] = lambda.command;
  const api = createServer();
  await new Promise<void>((resolve) => api.listen(0, '127.0.0.1', resolve));
  const { port } = api.address() as AddressInfo;

  const startedAt = performance.now();
  const child = spawn(command, [...args, options.handler], {
    cwd: options.task,
    env: {
      ...lambda.env,
      AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}`,
      LAMBDA_TASK_ROOT: options.task,
      _HANDLER: options.handler,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk));

  try {
    return await new Promise<Sample>((resolve, reject) => {
      const fail = (what: string) => {
        reject(new Error(`${options.task} ${options.handler}: ${what}\n${Buffer.concat(output).toString()}`));
      };
      const timer = setTimeout(fail, TIMEOUT_MS, 'no response in time');
      child.on('exit', (code) => {
        clearTimeout(timer);
        fail(`exited with ${code}`);
      });

      let init = 0;
      let handedAt = 0;
      const onRequest = async (request: IncomingMessage, response: ServerResponse) => {
        const now = performance.now();
        if (request.url?.endsWith('/invocation/next') === true) {
          if (init > 0) return;
          init = now - startedAt;
          const event = JSON.stringify(options.event());
          if (options.throttle !== undefined && child.pid !== undefined) {
            // Moving it to the group takes many milliseconds, during which it must not run.
            child.kill('SIGSTOP');
            options.throttle.add(child.pid);
            child.kill('SIGCONT');
          }
          response.writeHead(200, {
            'content-type': 'application/json',
            'lambda-runtime-aws-request-id': '8476a536-e9f4-11e8-9739-2dfe598c3fcd',
            'lambda-runtime-deadline-ms': String(Date.now() + 30_000),
            'lambda-runtime-invoked-function-arn': 'arn:aws:lambda:us-east-1:123456789012:function:bench',
            'lambda-runtime-trace-id':
              'Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=0',
          });
          handedAt = performance.now();
          response.end(event);
          return;
        }
        const usage = readUsage(child.pid ?? 0);
        const chunks: Buffer[] = [];
        for await (const chunk of request) chunks.push(chunk as Buffer);
        const body = Buffer.concat(chunks).toString();
        response.writeHead(202).end();
        if (request.url?.endsWith('/response') !== true || !body.includes('"statusCode":202')) {
          fail(`answered ${request.url ?? ''} ${body}`);
          return;
        }
        clearTimeout(timer);
        resolve({
          init,
          first: now - handedAt,
          total: init + now - handedAt,
          ...usage,
        });
      };
      api.on('request', (request, response) => {
        onRequest(request, response).catch((error: unknown) => {
          fail(String(error));
        });
      });
    });
  } finally {
    const exited = new Promise((resolve) => child.once('exit', resolve));
    if (child.exitCode === null && child.kill('SIGKILL')) await exited;
    api.closeAllConnections();
    api.close();
  }
}

function readUsage(pid: number): { cpu: number; rssMb: number } {
  try {
    const cpuNs = readdirSync(`/proc/${pid}/task`)
      .map((thread) => Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]))
      .reduce((sum, value) => sum + value, 0);
    const [, peakKb = NaN] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return { cpu: cpuNs / 1e6, rssMb: Number(peakKb) / 1024 };
  } catch {
    return { cpu: NaN, rssMb: NaN };
  }
}
