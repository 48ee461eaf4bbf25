import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Environment } from '../../lib/settings/settings.js';
import { buildFunctions, FUNCTIONS } from './build.js';
import { countriesInUse, providersInUse, readStageFile } from '../stage/stage.js';

const outdir = fileURLToPath(new URL('../../dist/handlers', import.meta.url));

/** Identifies the code of each function, by function. */
export type Releases = Readonly<Record<string, string>>;

/**
 * Builds all functions for the providers of a stage, and tells what identifies the code of each: the same code and
 * providers give the same on any machine.
 */
export async function buildReleases(environment: Environment): Promise<Releases> {
  await buildFunctions({
    providers: providersInUse(environment),
    countries: countriesInUse(environment),
  });
  return Object.fromEntries(
    await Promise.all(FUNCTIONS.map(async (name) => [name, await release(name)] as const)),
  );
}

/** A hash of a function's bundle and chunks, in hex. */
async function release(name: string): Promise<string> {
  const hash = createHash('sha256');
  for (const path of [`${name}.js`, ...(await chunks(name))]) {
    hash
      .update(path)
      .update('\0')
      .update(await readFile(join(outdir, path)));
  }
  return hash.digest('hex').slice(0, 16);
}

async function chunks(name: string): Promise<string[]> {
  const folder = `${name}-chunks`;
  const files = await readdir(join(outdir, folder)).catch(() => []);
  return files
    .filter((file) => file.endsWith('.js'))
    .sort()
    .map((file) => `${folder}/${file}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log(JSON.stringify(await buildReleases(await readStageFile(process.argv[2] ?? ''))));
}
