import { spawnSync } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { GetFunctionCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { parse } from 'yaml';
import type { Environment } from '../../lib/settings/settings.js';
import { askAws } from '../stage/account.js';
import type { StageContext } from '../stage/context.js';
import { readStageFile, toEnvironment } from '../stage/stage.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Of resources/environment.cjs, where the settings do not name them. */
const SET_BY_STACK = new Set(['QUEUE_URL', 'STATE_TABLE', 'SES_CONFIGURATION_SET', 'METRICS_SERVICE']);
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

/** The worker has the settings of every stage. */
async function deployedSettings({ client, service }: StageContext): Promise<Environment | undefined> {
  return askAws(client, async () => {
    try {
      const command = new GetFunctionCommand({ FunctionName: `${service}-retry` });
      const { Configuration } = await new LambdaClient(client).send(command);
      return Configuration?.Environment?.Variables ?? {};
    } catch (error) {
      if ((error as Error).name === 'ResourceNotFoundException') return undefined;
      throw error;
    }
  });
}

/** Secrets are references there, so that the names alone are worth saying. */
export function difference(settings: Environment, deployed: Environment): string[] {
  const names = new Set([...Object.keys(settings), ...Object.keys(deployed)]);
  return [...names]
    .filter((name) => name in settings || !SET_BY_STACK.has(name))
    .filter((name) => settings[name] !== deployed[name])
    .sort();
}

function recordPath({ account, client, service }: StageContext): string {
  return `${root}.deployed/${account.id}-${client.region}-${service}.json`;
}

async function readRecord(context: StageContext): Promise<Record<string, string>[]> {
  try {
    return JSON.parse(await readFile(recordPath(context), 'utf8')) as Record<string, string>[];
  } catch {
    return [];
  }
}

/** The versions of a file that the checkout's history has; none without git. */
function committed(file: string): Record<string, string>[] {
  const git = (...args: string[]) => spawnSync('git', args, { cwd: root, encoding: 'utf8' }).stdout || '';
  return git('log', `-${VERSIONS}`, '--format=%H', '--', file)
    .split('\n')
    .filter(Boolean)
    .flatMap((commit) => {
      try {
        return [toEnvironment((parse(git('show', `${commit}:${file}`)) ?? {}) as Record<string, unknown>)];
      } catch {
        return [];
      }
    });
}
