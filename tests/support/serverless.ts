import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const bin = join(
  dirname(createRequire(import.meta.url).resolve('serverless/package.json')),
  'bin/serverless.js',
);

/** What a command printed, on both streams and on the first alone, and its exit code. */
export interface Run {
  readonly code: number | null;
  readonly printed: string;
  readonly stdout: string;
}

/** Runs the same command as `npx serverless`. */
export function runServerless(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<Run> {
  return runNode([bin, ...args], { ...environment, SLS_NOTIFICATIONS_MODE: 'off' });
}

/**
 * As {@link runServerless}.
 *
 * @returns what it printed.
 * @throws with what it printed, when it fails.
 */
export async function serverless(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<string> {
  const { code, printed } = await runServerless(args, environment);
  if (code !== 0) throw new Error(`serverless ${args.join(' ')} exited with ${String(code)}:\n${printed}`);
  return printed;
}

/** Runs a tool of this project, such as `tools/doctor/main.ts`. */
export function runTool(path: string, args: readonly string[], environment: NodeJS.ProcessEnv): Promise<Run> {
  return runNode(['--import', 'tsx', path, ...args], environment);
}

async function runNode(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<Run> {
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...process.env, NODE_NO_WARNINGS: '1', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const chunks: Buffer[] = [];
  const output: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    output.push(chunk);
  });
  child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return { code, printed: Buffer.concat(chunks).toString(), stdout: Buffer.concat(output).toString() };
}
