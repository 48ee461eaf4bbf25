import { mkdir, rm, writeFile } from 'node:fs/promises';
import { difference, readRecord } from '../../../tools/serverless/overwrite.js';

const folder = new URL('../../../.deployed/', import.meta.url);
const client = { region: 'eu-west-1' };
const place = {
  account: { id: '123456789012', principal: 'user/ada', flags: '', client },
  client,
  service: `otp-relay-tested-${process.pid}`,
};
const record = new URL(`123456789012-eu-west-1-${place.service}.json`, folder);
afterEach(() => rm(record, { force: true }));

test.each([
  [
    'two deployments',
    '[{"EMAIL_FROM":"a@b.c"},{"RECIPIENT_LIMIT":"9"}]',
    [{ EMAIL_FROM: 'a@b.c' }, { RECIPIENT_LIMIT: '9' }],
  ],
  ['no list', '{"EMAIL_FROM":"a@b.c"}', []],
  ['things that are no settings', '[null,1,"x",["y"],{"EMAIL_FROM":{"is":"no text"}}]', [{}]],
  ['half of a list', '[{"EMAIL_FROM":', []],
])('a record with %s', async (_, text, expected) => {
  await mkdir(folder, { recursive: true });
  await writeFile(record, text);
  expect(await readRecord(place)).toEqual(expected);
});

test('a missing record is read as none', async () => {
  expect(await readRecord(place)).toEqual([]);
});

test('a variable that the stack sets is not a difference, unless the file sets it too', () => {
  const deployed = { EMAIL_FROM: 'a@b.c', QUEUE_URL: 'https://…', SES_CONFIGURATION_SET: 'otp-relay-prod' };
  expect(difference({ EMAIL_FROM: 'a@b.c' }, deployed)).toEqual([]);
  expect(difference({ EMAIL_FROM: 'x@b.c', SES_CONFIGURATION_SET: '' }, deployed)).toEqual([
    'EMAIL_FROM',
    'SES_CONFIGURATION_SET',
  ]);
});
