import { spawnSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import type { Environment } from '../../lib/settings/settings.js';
import type { StageContext } from '../stage/context.js';
import { deployedSettings } from '../stage/deployed.js';
import { namesAndValues, readStageFile, toEnvironment } from '../stage/stage.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Of resources/environment.cjs, where the settings do not name them. */
const SET_BY_STACK = new Set(['QUEUE_URL', 'STATE_TABLE', 'SES_CONFIGURATION_SET', 'METRICS_SERVICE']);
/** Where a stage is deployed. */
type Place = Pick<StageContext, 'account' | 'client' | 'service'>;
/** How far back it is looked for what this checkout once had. */
const VERSIONS = 100;

/**
 * The names of the settings that a deployment would change although this checkout never had what is deployed now:
 * somebody else's. Empty where nothing is deployed, or where it was deployed from here or with committed settings.
 */
export async function foreignSettings(context: StageContext): Promise<string[]> {
  const deployed = await deployedSettings(context);
  if (deployed === undefined) return [];
  const current = await readStageFile(context.stage);
  const own = [current, ...(await readRecord(context)), ...committed(`settings/${context.stage}.yml`)];
  return own.some((version) => difference(version, deployed).length === 0)
    ? []
    : difference(current, deployed);
}

/** Keeps what was deployed from here, so that the next deployment knows it. */
export async function recordDeployment(context: StageContext): Promise<void> {
  const versions = [await readStageFile(context.stage), ...(await readRecord(context))].slice(0, VERSIONS);
  await mkdir(dirname(recordPath(context)), { recursive: true });
  await writeFile(recordPath(context), JSON.stringify(versions));
}

/** Secrets are references there, so that the names alone are worth saying. */
export function difference(settings: Environment, deployed: Environment): string[] {
  const names = new Set([...Object.keys(settings), ...Object.keys(deployed)]);
  return [...names]
    .filter((name) => name in settings || !SET_BY_STACK.has(name))
    .filter((name) => settings[name] !== deployed[name])
    .sort();
}

function asEnvironment(version: unknown): Environment[] {
  const content = namesAndValues(version);
  return content === undefined ? [] : [toEnvironment(content)];
}

function recordPath({ account, client, service }: Place): string {
  return `${root}.deployed/${account.id}-${client.region}-${service}.json`;
}

/** What was deployed from here before; nothing where the record is missing or broken, so that it is asked. */
export async function readRecord(context: Place): Promise<Environment[]> {
  try {
    const versions: unknown = JSON.parse(await readFile(recordPath(context), 'utf8'));
    return Array.isArray(versions) ? versions.flatMap(asEnvironment) : [];
  } catch {
    return [];
  }
}

/** The versions of a file that the checkout's history has; none without git. */
function committed(file: string): Environment[] {
  const git = (...args: string[]) => spawnSync('git', args, { cwd: root, encoding: 'utf8' }).stdout || '';
  return git('log', `-${VERSIONS}`, '--format=%H', '--', file)
    .split('\n')
    .filter(Boolean)
    .flatMap((commit) => {
      try {
        return asEnvironment(parse(git('show', `${commit}:${file}`)));
      } catch {
        return [];
      }
    });
}
