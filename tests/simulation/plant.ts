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

/** Longer than any brief hunt takes; a change may make the product go round in circles while virtual time stands still. */
const ENDLESS_MS = 5 * 60_000;

/** Looks for a rule that the changed product breaks; undefined where there is none to be found. */
async function huntFor(
  { name, file, contents }: Plant,
  { isBrief }: { isBrief: boolean },
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
    const options = { cwd: ROOT, ...(isBrief && { timeout: ENDLESS_MS }) };
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [outfile, ...(isBrief ? ['--briefly'] : [])],
      options,
    );
    return stdout.trim() === 'nothing' ? undefined : stdout.trim();
  } catch (error) {
    const { stderr, killed } = error as { stderr: string; killed: boolean };
    if (killed) return 'it does not end';
    return `it cannot run: ${/^\w*Error: .*$/m.exec(stderr)?.[0] ?? stderr.slice(0, 200)}`;
  }
}

/**
 * Hunts on every core, and tells what was found in how many seconds.
 *
 * @param options.isBrief whether each gives up soon, as `hunt.ts` says. One that does not end counts as found then.
 */
export async function huntAll<P extends Plant>(
  plants: readonly P[],
  onEnd: (plant: P, found: string | undefined, seconds: string) => void,
  { isBrief = false }: { isBrief?: boolean } = {},
): Promise<void> {
  const left = [...plants];
  const huntNext = async () => {
    for (let plant = left.shift(); plant !== undefined; plant = left.shift()) {
      const startedAt = performance.now();
      const found = await huntFor(plant, { isBrief });
      onEnd(plant, found, ((performance.now() - startedAt) / 1000).toFixed(1));
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, huntNext));
}
