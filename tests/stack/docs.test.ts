import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { stackResources } from '../support/stack.js';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const operations = read('docs/operations.md');
const resources = async (file: 'alarms' | 'dashboard') => Object.values(await stackResources(file));

test('docs/operations.md says what to do for each alarm', async () => {
  const alarms = (await resources('alarms')).filter(({ Type }) => Type.endsWith('::Alarm'));
  const missing = alarms
    .map(({ Properties }) => String(Properties['AlarmName']).replace('otp-relay-prod-', ''))
    .filter((name) => !operations.includes(`\`${name}\``));
  expect(missing).toEqual([]);
  expect(operations).toContain(`${alarms.length} alarms x 0.10`);
});

test('docs/operations.md lists each widget of the dashboard', async () => {
  const [dashboard] = await resources('dashboard');
  const { 'Fn::Sub': body } = dashboard?.Properties['DashboardBody'] as { 'Fn::Sub': string };
  const { widgets } = JSON.parse(body) as { widgets: { properties: { title: string } }[] };
  const missing = widgets
    .map(({ properties }) => properties.title)
    .filter((title) => !operations.includes(title));
  expect(missing).toEqual([]);
});

test('the tools install the versions that are pinned', () => {
  const lines = read('tests/requirements.txt')
    .split('\n')
    .filter((line) => !line.startsWith('#') && line !== '');
  expect(lines).toHaveLength(3);
  for (const line of lines) expect(line).toMatch(/^[\w-]+==\d+(?:\.\d+)+$/);
});

test('every parameter of serverless.yml is used, and none is missing', () => {
  const tags = ['Ref', 'Sub', 'GetAtt'].map((name) => ({ tag: `!${name}`, resolve: (text: string) => text }));
  const source = read('serverless.yml');
  const { params } = parse(source, { customTags: tags }) as { params: { default: Record<string, unknown> } };
  const files = ['serverless.yml', 'resources/email-events.yml', 'resources/alarms.cjs'].map(read).join('\n');
  const used = [...files.matchAll(/\$\{param:(\w+)\}|param\('(\w+)'\)/g)].map(([, a, b]) => a ?? b);
  expect(new Set(used)).toEqual(new Set(Object.keys(params.default)));
});
