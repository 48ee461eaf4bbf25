import { readFileSync } from 'node:fs';
import { checkSettings } from '../../../tools/serverless/check-settings.js';
import { SECTIONS } from '../../../tools/docs/setting-sections.js';
import { settingsPage } from '../../../tools/docs/settings-page.js';
import { SETTINGS } from '../../../lib/settings/table.js';

const page = readFileSync(new URL('../../../docs/settings.md', import.meta.url), 'utf8');

test('docs/settings.md is what npm run docs:settings writes', () => {
  expect(page).toBe(settingsPage());
});

test('every setting has exactly one row, and no row is wider than a screen', () => {
  const rows = page.split('\n').filter((line) => line.startsWith('|'));
  const names = rows.flatMap((row) => /^\| `([A-Z_]+)`/.exec(row)?.[1] ?? []);
  expect(names.sort()).toEqual(Object.keys(SETTINGS).sort());
  expect(rows.filter((row) => row.length >= 120)).toEqual([]);
});

test.each(SECTIONS.map(({ title, example }) => [title, example] as const))(
  'the example of %s can be deployed',
  (_, example) => {
    const secret = { OWNID_SHARED_SECRET: 'ssm:/otp-relay/prod/ownid-shared-secret' };
    expect(
      checkSettings('prod', { EMAIL_FROM: 'login@acme-shop.com', ...secret, ...example }).faults,
    ).toEqual([]);
  },
);
