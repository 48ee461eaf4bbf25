/** The size of each function's bundle, and what it is made of: `npm run bench:size`. Fails if a budget is exceeded. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { buildFunctions } from '../tools/build/build.js';
import { bundleModules, startFiles } from '../tools/build/bundle-modules.js';
import { ROOT } from './harness/environment.js';
import { STAGE } from './harness/variants.js';

/** In kB of 1000 bytes, minified: of the files read at start, and of all files. Raise one only with a reason. */
const BUDGETS: Readonly<Record<string, { readonly start: number; readonly all: number }>> = {
  email: { start: 130, all: 360 },
  sms: { start: 130, all: 245 },
  retry: { start: 148, all: 430 },
};

/** Modules that are never needed. */
const NEVER = /credential-provider|\/client-[^/]+\/.*(?:Client|commands\/\w+)\.js$|undici|\/zod\//;
/** Modules that must not run before they are needed. */
const NOT_AT_START = /client-(?:ssm|sqs|dynamodb)|AwsJson|nodemailer|lib\/email\/(?:smtp|sendgrid|mandrill)/;
const FOREIGN: Readonly<Record<string, RegExp>> = {
  email: /client-sns|libphonenumber|lib\/sms\//,
  sms: /client-ses|nodemailer|lib\/email\//,
};

const kb = (bytes: number) => (bytes / 1000).toFixed(1);
const faults: string[] = [];
const report = ['# Bundle sizes', '', 'kB of 1000 bytes, minified.'];

for (const [name, metafile] of await buildFunctions(STAGE)) {
  const { outputs } = metafile;
  const files = Object.keys(outputs).filter((path) => !path.endsWith('.map'));
  const started = startFiles(metafile, name);
  const sum = (paths: readonly string[]) =>
    paths.reduce((total, path) => total + (outputs[path]?.bytes ?? 0), 0);
  const gzipped = (paths: readonly string[]) =>
    paths.reduce((total, path) => total + gzipSync(readFileSync(join(ROOT, path))).length, 0);
  const weights = new Map<string, number>();
  for (const path of started) {
    for (const [input, { bytesInOutput }] of Object.entries(outputs[path]?.inputs ?? {})) {
      weights.set(input, (weights.get(input) ?? 0) + bytesInOutput);
    }
  }
  const heaviest = [...weights].sort(([, a], [, b]) => b - a).slice(0, 10);

  report.push(
    '',
    `## ${name}`,
    '',
    '| files | kB | gzip kB | budget kB |',
    '|---|--:|--:|--:|',
    `| read at start | ${kb(sum(started))} | ${kb(gzipped(started))} | ${BUDGETS[name]?.start ?? 0} |`,
    `| all | ${kb(sum(files))} | ${kb(gzipped(files))} | ${BUDGETS[name]?.all ?? 0} |`,
    '',
    '| heaviest modules read at start | kB |',
    '|---|--:|',
    ...heaviest.map(([path, bytes]) => `| ${path.replace('node_modules/', '')} | ${kb(bytes)} |`),
  );

  if (sum(started) > (BUDGETS[name]?.start ?? 0) * 1000) faults.push(`${name} outgrows its budget at start`);
  if (sum(files) > (BUDGETS[name]?.all ?? 0) * 1000) faults.push(`${name} outgrows its budget`);
  const held = bundleModules(metafile, name, 'all');
  const atStart = bundleModules(metafile, name, 'at start');
  faults.push(
    ...held.filter((path) => NEVER.test(path)).map((path) => `${name} holds ${path}`),
    ...held.filter((path) => FOREIGN[name]?.test(path)).map((path) => `${name} holds ${path}`),
    ...atStart.filter((path) => NOT_AT_START.test(path)).map((path) => `${name} runs ${path} at start`),
  );
  for (const path of started) {
    for (const imported of outputs[path]?.imports ?? []) {
      if (imported.kind !== 'dynamic-import' && /^(?:node:)?http$/.test(imported.path)) {
        faults.push(`${name} loads node:http, and with it undici, at start`);
      }
    }
  }
}

console.log(report.join('\n'));
if (process.argv.includes('--write')) {
  mkdirSync(join(ROOT, 'bench/results'), { recursive: true });
  writeFileSync(join(ROOT, 'bench/results/size.md'), `${report.join('\n')}\n`);
}
if (faults.length > 0) {
  console.error(faults.join('\n'));
  process.exitCode = 1;
}
