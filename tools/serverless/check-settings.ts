import { fileURLToPath } from 'node:url';
import { splitApps } from '../../lib/settings/settings.js';
import { channelFaults } from '../stage/channel-faults.js';
import { parameterPath, readStageContent, toEnvironment } from '../stage/stage.js';
import { fileFaults } from './file-faults.js';

/** What the functions would say of a stage's settings at start, and what only their file can tell. */
export interface Verdict {
  /** The stage cannot be deployed with them. Each begins with the name of a setting, and none has its value. */
  readonly faults: readonly string[];
  /** A channel that is not set up at all: its webhook answers 500. */
  readonly unused: readonly string[];
}

/**
 * Judges a stage's settings as they stand in its file: what references refer to is not looked at.
 *
 * @param content of the file, as YAML reads it.
 */
export function checkSettings(stage: string, content: Readonly<Record<string, unknown>>): Verdict {
  const found = channelFaults(splitApps(toEnvironment(content)));
  const isUnused = (faults: readonly string[]) =>
    faults.length > 0 && faults.every((fault) => fault.endsWith(' is not set'));
  const used = found.filter(({ faults }) => !isUnused(faults));
  const blamed = used.length === 0 ? found : used;
  const ofTheFile = fileFaults(parameterPath(stage), content);
  const blamedAlready = new Set(ofTheFile.map(nameIn));
  const ofTheChannels = blamed
    .flatMap(({ faults }) => faults)
    .filter((fault) => !blamedAlready.has(nameIn(fault)));
  return {
    faults: [...ofTheFile, ...new Set(ofTheChannels)],
    unused:
      used.length === 0
        ? []
        : found
            .filter(({ faults }) => isUnused(faults))
            .map(({ channel, faults }) => `${channel}: ${faults.join('; ')}`),
  };
}

/** Every fault begins with the name that it is about. */
function nameIn(fault: string): string | undefined {
  return fault.split(' ', 1)[0];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const stage = process.argv[2] ?? '';
  const { faults, unused } = checkSettings(stage, await readStageContent(stage));
  for (const line of unused) console.error(`Not in use, and answered 500: ${line}`);
  for (const fault of faults) console.error(`settings/${stage}.yml: ${fault}`);
  process.exitCode = faults.length === 0 ? 0 : 1;
}
