import { fileURLToPath } from 'node:url';
import { SettingsError } from '../../lib/errors.js';
import { type AppEnvironment, readSettings, splitApps } from '../../lib/settings/settings.js';
import { channelFaults, type ChannelFaults } from '../stage/channel-faults.js';
import { readSenderSettings, senderProblems } from '../stage/sms-senders.js';
import { parameterPath, readStageContent, toEnvironment } from '../stage/stage.js';
import { fileFaults } from './file-faults.js';
import { stageUse } from './stage-use.cjs';

/** What the functions would say of a stage's settings at start, and what only their file can tell. */
export interface Verdict {
  /** The stage cannot be deployed with them. Each begins with the name of a setting, and none has its value. */
  readonly faults: readonly string[];
  /** A channel that is not set up at all, and so has no function. */
  readonly unused: readonly string[];
  /** SMS that some countries will not get, or only after a registration. */
  readonly undeliverable: readonly string[];
}

/**
 * Judges a stage's settings as they stand in its file: what references refer to is not looked at.
 *
 * @param content of the file, as YAML reads it.
 */
export function checkSettings(stage: string, content: Readonly<Record<string, unknown>>): Verdict {
  const environment = toEnvironment(content);
  const apps = splitApps(environment);
  const { channels } = stageUse(environment);
  const found = channelFaults(apps);
  const isUnused = ({ channel, faults }: ChannelFaults) =>
    !channels.includes(channel) &&
    faults.length > 0 &&
    faults.every((fault) => fault.endsWith(' is not set'));
  const ofTheFile = fileFaults(parameterPath(stage), content);
  const blamedAlready = new Set(ofTheFile.map(nameIn));
  const ofTheChannels = found
    .filter((each) => !isUnused(each))
    .flatMap(({ faults }) => faults)
    .filter((fault) => !blamedAlready.has(nameIn(fault)));
  const missing = found.filter(isUnused).map(({ channel, faults }) => ({
    channel,
    faults: faults.filter((fault) => !ofTheChannels.includes(fault)),
  }));
  return {
    faults: [...ofTheFile, ...new Set(ofTheChannels)],
    unused: missing
      .filter(({ faults }) => faults.length > 0)
      .map(({ channel, faults }) => `${channel}: ${faults.join('; ')}`),
    undeliverable: undeliverable(apps),
  };
}

/** Every fault begins with the name that it is about. */
function nameIn(fault: string): string | undefined {
  return fault.split(' ', 1)[0];
}

function undeliverable(apps: readonly AppEnvironment[]): string[] {
  const lines = apps.flatMap((app) => {
    try {
      return senderProblems(readSettings(app, readSenderSettings)).map(
        ({ text, todo }) => `${text}. ${todo}`,
      );
    } catch (error) {
      // Faulty settings are reported already.
      if (error instanceof SettingsError) return [];
      throw error;
    }
  });
  return [...new Set(lines)];
}

/** Says what does not stop a deployment. */
export function printRemarks({ unused, undeliverable: warnings }: Verdict): void {
  for (const line of unused) console.error(`Not set up, and so without a function: ${line}`);
  for (const line of warnings) console.error(`SMS: ${line}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [stage = '', command = ''] = process.argv.slice(2);
  const verdict = checkSettings(stage, await readStageContent(stage));
  const { faults } = verdict;
  // A deployment says it when it is done, so that what stops it stands alone.
  if (command === 'package') printRemarks(verdict);
  for (const fault of faults) console.error(`settings/${stage}.yml: ${fault}`);
  process.exitCode = faults.length === 0 ? 0 : 1;
}
