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

/** Those that are held to it so far. */
const FILES = [
  'lib/delivery/backoff.ts',
  'lib/delivery/breaker.ts',
  'lib/delivery/route.ts',
  'lib/relay/sender.ts',
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
  ignorePatterns: ['bench', 'dist', 'docs'],
  tempDirName: 'dist/mutation',
  reporters: ['progress-append-only'],
  concurrency: Number(values.concurrency),
};

/** A change of one file, as Stryker reports it: positions count from 1. */
type Mutant = Awaited<ReturnType<Stryker['runMutationTest']>>[number];

/** The line that it begins in, without its indentation. */
const lineOf = ({ fileName, location }: Mutant) =>
  readFileSync(fileName, 'utf8').split('\n')[location.start.line - 1]?.trim() ?? '';

function plant({ id, fileName, location, replacement }: Mutant) {
  const contents = readFileSync(fileName, 'utf8');
  const lines = contents.split('\n');
  const offsetOf = ({ line, column }: { line: number; column: number }) =>
    lines.slice(0, line - 1).reduce((sum, text) => sum + text.length + 1, 0) + column - 1;
  return {
    name: `mutant-${id}`,
    file: relative(process.cwd(), fileName),
    contents:
      contents.slice(0, offsetOf(location.start)) + replacement + contents.slice(offsetOf(location.end)),
  };
}

const excused = new Set<(typeof EQUIVALENT)[number]>();
const counts = new Map<
  string,
  Record<'changes' | 'tests' | 'simulator' | 'equivalent' | 'unnoticed', number>
>();
const unnoticed: string[] = [];
const left: Mutant[] = [];
for (const mutant of mutate.length === 0 ? [] : await new Stryker(options).runMutationTest()) {
  const file = relative(process.cwd(), mutant.fileName);
  const count = counts.get(file) ?? { changes: 0, tests: 0, simulator: 0, equivalent: 0, unnoticed: 0 };
  counts.set(file, count);
  count.changes += 1;
  const line = lineOf(mutant);
  const excuse = EQUIVALENT.find(
    (one) => one.file === file && one.line === line && one.replacement === mutant.replacement,
  );
  if (mutant.status === 'Killed' || mutant.status === 'Timeout') count.tests += 1;
  else if (excuse === undefined) left.push(mutant);
  else {
    count.equivalent += 1;
    excused.add(excuse);
  }
}
const describe = ({ fileName, location, status, mutatorName, replacement }: Mutant, line: string) =>
  `${relative(process.cwd(), fileName)}:${location.start.line} ${status} ${mutatorName}\n    ${line}\n    → ${replacement}`;
console.log(`${left.length} changes that no test notices, for the simulator`);
await huntAll(
  left.map((mutant) => ({ ...plant(mutant), what: describe(mutant, lineOf(mutant)) })),
  ({ file, what }, found) => {
    const count = counts.get(file);
    if (count !== undefined) count[found === undefined ? 'unnoticed' : 'simulator'] += 1;
    if (found === undefined) unnoticed.push(what);
    console.log(`${what}\n    the simulator: ${found ?? 'nothing'}`);
  },
  ['--briefly'],
);
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
