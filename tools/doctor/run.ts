import { SettingsError } from '../../lib/errors.js';
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
  for (const { title, run } of checks) {
    for (const finding of await run(context).catch(unchecked)) {
      const result = { check: title, ...finding };
      report(result);
      results.push(result);
    }
  }
  return results;
}

function unchecked(error: unknown): Finding[] {
  if (error instanceof SettingsError) {
    return [{ level: 'fail', text: 'not checked', todo: 'Mend the settings first.' }];
  }
  const { name, message } = error as Error;
  const isDenied = /AccessDenied|Unauthorized|UnrecognizedClient|InvalidClientToken|Credentials/.test(name);
  const todo = isDenied
    ? 'Use credentials that may read this.'
    : 'Is the stage deployed, in this region and account?';
  return [{ level: 'fail', text: `not checked: ${name}: ${message}`, todo }];
}

export function format({ level, check, text, todo }: Result): string {
  const line = `${level.padEnd(5)} ${check.padEnd(21)} ${text}`;
  return todo === undefined ? line : `${line}\n${' '.repeat(28)}-> ${todo}`;
}

export function summarize(results: readonly Result[]): string {
  const count = (level: Finding['level']) => results.filter((result) => result.level === level).length;
  return `${count('ok')} ok, ${count('warn')} to look at, ${count('fail')} failed`;
}
