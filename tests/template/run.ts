/**
 * Packages the stack in several variants; checks each template with three tools, of whose findings only those of
 * `suppressions.yml` are accepted; and compares each function's policy with what its code calls.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildFunctions } from '../../tools/build/build.js';
import { allowedActions, describePolicy, neededActions, statementsOf, type Template } from './policies.js';
import { isSuppressed, readSuppressions, type Suppression } from './suppressions.js';
import { TOOLS } from './tools.js';
import { packageVariant, promisesBroken, type Variant, VARIANTS } from './variants.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const suppressions = readSuppressions();
const used = new Set<Suppression>();
let passed = 0;
let failed = 0;
const report = (isPassed: boolean, line: string, details: readonly string[] = []) => {
  if (isPassed) passed += 1;
  else failed += 1;
  console.log(`${isPassed ? 'ok   ' : 'FAIL '} ${line}`);
  for (const detail of details) console.log(`        ${detail}`);
};

for (const variant of VARIANTS) {
  console.log(`${variant.name}, ${variant.region}`);
  const packaged = await packageVariant(variant);
  checkWithTools(packaged.template, variant.region);
  const broken = promisesBroken(variant, packaged);
  report(broken.length === 0, `${packaged.zips.length} zips without source maps, nothing unused`, broken);
  await checkPolicies(variant, packaged.template);
}
const unused = suppressions.filter((suppression) => !used.has(suppression));
report(
  unused.length === 0,
  `${suppressions.length} suppressions, ${unused.length} of them without a finding`,
  unused.map(({ rule, resources }) => `${rule} ${resources}`),
);
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

function checkWithTools(template: string, region: string): void {
  for (const [tool, check] of Object.entries(TOOLS)) {
    const findings = check(template, region);
    const open = findings.filter((finding) => {
      const suppression = suppressions.find((candidate) => isSuppressed(finding, candidate));
      if (suppression !== undefined) used.add(suppression);
      return suppression === undefined;
    });
    report(
      open.length === 0,
      `${tool}: ${open.length} findings, and ${findings.length - open.length} suppressed with a reason`,
      open.map(({ rule, resource, message }) => `${rule} ${resource}: ${message}`),
    );
  }
}

async function checkPolicies({ more = [], unused: unusedActions }: Variant, path: string): Promise<void> {
  const template = JSON.parse(readFileSync(path, 'utf8')) as Template;
  for (const [name, metafile] of await buildFunctions()) {
    const statements = statementsOf(template, name);
    if (statements === undefined) continue;
    const allowed = allowedActions(statements);
    const needed = [
      ...neededActions(name, metafile, root).filter((action) => unusedActions?.test(action) !== true),
      ...more,
    ];
    const difference = [
      ...allowed.filter((action) => !needed.includes(action)).map((action) => `${action} is not used`),
      ...needed.filter((action) => !allowed.includes(action)).map((action) => `${action} is missing`),
    ];
    report(
      difference.length === 0,
      `policy of ${name}: ${allowed.length} actions, ${difference.join(', ') || 'each of them used'}`,
      describePolicy(name, statements),
    );
  }
}
