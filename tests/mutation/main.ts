/**
 * Changes the lines that keep the delivery promise, one at a time, and runs the tests that reach each, and the simulator
 * where no test notices:
 *
 *   npm run test:mutation                               every file in FILES, in half an hour
 *   npm run test:mutation -- lib/delivery/route.ts      these files
 *   npm run test:mutation -- --since main               the lines of FILES that differ from a commit
 *
 * A change that neither notices must stand in `equivalent.ts`, with the reason why nobody could notice it.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import { Stryker } from '@stryker-mutator/core';
import { huntAll } from '../simulation/plant.js';
import { EQUIVALENT } from './equivalent.js';

/** Those that are held to it. */
const FILES = [
  'lib/delivery/backoff.ts',
  'lib/delivery/breaker.ts',
  'lib/delivery/queue.ts',
  'lib/delivery/route.ts',
  'lib/ledger/caps.ts',
  'lib/ledger/ledger.ts',
  'lib/ledger/watch.ts',
  'lib/ledger/writes.ts',
  'lib/ownid/signature.ts',
  'lib/relay/admission.ts',
  'lib/relay/authenticate.ts',
  'lib/relay/enqueue.ts',
  'lib/relay/lease.ts',
  'lib/relay/receive.ts',
  'lib/relay/sender.ts',
  'lib/relay/unaccepted.ts',
  'lib/relay/webhook.ts',
  'lib/relay/worker.ts',
  'lib/settings/secrets.ts',
];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { since: { type: 'string' }, concurrency: { type: 'string', default: '2' } },
});

const { since } = values;
const files = positionals.length > 0 ? positionals : FILES;

/** As `file:first-last`: the lines that differ from the commit. */
function linesSince(commit: string): string[] {
  return files.flatMap((file) => {
    const diff = execFileSync('git', ['diff', '--unified=0', commit, '--', file]).toString();
    return [...diff.matchAll(/^@@ -\S+ \+(\d+)(?:,(\d+))? @@/gm)].flatMap(([, first, count = '1']) =>
      count === '0' ? [] : [`${file}:${first}-${Number(first) + Number(count) - 1}`],
    );
  });
}
const mutate = since === undefined ? files : linesSince(since);

const options: ConstructorParameters<typeof Stryker>[0] = {
  mutate,
  testRunner: 'jest',
  testRunnerNodeArgs: ['--experimental-vm-modules', '--disable-warning=ExperimentalWarning'],
  plugins: ['@stryker-mutator/jest-runner'],
  jest: { projectType: 'custom', configFile: 'tests/mutation/jest.config.js' },
  coverageAnalysis: 'perTest',
  // What the other commands leave, too: a folder of Python's has links that cannot be copied.
  ignorePatterns: ['bench', 'dist', 'docs', '.deployed', '.serverless', '.venv'],
  tempDirName: 'dist/mutation',
  reporters: ['progress-append-only'],
  concurrency: Number(values.concurrency),
};

/** A change of one file, as Stryker reports it: positions count from 1. */
type Mutant = Awaited<ReturnType<Stryker['runMutationTest']>>[number];

/** The lines that it begins in, before and after it, without their indentation, and the changed file. */
function plant({ id, fileName, location, replacement, status, mutatorName }: Mutant) {
  const file = relative(process.cwd(), fileName);
  const original = readFileSync(fileName, 'utf8');
  const lines = original.split('\n');
  const offsetOf = ({ line, column }: { line: number; column: number }) =>
    lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0) + column - 1;
  const contents =
    original.slice(0, offsetOf(location.start)) + replacement + original.slice(offsetOf(location.end));
  const lineOf = (text: string) => text.split('\n')[location.start.line - 1]?.trim() ?? '';
  const [line, changed] = [lineOf(original), lineOf(contents)];
  const what = `${file}:${location.start.line} ${status} ${mutatorName}\n  - ${line}\n  + ${changed}`;
  return { name: `mutant-${id}`, file, contents, line, changed, what };
}

const excused = new Set<(typeof EQUIVALENT)[number]>();
const counts = new Map<
  string,
  Record<'changes' | 'tests' | 'simulator' | 'equivalent' | 'unnoticed', number>
>();
const unnoticed: string[] = [];
const left: ReturnType<typeof plant>[] = [];
for (const mutant of mutate.length === 0 ? [] : await new Stryker(options).runMutationTest()) {
  const planted = plant(mutant);
  const { file, line, changed } = planted;
  const count = counts.get(file) ?? { changes: 0, tests: 0, simulator: 0, equivalent: 0, unnoticed: 0 };
  counts.set(file, count);
  count.changes += 1;
  const excuse = EQUIVALENT.find((one) => one.file === file && one.line === line && one.changed === changed);
  // With a runtime error the tests could not even begin.
  if (['Killed', 'Timeout', 'RuntimeError'].includes(mutant.status)) count.tests += 1;
  else if (excuse === undefined) left.push(planted);
  else {
    count.equivalent += 1;
    excused.add(excuse);
  }
}
if (left.length > 0) console.log(`\n${left.length} changes that no test notices, for the simulator\n`);
for (const { what } of left) console.log(what);
await huntAll(
  left,
  ({ file, what }, found) => {
    const count = counts.get(file);
    if (count !== undefined) count[found === undefined ? 'unnoticed' : 'simulator'] += 1;
    if (found === undefined) unnoticed.push(what);
    else console.log(`\n${what}\n    the simulator: ${found}`);
  },
  { isBrief: true },
);
if (unnoticed.length > 0) console.log('\nnoticed by neither\n');
for (const excuse of EQUIVALENT) {
  if (since === undefined && files.includes(excuse.file) && !excused.has(excuse)) {
    unnoticed.push(
      `${excuse.file}: equivalent.ts lists a change that the tests notice, or that is gone: ${excuse.line}`,
    );
  }
}
for (const change of unnoticed) console.log(change);
console.table(Object.fromEntries(counts));
const passed = [...counts.values()].reduce((sum, count) => sum + count.changes - count.unnoticed, 0);
console.log(`${passed} passed, ${unnoticed.length} failed`);
process.exitCode = unnoticed.length > 0 ? 1 : 0;
