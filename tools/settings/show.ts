import { type Environment, splitApps } from '../../lib/settings/settings.js';
import { inColumns } from '../columns.js';
import { CommandError } from '../command.js';
import type { ChannelName } from '../ownid/ownid.js';
import { checkSettings } from '../serverless/check-settings.js';
import { difference } from '../serverless/overwrite.js';
import { stageUse } from '../serverless/stage-use.cjs';
import type { AwsOptions } from '../stage/account.js';
import { channelFaults } from '../stage/channel-faults.js';
import { openStage } from '../stage/context.js';
import { deployedSettings } from '../stage/deployed.js';
import { readStack, readStageContent, readStageFile, withOverrides } from '../stage/stage.js';
import { type InForce, inForce, type Layer, merged, withoutEffect } from './in-force.js';

const STACK = 'the stack';

/** Where a command prints, and what it knows of the shell. */
export interface Surroundings {
  readonly environment: Environment;
  readonly print: (text: string) => void;
  /** What is not the result itself. */
  readonly report: (text: string) => void;
  readonly ask: (question: string) => Promise<boolean>;
}

export interface Shown {
  readonly stage: string;
  readonly settings: readonly InForce[];
  /** Names that are set and that no provider in use reads. */
  readonly withoutEffect: readonly string[];
  /** Channels that are not set up: they have no function. */
  readonly notSetUp: readonly ChannelName[];
  readonly faults: readonly string[];
  /** Of what is deployed: the names that `settings/<stage>.yml` has otherwise. */
  readonly differing?: readonly string[];
}

/**
 * What a stage's file has in force.
 *
 * @throws {SettingsError} when there is no such file.
 */
export async function shownOfFile(stage: string, environment: Environment): Promise<Shown> {
  const layers = await layersOfFile(stage, environment);
  // What only a file's text tells is of no concern to a stage that is not deployed.
  const faults =
    stage === 'local' ? faultsOf(layers) : checkSettings(stage, await readStageContent(stage)).faults;
  return { ...shownOf(stage, layers), faults };
}

/**
 * What the functions of a stage have in force.
 *
 * @throws {CommandError} when AWS does not let the operator in, or the stage is not deployed.
 */
export async function shownOfDeployed(
  stage: string,
  aws: AwsOptions,
  { environment, report }: Surroundings,
): Promise<Shown> {
  const context = await openStage(stage, aws, environment, report);
  await context.outputs();
  const deployed = await deployedSettings(context);
  if (deployed === undefined) {
    throw new CommandError(
      `The stack ${context.service} has no functions: its deployment failed. See: npm run doctor -- ${context.flags}`,
    );
  }
  const layers = [{ from: 'deployed', values: deployed }];
  const differing = difference(await readStageFile(stage), deployed);
  return { ...shownOf(stage, layers), faults: faultsOf(layers), differing };
}

export async function layersOfFile(stage: string, environment: Environment): Promise<Layer[]> {
  const file = { from: `settings/${stage}.yml`, values: await readStageFile(stage) };
  if (stage === 'local') return [file, { from: 'environment', values: withOverrides({}, environment) }];
  // resources/environment.cjs
  return [{ from: STACK, values: { SES_CONFIGURATION_SET: `${readStack(stage).service}-${stage}` } }, file];
}

function shownOf(stage: string, layers: readonly Layer[]): Omit<Shown, 'faults'> {
  const { channels } = stageUse(merged(layers));
  const settings = inForce(layers, channels);
  const all: readonly ChannelName[] = ['email', 'sms'];
  return {
    stage,
    settings,
    withoutEffect: withoutEffect(
      layers.filter(({ from }) => from !== STACK),
      settings,
    ),
    notSetUp: all.filter((channel) => !channels.includes(channel)),
  };
}

function faultsOf(layers: readonly Layer[]): string[] {
  const values = merged(layers);
  const used: readonly string[] = stageUse(values).channels;
  return [
    ...new Set(
      channelFaults(splitApps(values)).flatMap(({ channel, faults }) =>
        used.includes(channel) ? faults : [],
      ),
    ),
  ];
}

/** Longer than any address; a certificate is longer. */
const WIDEST = 60;

export function asTable(settings: readonly InForce[]): string {
  const shortened = (value: string) => {
    const line = value.replace(/\s+/g, ' ');
    return line.length > WIDEST ? `${line.slice(0, WIDEST - 1)}…` : line;
  };
  return inColumns([
    ['setting', 'value', 'from'],
    ...settings.map(({ setting, country, value, from }) => [
      country === undefined ? setting : `  in ${country}`,
      shortened(value),
      from,
    ]),
  ]);
}

export function describeShown({ stage, settings, faults, differing, ...shown }: Shown): string {
  const line = (text: string, names: readonly string[]) =>
    names.length === 0 ? [] : [`${text}: ${names.join(', ')}`];
  return [
    asTable(settings),
    '',
    ...line('Not set up, and so without a function', shown.notSetUp),
    ...line('Set, and without an effect', shown.withoutEffect),
    ...line(`Otherwise in settings/${stage}.yml, which is not deployed`, differing ?? []),
    ...faults.map((fault) => `Faulty: ${fault}`),
    ...(differing === undefined && stage !== 'local'
      ? [`The functions have what was deployed last: npm run settings -- show --stage ${stage} --deployed`]
      : []),
  ]
    .join('\n')
    .trimEnd();
}
