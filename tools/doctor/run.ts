import { SettingsError } from '../../lib/errors.js';
import { coloured, CommandError } from '../command.js';
import { withProgress } from '../progress.js';
import { explainAwsError } from '../stage/aws-errors.js';
import type { Check, DoctorContext, Finding } from './finding.js';

/** What one check found. */
export interface Result extends Finding {
  readonly check: string;
}

/** Runs all checks, one after the other, so that the report reads in their order while it is made. */
export async function runChecks(
  checks: readonly Check[],
  context: DoctorContext,
  report: (result: Result) => void,
): Promise<readonly Result[]> {
  const results: Result[] = [];
  const add = (result: Result) => {
    report(result);
    results.push(result);
  };
  /** By what blocks them, the checks after the first: what blocks ten is said once, and the ten are named at the end. */
  const blocked = new Map<string, string[]>();
  for (const { title, run } of checks) {
    const findings = await withProgress(`Checking ${title}`, () => run(context)).catch((error: unknown) => [
      unchecked(error, context),
    ]);
    for (const finding of findings) {
      const others = blocked.get(finding.text);
      if (finding.level === 'none' && others !== undefined) {
        others.push(title);
        continue;
      }
      if (finding.level === 'none') blocked.set(finding.text, []);
      add({ check: title, ...finding });
    }
  }
  const titles = [...blocked.values()].flat();
  if (titles.length > 0) {
    add({ check: 'and', level: 'none', text: `not checked for the same reason: ${titles.join(', ')}` });
  }
  return results;
}

function unchecked(error: unknown, { client }: DoctorContext): Finding {
  if (error instanceof SettingsError) {
    return { level: 'none', text: 'not checked', todo: 'Correct the settings first.' };
  }
  const reason = error instanceof CommandError ? error.message : explainAwsError(error, client);
  return { level: 'none', text: `not checked: ${reason}` };
}

/** 0 for nothing that fails, 1 for findings that do, 2 where something could not be looked at and nothing else fails. */
export function exitCode(results: readonly Result[]): number {
  if (results.some(({ level }) => level === 'fail')) return 1;
  return results.some(({ level }) => level === 'none') ? 2 : 0;
}

const COLOURS = { ok: 'green', warn: 'yellow', fail: 'red', none: 'dim' } as const;

export function format({ level, check, text, todo }: Result): string {
  const line = `${coloured(level.padEnd(5), COLOURS[level])} ${check.padEnd(21)} ${text}`;
  return todo === undefined ? line : `${line}\n${' '.repeat(28)}-> ${todo}`;
}

export function summarize(results: readonly Result[]): string {
  const count = (level: Finding['level']) => results.filter((result) => result.level === level).length;
  return `${count('ok')} ok, ${count('warn')} to look at, ${count('fail')} failed, ${count('none')} not checked`;
}
