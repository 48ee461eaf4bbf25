import type { Parameter } from '@aws-sdk/client-ssm';
import { type AppEnvironment, type Get, readSettings } from '../../lib/settings/settings.js';
import { channelFaults } from '../stage/channel-faults.js';
import { type StageContext, valuesOf } from '../stage/context.js';
import { parameterPath } from '../stage/stage.js';
import { type Check, fail, type Finding, ok, warn } from './finding.js';

/** Reads settings of an app as the functions do, with the values of its references. */
export async function resolved<T>(
  context: StageContext,
  app: AppEnvironment,
  pick: (get: Get) => T,
): Promise<T> {
  return readSettings(app, pick, valuesOf(await context.parameters()));
}

/** Settings that the file alone can prove wrong. */
export const settingsComplete: Check = {
  title: 'settings',
  run: (context) =>
    Promise.resolve(judgeEach(context, `Correct settings/${context.stage}.yml and deploy it.`)),
};

/** What the functions will read of the parameter store. */
export const parametersReadable: Check = {
  title: 'parameters',
  run: async (context) => {
    const parameters = await context.parameters();
    return [
      ...judgeParameterTypes([...parameters.values()]),
      ...judgeEach(
        context,
        `aws ssm put-parameter --region ${context.client.region} --type SecureString --overwrite --name ${parameterPath(context.stage)}… --value …`,
        valuesOf(parameters),
      ),
      ...judgeParameterPaths([...parameters.keys()], parameterPath(context.stage)),
    ];
  },
};

/** A secret as a plain String can be read by whoever may list parameters. */
export function judgeParameterTypes(parameters: readonly Parameter[]): Finding[] {
  return parameters
    .filter(({ Type }) => Type !== 'SecureString')
    .map(({ Name = '', Type = '?' }) =>
      warn(`${Name} is a ${Type}`, 'Delete it and put it again with --type SecureString.'),
    );
}

/** The functions may read their own stage's parameters only. */
export function judgeParameterPaths(names: readonly string[], path: string): Finding[] {
  return names
    .filter((name) => !name.startsWith(path))
    .map((name) => fail(`${name} is not below ${path}: the functions may not read it`, 'Put it there.'));
}

/** Of the channels that are set up. */
function judgeEach(
  { apps, use }: Pick<StageContext, 'apps' | 'use'>,
  todo: string,
  parameters?: ReadonlyMap<string, string>,
): Finding[] {
  const count = `${apps.length} ${apps.length === 1 ? 'app' : 'apps'}`;
  return channelFaults(apps, parameters)
    .filter(({ channel }) => use.channels.includes(channel))
    .map(({ channel, faults }) =>
      faults.length === 0
        ? ok(`${channel}: complete and well formed, ${count}`)
        : fail(`${channel}: ${faults.join('; ')}`, todo),
    );
}
