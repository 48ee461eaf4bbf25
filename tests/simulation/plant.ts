import { execFile } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The product with one file changed. */
export interface Plant {
  readonly name: string;
  /** From the top of the project. */
  readonly file: string;
  readonly contents: string;
}

/** Looks for a rule that the changed product breaks; undefined where there is none to be found. */
async function huntFor(
  { name, file, contents }: Plant,
  args: readonly string[],
): Promise<string | undefined> {
  const outfile = `${ROOT}dist/planted/${name.replaceAll(/\W+/g, '-')}.mjs`;
  await build({
    entryPoints: [`${ROOT}tests/simulation/hunt.ts`],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
    plugins: [
      {
        name: 'plant',
        setup: (builder) => {
          builder.onLoad({ filter: /\.ts$/ }, ({ path }) =>
            path === ROOT + file ? { contents, loader: 'ts' } : undefined,
          );
        },
      },
    ],
  });
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [outfile, ...args], { cwd: ROOT });
    return stdout.trim() === 'nothing' ? undefined : stdout.trim();
  } catch (error) {
    const { stderr } = error as { stderr: string };
    return `it cannot run: ${/^\w*Error: .*$/m.exec(stderr)?.[0] ?? stderr.slice(0, 200)}`;
  }
}

/**
 * Hunts on every core, and tells what was found in how many seconds.
 *
 * @param args of `hunt.ts`.
 */
export async function huntAll<P extends Plant>(
  plants: readonly P[],
  onEnd: (plant: P, found: string | undefined, seconds: string) => void,
  args: readonly string[] = [],
): Promise<void> {
  const left = [...plants];
  const huntNext = async () => {
    for (let plant = left.shift(); plant !== undefined; plant = left.shift()) {
      const startedAt = performance.now();
      const found = await huntFor(plant, args);
      onEnd(plant, found, ((performance.now() - startedAt) / 1000).toFixed(1));
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, huntNext));
}
