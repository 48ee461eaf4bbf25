import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { STATUS } from '../lib/ownid/response.js';
import { SETTINGS } from '../lib/settings/table.js';

const file = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const read = (path: string) => readFileSync(file(path), 'utf8');
const readme = read('README.md');
const section = (title: string) => readme.split(/^##+ /m).find((text) => text.startsWith(title)) ?? '';

const docs = readdirSync(file('docs'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.md'))
  .map((name) => `docs/${name}`);
const pages = ['README.md', 'CONTRIBUTING.md', 'SECURITY.md', 'bench/README.md', ...docs];
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

test('the README has fewer than 900 words', () => {
  expect(readme.split(/\s+/).length).toBeLessThan(900);
});

test('the settings that the README mentions exist', () => {
  const mentioned = [...section('Settings').matchAll(/`([A-Z]+(?:_[A-Z]+)+)`/g)].map(([, name = '']) => name);
  expect(mentioned).toHaveLength(5);
  expect(mentioned.filter((name) => !Object.hasOwn(SETTINGS, name))).toEqual([]);
});

test('docs/answers.md lists every status', () => {
  const listed = [...read('docs/answers.md').matchAll(/^\| (\d{3}) +\|/gm)].map(([, status]) =>
    Number(status),
  );
  expect(listed).toEqual([...new Set(Object.values(STATUS))].sort((a, b) => a - b));
});

test('docs/README.md lists every page', () => {
  const index = read('docs/README.md');
  const missing = docs.filter((page) => page !== 'docs/README.md' && !index.includes(`(${page.slice(5)})`));
  expect(missing).toEqual([]);
});

describe.each(pages)('%s', (page) => {
  const text = read(page);

  test('links only to files and headings that exist', () => {
    const broken = [...text.matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)]
      .filter(([, path = '', anchor]) => {
        const target = path === '' ? page : `${dirname(page)}/${path}`;
        if (!existsSync(file(target))) return true;
        return anchor !== undefined && !anchorsOf(read(target)).includes(anchor);
      })
      .map(([link]) => link);
    expect(broken).toEqual([]);
  });

  test('names only npm scripts that exist', () => {
    const named = [...text.matchAll(/\bnpm run (?:-s )?([\w:-]+)/g)].map(([, name = '']) => name);
    expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  });

  test('has no table row longer than 200 characters', () => {
    const wide = text.split('\n').filter((line) => line.startsWith('|') && line.length > 200);
    expect(wide).toEqual([]);
  });
});

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
