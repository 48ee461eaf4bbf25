import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** `tests/requirements-<list>.txt`: lists that could not be installed together. */
type List = 'checks' | 'aws';

/**
 * The path of a Python tool of a list of requirements; all of the list is installed into `.venv/<list>` when it changed.
 *
 * @throws when there is no Python 3 with `venv`, or the installation fails.
 */
export function pythonTool(name: string, list: List = 'checks'): string {
  const environment = join(root, '.venv', list);
  const requirements = join(root, 'tests', `requirements-${list}.txt`);
  const stamp = join(environment, 'installed.txt');
  const scripts = join(environment, process.platform === 'win32' ? 'Scripts' : 'bin');
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
