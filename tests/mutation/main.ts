/**
 * Changes the lines that keep the delivery promise, one at a time, and runs the tests that reach each:
 *
 *   npm run test:mutation                               every file in FILES, in some minutes
 *   npm run test:mutation -- lib/delivery/route.ts      these files
 *   npm run test:mutation -- --since main               those of FILES that differ from a commit
 *
 * A change that no test notices must stand in `equivalent.ts`, with the reason why nobody could notice it.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { parseArgs } from 'node:util';
import { Stryker } from '@stryker-mutator/core';
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

const changedSince = (commit: string) =>
  execFileSync('git', ['diff', '--name-only', commit, '--', ...FILES])
    .toString()
    .split('\n')
    .filter((name) => name !== '');
const files =
  positionals.length > 0 ? positionals : values.since === undefined ? FILES : changedSince(values.since);

const options: ConstructorParameters<typeof Stryker>[0] = {
  mutate: files,
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

/** The line that a change begins in, without its indentation. */
const lineOf = (file: string, line: number) => readFileSync(file, 'utf8').split('\n')[line - 1]?.trim() ?? '';

let passed = 0;
const unnoticed: string[] = [];
const excused = new Set<(typeof EQUIVALENT)[number]>();
if (files.length > 0) {
  for (const mutant of await new Stryker(options).runMutationTest()) {
    const { status, mutatorName, replacement, location } = mutant;
    const file = relative(process.cwd(), mutant.fileName);
    const line = lineOf(file, location.start.line);
    const excuse = EQUIVALENT.find(
      (one) => one.file === file && one.line === line && one.replacement === replacement,
    );
    if (status === 'Killed' || status === 'Timeout') passed += 1;
    else if (excuse === undefined) {
      unnoticed.push(
        `${file}:${location.start.line} ${status} ${mutatorName}\n    ${line}\n    → ${replacement}`,
      );
    } else {
      passed += 1;
      excused.add(excuse);
    }
  }
}
for (const excuse of EQUIVALENT) {
  if (files.includes(excuse.file) && !excused.has(excuse)) {
    unnoticed.push(
      `${excuse.file}: equivalent.ts lists a change that the tests notice, or that is gone: ${excuse.line}`,
    );
  }
}
for (const change of unnoticed) console.log(change);
console.log(`${passed} passed, ${unnoticed.length} failed`);
process.exitCode = unnoticed.length > 0 ? 1 : 0;
