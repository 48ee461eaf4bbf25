import { execFileSync, fork } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createCertificate } from '../../tools/loopback/certificate.js';
import { SECRET } from './job.js';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const at = (path: string) => join(ROOT, path);

/** Installs what is not part of the default install; the runtime interface client compiles for about a minute. */
export function install(folder: 'bench/ric' | 'bench/peers'): void {
  if (existsSync(at(`${folder}/node_modules`))) return;
  console.error(`Installing ${folder} …`);
  // The shell finds npm even if it is a script.
  execFileSync('npm', ['ci'], { cwd: at(folder), stdio: ['ignore', 'ignore', 'inherit'], shell: true });
}

export const RIC = at('bench/ric/node_modules/aws-lambda-ric/index.mjs');
export const LAMBDA_NODE = at('bench/ric/node_modules/node/bin/node');

/** What figures depend on, for the head of a report: commit, machine, Node.js, and how busy the machine was. */
export function describeMachine(node = LAMBDA_NODE): string {
  const run = (command: string, ...args: string[]) =>
    execFileSync(command, args, { cwd: ROOT }).toString().trim();
  const changed = run('git', 'status', '--porcelain', '--', 'lib', 'handlers', 'tools/build', 'bench') !== '';
  const [cpu] = cpus();
  return [
    `commit ${run('git', 'rev-parse', '--short', 'HEAD')}${changed ? ' with changes' : ''}`,
    `${cpus().length} × ${cpu?.model.trim() ?? 'CPU'}, ${process.platform} ${process.arch}`,
    `Node.js ${run(node, '--version')}`,
    `load average at the beginning ${(loadavg()[0] ?? NaN).toFixed(1)}`,
  ].join('; ');
}

export interface Stub {
  /** Points a function at the listeners, and gives it its settings. */
  readonly env: Readonly<Record<string, string>>;
  close(): void;
}

/** Starts the AWS services in their own process. */
export async function startStub(): Promise<Stub> {
  const directory = mkdtempSync(join(tmpdir(), 'otp-relay-bench-'));
  const { key, cert } = await createCertificate();
  const [keyFile, certificateFile] = [join(directory, 'key.pem'), join(directory, 'certificate.pem')];
  writeFileSync(keyFile, key, { mode: 0o600 });
  writeFileSync(certificateFile, cert);
  const child = fork(at('bench/harness/aws-stub.ts'), [keyFile, certificateFile]);
  const ports = await new Promise<Record<string, number>>((resolve, reject) => {
    child.once('message', resolve).once('exit', reject);
  });
  return {
    env: {
      PATH: process.env['PATH'] ?? '',
      TZ: ':UTC',
      NODE_EXTRA_CA_CERTS: certificateFile,
      AWS_REGION: 'us-east-1',
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
      AWS_SESSION_TOKEN: 'token'.repeat(150),
      AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
      AWS_LAMBDA_FUNCTION_NAME: 'bench',
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/bench',
      AWS_LAMBDA_LOG_STREAM_NAME: '2026/11/21/[$LATEST]bench',
      AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
      AWS_LAMBDA_LOG_FORMAT: 'JSON',
      OWNID_SHARED_SECRET: SECRET,
      EMAIL_FROM: 'login@example.com',
      SMS_ALLOWED_COUNTRIES: 'US,CA,GB',
      ...Object.fromEntries(
        Object.entries(ports).map(([service, port]) => [
          `AWS_ENDPOINT_URL_${service}`,
          `https://localhost:${port}`,
        ]),
      ),
    },
    close: () => {
      child.disconnect();
      rmSync(directory, { recursive: true });
    },
  };
}
