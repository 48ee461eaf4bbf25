/**
 * Plants faults in the product, one at a time, and holds the simulator to finding each.
 *
 *   npm run simulate:planted [-- --only NAME]
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { huntAll, type Plant } from './plant.js';
import { type Planted, PLANTED } from './planted-faults.js';

/** Replaces the texts in the file. Throws where one is not there exactly once. */
function plant({ name, file: path, edits }: Planted): Plant {
  const file = `lib/${path}`;
  let contents = readFileSync(file, 'utf8');
  for (const [text, other] of edits) {
    if (contents.split(text).length !== 2) throw new Error(`${file} does not have once: ${text}`);
    contents = contents.replace(text, () => other);
  }
  return { name, file, contents };
}

const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } });
let passed = 0;
let failed = 0;
const plants = PLANTED.filter(({ name }) => name.includes(values.only)).map(plant);
await huntAll(plants, ({ name }, found, seconds) => {
  if (found === undefined) failed += 1;
  else passed += 1;
  console.log(`${found === undefined ? 'NOT FOUND' : 'found'} in ${seconds} s: ${name}\n    ${found ?? ''}`);
});
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
