import { readFile, rm, writeFile } from 'node:fs/promises';
import { stringify } from 'yaml';

let count = 0;

/** A stage with files of its own in `settings/`, where every command looks for them. */
export interface StageFiles {
  readonly stage: string;
  /** @param settings or the text of the file. */
  write(settings: Readonly<Record<string, unknown>> | string): Promise<void>;
  read(): Promise<string>;
  writeStack(parameters: Readonly<Record<string, unknown>>): Promise<void>;
  remove(): Promise<void>;
}

/** Names a stage that no other test and no operator has. */
export function stageFiles(): StageFiles {
  const stage = `tested-${process.pid}-${(count += 1)}`;
  const path = (end: string) => new URL(`../../settings/${stage}.${end}`, import.meta.url);
  return {
    stage,
    write: (settings) =>
      writeFile(path('yml'), typeof settings === 'string' ? settings : stringify(settings)),
    read: () => readFile(path('yml'), 'utf8'),
    writeStack: (parameters) => writeFile(path('stack.yml'), stringify(parameters)),
    remove: async () => {
      await Promise.all(['yml', 'stack.yml'].map((end) => rm(path(end), { force: true })));
    },
  };
}

/** Settings of a stage that can be deployed. */
export function completeSettings(stage: string): Record<string, string> {
  return {
    OWNID_SHARED_SECRET: `ssm:/otp-relay/${stage}/ownid-shared-secret`,
    EMAIL_FROM: 'login@acme-shop.com',
    SMS_ALLOWED_COUNTRIES: 'US',
  };
}
