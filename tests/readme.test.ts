import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { STATUS } from '../lib/ownid/response.js';
import { type SettingName, SETTINGS } from '../lib/settings/table.js';
import { readSettings } from '../lib/settings/settings.js';

const file = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const readme = readFileSync(file('README.md'), 'utf8');
const section = (title: string) => readme.split(/^##+ /m).find((text) => text.startsWith(title)) ?? '';

const rows = section('Settings')
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) => line.split('|').map((cell) => cell.trim()));
const defaults = new Map(
  rows.flatMap(([, names = '', value = '']) =>
    [...names.matchAll(/`([A-Z_]+)`/g)].map(([, name = '']) => [name, value] as const),
  ),
);

test('the table lists every setting, and no other', () => {
  expect([...defaults.keys()].sort()).toEqual(Object.keys(SETTINGS).sort());
});

test.each([...defaults].filter(([, value]) => value.startsWith('`')))(
  '%s has the default that the table says, %s',
  (name, value) => {
    const read = (text: string | undefined) =>
      readSettings({ app: '', values: { [name]: text, EMAIL_FROM: 'a@b.co' } }, (get) =>
        get(name as SettingName),
      );
    if (/^`[A-Z_]+`$/.test(value)) expect(read(undefined)).toBeUndefined();
    else expect(read(undefined)).toEqual(read(value.replaceAll('`', '')));
  },
);

test.each([...defaults])('%s is required or not as the table says: %s', (name, value) => {
  const { whenUnset } = SETTINGS[name as SettingName];
  expect(whenUnset === 'required').toBe(value === 'required');
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
