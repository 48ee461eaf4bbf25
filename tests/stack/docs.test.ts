import { readdirSync, readFileSync } from 'node:fs';
import { STACK_PARAMETERS } from '../../tools/stage/stack-parameters.cjs';
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
  const lines = ['checks', 'aws']
    .map((list) => read(`tests/requirements-${list}.txt`))
    .join('')
    .split('\n')
    .filter((line) => !line.startsWith('#') && line !== '');
  expect(lines).toHaveLength(7);
  for (const line of lines) expect(line).toMatch(/^[\w-]+(?:\[\w+\])?==\d+(?:\.\d+)+$/);
});

test('docs/stack.md lists every parameter with its default, and each is used', () => {
  const page = read('docs/stack.md');
  const files = [
    'serverless.yml',
    'resources/email-events.yml',
    ...cjs('resources'),
    ...cjs('tools/serverless'),
  ];
  const text = files.map(read).join('\n');
  for (const [name, [byDefault]] of Object.entries(STACK_PARAMETERS)) {
    const shown = typeof byDefault === 'string' ? byDefault || 'none' : JSON.stringify(byDefault);
    expect(page).toMatch(
      new RegExp(
        `^\\| \`${name}\` +\\| \`?${shown === '[]' || shown === '{}' ? 'none' : shown}\`? +\\|`,
        'm',
      ),
    );
    expect(text).toMatch(new RegExp(`param:${name}\\b|param\\('${name}'\\)|parameters\\.cjs\\):${name}\\b`));
  }
});

function cjs(folder: string): string[] {
  const files = readdirSync(new URL(`../../${folder}`, import.meta.url));
  return files.filter((file) => file.endsWith('.cjs')).map((file) => `${folder}/${file}`);
}
