import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInbox } from '../../../tools/local/inbox.js';
import { keepInboxFile, readInboxFile } from '../../../tools/local/inbox-file.js';
import { accepted, answered, logLine, message, request } from '../../support/inbox-events.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'inbox-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('brings the inbox back in its order, and says of what was queued that it went with the process', async () => {
  const path = join(folder, 'below', 'inbox.json');
  const inbox = createInbox();
  const file = keepInboxFile(path, inbox);
  inbox.onRequest(request('r1'));
  inbox.onMessage(message('m1'));
  inbox.onLogLine(accepted('r1', 'm1'));
  inbox.onAnswer('r1', answered(202, 12));
  inbox.onRequest(request('r2'));
  inbox.onLogLine(logLine('r2', { outcome: 'queued' }));
  inbox.onAnswer('r2', answered(202, 12));
  inbox.onRequest(request('r3'));
  const before = inbox.entries();
  await file.close();

  const later = createInbox({ earlier: await readInboxFile(path) });
  expect(later.entries().map(({ id, outcome }) => [id, outcome])).toEqual([
    ['r3', 'interrupted'],
    ['r2', 'interrupted'],
    ['r1', 'accepted'],
  ]);
  expect(later.entries()[2]).toEqual(JSON.parse(JSON.stringify(before[2])));
  expect((await stat(path)).mode & 0o077).toBe(0);
});

test.each(['', '{"entries":', '[]'])('that holds %j is an empty inbox', async (text) => {
  await writeFile(join(folder, 'inbox.json'), text);
  expect(await readInboxFile(join(folder, 'inbox.json'))).toEqual([]);
  expect(await readInboxFile(join(folder, 'missing.json'))).toEqual([]);
});
