import { fileURLToPath } from 'node:url';
import { type Environment, parameterName, splitApps } from '../../lib/settings/settings.js';
import type { SettingName } from '../../lib/settings/table.js';
import { channelFaults } from '../stage/channel-faults.js';
import { readStageFile } from '../stage/stage.js';

/** What the functions would say of a stage's settings at start. */
export interface Verdict {
  /** The stage cannot be deployed with them. */
  readonly faults: readonly string[];
  /** A channel that is not set up at all: its webhook answers 500. */
  readonly unused: readonly string[];
}

/** Judges settings as they stand in a file: what references refer to is not looked at. */
export function checkSettings(environment: Environment): Verdict {
  const found = channelFaults(splitApps(environment));
  const isUnused = (faults: readonly string[]) =>
    faults.length > 0 && faults.every((fault) => fault.endsWith(' is not set'));
  const used = found.filter(({ faults }) => !isUnused(faults));
  const blamed = used.length === 0 ? found : used;
  return {
    faults: [...new Set([...blamed.flatMap(({ faults }) => faults), ...literalSecrets(environment)])],
    unused:
      used.length === 0
        ? []
        : found
            .filter(({ faults }) => isUnused(faults))
            .map(({ channel, faults }) => `${channel}: ${faults.join('; ')}`),
  };
}

const SECRETS = [
  'OWNID_SHARED_SECRET',
  'OWNID_EMAIL_SHARED_SECRET',
  'OWNID_SMS_SHARED_SECRET',
  'WEBHOOK_HEADER',
  'SMTP_PASSWORD',
  'MICROSOFT_CLIENT_SECRET',
  'SENDGRID_API_KEY',
  'MANDRILL_API_KEY',
] as const satisfies readonly SettingName[];

/** A secret's text would stand in the template, and in the functions' configuration, for many to read. */
function literalSecrets(environment: Environment): string[] {
  return Object.entries(environment)
    .filter(([name, value]) => SECRETS.some((secret) => name.split('__', 1)[0] === secret) && value)
    .filter(([, value]) => parameterName(value?.trim()) === undefined)
    .map(([name]) => `${name} must be an ssm: reference; put its value into the parameter store`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const stage = process.argv[2] ?? '';
  const { faults, unused } = checkSettings(await readStageFile(stage));
  for (const line of unused) console.error(`Not in use, and answered 500: ${line}`);
  for (const fault of faults) console.error(`settings/${stage}.yml: ${fault}`);
  process.exitCode = faults.length === 0 ? 0 : 1;
}
