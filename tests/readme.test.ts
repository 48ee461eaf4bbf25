import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { STATUS } from '../lib/ownid/response.js';
import { SETTINGS } from '../lib/settings/table.js';

const file = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const readme = readFileSync(file('README.md'), 'utf8');
const section = (title: string) => readme.split(/^##+ /m).find((text) => text.startsWith(title)) ?? '';

test('the settings that the page mentions exist', () => {
  const mentioned = [...section('Settings').matchAll(/`([A-Z]+(?:_[A-Z]+)+)`/g)].map(([, name = '']) => name);
  expect(mentioned.length).toBeGreaterThan(4);
  expect(mentioned.filter((name) => !Object.hasOwn(SETTINGS, name))).toEqual([]);
});

test('the table of answers lists every status', () => {
  const answers = readFileSync(file('docs/answers.md'), 'utf8');
  const listed = [...answers.matchAll(/^\| (\d{3}) +\|/gm)].map(([, status]) => Number(status));
  expect(listed).toEqual([...new Set(Object.values(STATUS))].sort((a, b) => a - b));
});

test('every file that a page links to is there', () => {
  const links = [...readme.matchAll(/\]\(((?!https?:|#)[^)]+)\)/g)].map(([, path = '']) => path);
  expect(links.length).toBeGreaterThan(5);
  expect(links.filter((path) => !existsSync(file(path)))).toEqual([]);
});
