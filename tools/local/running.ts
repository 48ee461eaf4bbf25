import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Environment } from '../../lib/settings/settings.js';
import { DEFAULT_PORT, readPort } from '../command.js';

/** What `npm start` keeps on disk: for each port a folder, with the bundles, the inbox and this record while it runs. */
const FOLDER = fileURLToPath(new URL('../../dist/local/', import.meta.url));

/** A run of `npm start`, for the commands that talk to it. */
export interface Running {
  readonly pid: number;
  readonly port: number;
  readonly awsPort: number;
  /** What a function needs to reach the loopbacks and the queue of this run. */
  readonly environment: Environment;
}

export function localFolder(port: number): string {
  return `${FOLDER}${port}`;
}

/** Makes a run known, to its owner alone; `close` takes that back. */
export async function announceRunning(running: Running): Promise<{ close(): Promise<void> }> {
  const path = `${localFolder(running.port)}/running.json`;
  await mkdir(localFolder(running.port), { recursive: true });
  await writeFile(path, JSON.stringify(running), { mode: 0o600 });
  return { close: () => rm(path, { force: true }) };
}

/** The runs of `npm start` from this checkout, the one with the lowest port first. */
export async function findRunning(): Promise<Running[]> {
  const folders = await readdir(FOLDER).catch(() => []);
  const records = await Promise.all(
    folders.map(async (name) => {
      try {
        return JSON.parse(await readFile(`${FOLDER}${name}/running.json`, 'utf8')) as Running;
      } catch {
        return undefined;
      }
    }),
  );
  return records
    .filter((record): record is Running => record !== undefined && isAlive(record.pid))
    .sort((a, b) => a.port - b.port);
}

/**
 * The environment with the port of a run in `PORT`: the one that is asked for, by option or by `PORT` itself, else that
 * of the run there is, else 3000.
 */
export async function withLocalPort(
  option: string | undefined,
  environment: Environment,
): Promise<Environment> {
  const asked = option ?? environment['PORT'];
  if (asked) return { ...environment, PORT: String(readPort(asked)) };
  const [first] = await findRunning();
  return { ...environment, PORT: String(first?.port ?? DEFAULT_PORT) };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Another user's is alive all the same.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
