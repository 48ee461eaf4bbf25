import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const environment = join(root, '.venv');
const requirements = join(root, 'tests', 'requirements.txt');
const stamp = join(environment, 'installed.txt');
const scripts = join(environment, process.platform === 'win32' ? 'Scripts' : 'bin');

/**
 * The path of a Python tool of `tests/requirements.txt`; all of them are installed into `.venv` when that list changed.
 *
 * @throws when there is no Python 3 with `venv`, or the installation fails.
 */
export function pythonTool(name: string): string {
  const wanted = readFileSync(requirements, 'utf8');
  if (!existsSync(stamp) || readFileSync(stamp, 'utf8') !== wanted) {
    const python = process.platform === 'win32' ? 'python' : 'python3';
    run(python, ['-m', 'venv', '--clear', environment]);
    run(join(scripts, 'python'), ['-m', 'pip', 'install', '--quiet', '-r', requirements]);
    writeFileSync(stamp, wanted);
  }
  return join(scripts, name);
}

function run(command: string, args: string[]): void {
  const { status, error } = spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  if (status !== 0) throw error ?? new Error(`${command} ${args.join(' ')} failed`);
}
