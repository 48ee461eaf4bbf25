import { readFile, writeFile } from 'node:fs/promises';
import { inColumns } from '../columns.js';
import { CommandError } from '../command.js';
import type { ChannelName } from '../ownid/ownid.js';
import { readStageFile, stageFile } from '../stage/stage.js';
import { DEFAULT_PROVIDER, providerSettings, withoutSettings } from './edit.js';
import { type InForce, inForce, shownValue } from './in-force.js';
import { asTable, layersOfFile, type Surroundings } from './show.js';

const NAMES = { ses: 'Amazon SES', sns: 'Amazon SNS' } as const;

/** What was taken out of a stage's file, and what it has in force for the channel now. */
export interface Reverted {
  readonly stage: string;
  readonly channel: ChannelName;
  readonly removed: readonly string[];
  readonly settings: readonly InForce[];
}

/**
 * Goes back to a channel's default provider: shows which settings the stage's file would lose, asks, and takes them out.
 *
 * @param say gets what would change.
 * @throws {CommandError} where nobody said yes; then nothing was changed.
 */
export async function revert(
  channel: ChannelName,
  { stage, yes }: { readonly stage: string; readonly yes: boolean },
  { environment, ask }: Surroundings,
  say: (text: string) => void,
): Promise<Reverted> {
  const file = stageFile(stage);
  const before = await readStageFile(stage);
  const removed = providerSettings(channel, Object.keys(before));
  if (removed.length > 0) {
    const kept = withoutSettings(await readFile(file, 'utf8'), removed);
    const rows = removed.map((name) => [`  ${name}`, shownValue(name, before[name] ?? '')]);
    say(
      `settings/${stage}.yml loses\n${inColumns(rows)}\nand ${channel} goes through ${providerOf(channel)} again.`,
    );
    if (!yes && !(await ask('Take them out?'))) {
      throw new CommandError('Nothing was changed. To revert without being asked: --yes');
    }
    await writeFile(file, kept);
  }
  return { stage, channel, removed, settings: inForce(await layersOfFile(stage, environment), [channel]) };
}

function providerOf(channel: ChannelName): string {
  return NAMES[DEFAULT_PROVIDER[channel]];
}

export function describeReverted({ stage, channel, removed, settings }: Reverted): string {
  const path = `settings/${stage}.yml`;
  const isDeployed = removed.length > 0 && stage !== 'local';
  return [
    removed.length === 0
      ? `${path} has no other provider of ${channel}: there is nothing to revert. In force:`
      : `In force by ${path} now:`,
    '',
    asTable(settings),
    ...(isDeployed
      ? [
          '',
          `The functions have it after: npx serverless deploy --stage ${stage}`,
          `Whether ${providerOf(channel)} takes it: npm run doctor -- --stage ${stage}`,
        ]
      : []),
  ].join('\n');
}
