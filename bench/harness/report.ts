import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'prettier';
import { ROOT } from './environment.js';

/** Prints a report in Markdown and, with `keep`, writes it to `bench/results/<name>.md`. */
export async function writeReport(name: string, lines: readonly string[], keep: boolean): Promise<void> {
  const text = await format(lines.join('\n'), { parser: 'markdown', printWidth: 120 });
  console.log(text);
  if (!keep) return;
  mkdirSync(join(ROOT, 'bench/results'), { recursive: true });
  writeFileSync(join(ROOT, `bench/results/${name}.md`), text);
}
