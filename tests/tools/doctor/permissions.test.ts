import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const read = (path: string) => readFileSync(`${root}${path}`, 'utf8');

/** Service Authorization Reference: the prefix of a client's actions. */
const PREFIXES: Readonly<Record<string, string>> = {
  cloudformation: 'cloudformation',
  cloudwatch: 'cloudwatch',
  'cloudwatch-logs': 'logs',
  dynamodb: 'dynamodb',
  lambda: 'lambda',
  'pinpoint-sms-voice-v2': 'sms-voice',
  sesv2: 'ses',
  sns: 'sns',
  sqs: 'sqs',
  ssm: 'ssm',
};
/** What comes with a call: GetFunction returns tags, and SSM decrypts, only to who may. */
const BESIDE = ['lambda:ListTags', 'kms:Decrypt'];
/** AWS STS API reference: GetCallerIdentity needs no permission. */
const FREE = 'sts';

/** Each action that a command calls, by what it imports of AWS's clients. */
function actionsOf(folders: readonly string[]): string[] {
  const files = folders.flatMap((folder) =>
    readdirSync(`${root}tools/${folder}`)
      .filter((name) => name.endsWith('.ts'))
      .map((name) => `tools/${folder}/${name}`),
  );
  return files.flatMap((file) =>
    [...read(file).matchAll(/import \{([^}]+)\} from '@aws-sdk\/client-([\w-]+)'/g)]
      .filter(([, , client]) => client !== FREE)
      .flatMap(([, names = '', client = '']) =>
        [...names.matchAll(/\b(?:(\w+)Command|paginate(\w+))\b/g)].map(
          ([, command, pages]) => `${PREFIXES[client] ?? client}:${command ?? pages ?? ''}`,
        ),
      ),
  );
}

test("docs/operations.md lists what the operator's commands call, and nothing else", () => {
  const [, paragraph = ''] =
    /^The permissions they need: ([^]+?)\n\n/m.exec(read('docs/operations.md')) ?? [];
  const documented = [...paragraph.matchAll(/`([a-z-]+:\w+)`/g)].map(([, action]) => action);
  const called = new Set(actionsOf(['doctor', 'activity', 'settings', 'stage']));
  expect(called.size).toBeGreaterThan(20);
  expect(documented).toEqual([...new Set([...called, ...BESIDE])].sort());
});
