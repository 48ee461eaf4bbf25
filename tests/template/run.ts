/**
 * Packages the stack; checks the template with three tools, of whose findings only those of `suppressions.yml` are
 * accepted; and compares each function's policy with what its code calls.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildFunctions } from '../../tools/build/build.js';
import { serverless } from '../support/serverless.js';
import { isSuppressed, readSuppressions, type Suppression } from './suppressions.js';
import { allowedActions, describePolicy, neededActions, statementsOf, type Template } from './policies.js';
import { TOOLS } from './tools.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const template = `${root}.serverless/cloudformation-template-update-stack.json`;

// The example of a stage, but for the sender, which an operator has to fill in.
const settingsFile = `${root}settings/packaged.yml`;
const shipped = readFileSync(`${root}settings/prod.example.yml`, 'utf8').replaceAll('/prod/', '/packaged/');
writeFileSync(settingsFile, shipped.replace('@example.com', '@acme-shop.com'));
try {
  await serverless(['package', '--stage', 'packaged', '--region', 'us-east-1'], {});
} finally {
  rmSync(settingsFile);
}

const suppressions = readSuppressions();
const used = new Set<Suppression>();
let passed = 0;
let failed = 0;
const report = (isPassed: boolean, line: string) => {
  if (isPassed) passed += 1;
  else failed += 1;
  console.log(`${isPassed ? 'ok   ' : 'FAIL '} ${line}`);
};

for (const [tool, check] of Object.entries(TOOLS)) {
  const findings = check(template);
  const open = findings.filter((finding) => {
    const suppression = suppressions.find((candidate) => isSuppressed(finding, candidate));
    if (suppression !== undefined) used.add(suppression);
    return suppression === undefined;
  });
  const suppressed = findings.length - open.length;
  report(open.length === 0, `${tool}: ${open.length} findings, and ${suppressed} suppressed with a reason`);
  for (const { rule, resource, message } of open) console.log(`        ${rule} ${resource}: ${message}`);
}
const unused = suppressions.filter((suppression) => !used.has(suppression));
report(
  unused.length === 0,
  `${suppressions.length} suppressions, ${unused.length} of them without a finding`,
);
for (const { rule, resources } of unused) console.log(`        ${rule} ${resources}`);

const compiled = JSON.parse(readFileSync(template, 'utf8')) as Template;
for (const [name, metafile] of await buildFunctions()) {
  const statements = statementsOf(compiled, name);
  const allowed = allowedActions(statements);
  const needed = neededActions(name, metafile, root);
  const idle = allowed.filter((action) => !needed.includes(action));
  const missing = needed.filter((action) => !allowed.includes(action));
  const difference = [
    ...idle.map((action) => `${action} is not used`),
    ...missing.map((a) => `${a} is missing`),
  ];
  report(
    difference.length === 0,
    `policy of ${name}: ${allowed.length} actions, ${difference.join(', ') || 'each of them used'}`,
  );
  for (const line of describePolicy(name, statements)) console.log(`        ${line}`);
}

console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
