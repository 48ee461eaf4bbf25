import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { promisify } from 'node:util';

/** A seventh less time: a schedule makes many objects, and many errors whose stack nobody reads. */
const OPTIONS = ['--max-semi-space-size=32', '--stack-trace-limit=0'];

/** Runs programs of this simulator in processes of their own, one on each core, and hands on what each prints. */
export async function elsewhere(
  programs: readonly { readonly args: readonly string[]; readonly onEnd: (printed: string) => void }[],
): Promise<void> {
  const [, main = ''] = process.argv;
  const left = [...programs];
  const runNext = async () => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) {
      const { stdout } = await promisify(execFile)(process.execPath, [...OPTIONS, main, ...next.args]);
      next.onEnd(stdout.trim());
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, runNext));
}
