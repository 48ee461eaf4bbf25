/**
 * Plants faults in the product, one at a time, and holds the simulator to finding each.
 *
 *   npm run simulate:planted [-- --only NAME]
 */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { build, type Plugin } from 'esbuild';
import { type Planted, PLANTED } from './planted-faults.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Replaces the text in the file as it is loaded. Throws where it is not there exactly once. */
function plant({ file, edits }: Planted): Plugin {
  return {
    name: 'plant',
    setup: (builder) => {
      builder.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
        if (path !== `${ROOT}lib/${file}`) return undefined;
        let contents = await readFile(path, 'utf8');
        for (const [text, other] of edits) {
          if (contents.split(text).length !== 2) throw new Error(`lib/${file} does not have once: ${text}`);
          contents = contents.replace(text, () => other);
        }
        return { contents, loader: 'ts' };
      });
    },
  };
}

async function hunt(name: string, plugins: readonly Plugin[]): Promise<string> {
  const outfile = `${ROOT}dist/planted/${name.replaceAll(/\W+/g, '-')}.mjs`;
  await build({
    entryPoints: [`${ROOT}tests/simulation/hunt.ts`],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
    plugins: [...plugins],
  });
  const { stdout } = await promisify(execFile)(process.execPath, [outfile], { cwd: ROOT });
  return stdout.trim();
}

const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } });
const left = PLANTED.filter(({ name }) => name.includes(values.only));
let passed = 0;
let failed = 0;

async function huntNext(): Promise<void> {
  for (let planted = left.shift(); planted !== undefined; planted = left.shift()) {
    const startedAt = performance.now();
    const found = await hunt(planted.name, [plant(planted)]);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    if (found === 'nothing') failed += 1;
    else passed += 1;
    const how = found === 'nothing' ? 'NOT FOUND' : 'found';
    console.log(`${how} in ${seconds} s: ${planted.name}\n    ${found}`);
  }
}

await Promise.all(Array.from({ length: availableParallelism() }, huntNext));
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
