import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LogRecord } from '../../../lib/telemetry/log.js';
import { createInbox, type InboxChange } from '../../../tools/local/inbox.js';
import { keepInboxFile, readInboxFile } from '../../../tools/local/inbox-file.js';
import type { ReceivedMessage } from '../../../tools/loopback/provider.js';

const EMAIL = { email: 'you@example.com', subject: 'Your code', body: '<b>5928</b>' };

const HEADERS = [['Content-Type', 'application/json']] as const;
/** An answer whose headers and body are of no matter. */
const answered = (status: number, latencyMs: number) => ({ status, latencyMs, headers: [], body: '' });

function request(requestId: string, content: unknown = EMAIL, channel: 'email' | 'sms' = 'email') {
  const body = Buffer.from(typeof content === 'string' ? content : JSON.stringify(content));
  return {
    requestId,
    channel,
    app: undefined,
    method: 'POST',
    path: `/${channel}`,
    headers: HEADERS,
    receivedAt: 1000,
    body,
  };
}

function message(messageId: string, more: Partial<ReceivedMessage> = {}): ReceivedMessage {
  return {
    channel: 'email',
    provider: 'ses',
    messageId,
    receivedAt: 1001,
    to: 'you@example.com',
    subject: 'Your code',
    html: '<b>5928</b>',
    raw: 'raw',
    ...more,
  };
}

function logLine(requestId: string, more: LogRecord): string {
  return JSON.stringify({ requestId, channel: 'email', ...more });
}

const accepted = (requestId: string, messageId: string) =>
  logLine(requestId, { outcome: 'accepted', provider: 'ses', messageId, failures: [] });

test('puts the request, its answer, its log and its message together', () => {
  const inbox = createInbox();
  inbox.onRequest(request('r1'));
  inbox.onMessage(message('m1'));
  expect(inbox.entries()).toHaveLength(2);
  inbox.onLogLine(accepted('r1', 'm1'));
  inbox.onAnswer('r1', answered(202, 12));

  expect(inbox.entries()).toEqual([
    {
      id: 'r1',
      at: 1000,
      channel: 'email',
      app: undefined,
      method: 'POST',
      path: '/email',
      headers: HEADERS,
      claimed: { to: 'you@example.com', subject: 'Your code', text: undefined },
      request: JSON.stringify(EMAIL),
      status: 202,
      latencyMs: 12,
      answer: { headers: [], body: '' },
      outcome: 'accepted',
      reason: undefined,
      steps: [expect.objectContaining({ outcome: 'accepted', provider: 'ses', messageId: 'm1' })],
      messages: [{ ...message('m1'), id: expect.stringMatching(/^[0-9a-f]{6}-1$/) as string }],
    },
  ]);
});

test('it does not matter which comes first', () => {
  const inbox = createInbox();
  inbox.onRequest(request('r1'));
  inbox.onAnswer('r1', answered(202, 12));
  inbox.onLogLine(accepted('r1', 'm1'));
  inbox.onMessage(message('m1'));
  expect(inbox.entries()).toMatchObject([{ id: 'r1', status: 202, messages: [{ messageId: 'm1' }] }]);
});

test('requests to the same recipient at the same time keep their own messages', () => {
  const inbox = createInbox();
  for (const id of ['r1', 'r2']) inbox.onRequest(request(id));
  inbox.onMessage(message('m2'));
  inbox.onMessage(message('m1'));
  inbox.onLogLine(accepted('r1', 'm1'));
  inbox.onLogLine(accepted('r2', 'm2'));
  expect(inbox.entries()).toMatchObject([
    { id: 'r2', messages: [{ messageId: 'm2' }] },
    { id: 'r1', messages: [{ messageId: 'm1' }] },
  ]);
});

test('a refused request shows its status, its reason and what it claimed', () => {
  const inbox = createInbox();
  inbox.onRequest(request('r1'));
  inbox.onLogLine(logLine('r1', { outcome: 'unauthenticated', reason: 'signature_mismatch' }));
  inbox.onAnswer('r1', answered(401, 1));
  expect(inbox.entries()).toMatchObject([
    {
      status: 401,
      outcome: 'unauthenticated',
      reason: 'signature_mismatch',
      claimed: { to: 'you@example.com' },
    },
  ]);
});

test.each(['', 'no json', 'null', '[]', '{"email":{"a":1},"subject":7}'])(
  'takes the body %j as it is',
  (body) => {
    const inbox = createInbox();
    inbox.onRequest(request('r1', body));
    expect(inbox.entries()).toMatchObject([{ request: body }]);
    expect(inbox.entries()[0]?.claimed?.to).toBeUndefined();
  },
);

test('a message without a request has an entry of its own', () => {
  const inbox = createInbox();
  inbox.onMessage(message('m1', { channel: 'sms', provider: 'sns', text: 'Code 5928', html: undefined }));
  const [entry] = inbox.entries();
  expect(entry).toMatchObject({
    channel: 'sms',
    steps: [],
    messages: [{ encoding: 'GSM-7', segments: 1, units: 9 }],
  });
  expect(entry).not.toHaveProperty('request');
});

test('a message whose acceptance was never confirmed finds its request by the recipient', () => {
  const inbox = createInbox();
  const unconfirmed = { outcome: 'unconfirmed', failures: ['ses:ambiguous:ECONNRESET'] };
  inbox.onRequest(request('r1', { ...EMAIL, email: 'You@Example.com' }));
  inbox.onMessage(message('m1'));
  inbox.onLogLine(logLine('r1', unconfirmed));
  expect(inbox.entries()).toMatchObject([{ id: 'r1', messages: [{ messageId: 'm1' }] }]);

  // A provider that is slow accepts it after the answer was given up.
  inbox.onRequest(request('r2', { ...EMAIL, email: 'slow@example.com' }));
  inbox.onLogLine(logLine('r2', unconfirmed));
  inbox.onMessage(message('m2', { to: 'slow@example.com' }));
  expect(inbox.entries()[0]).toMatchObject({ id: 'r2', messages: [{ messageId: 'm2' }] });
});

test('the log of a later request takes its message back from one that was never confirmed', () => {
  const inbox = createInbox();
  inbox.onRequest(request('r1'));
  inbox.onLogLine(logLine('r1', { outcome: 'unconfirmed', failures: ['ses:ambiguous:TIMEOUT'] }));
  inbox.onRequest(request('r2'));
  inbox.onMessage(message('m2'));
  inbox.onLogLine(accepted('r2', 'm2'));
  expect(inbox.entries()).toMatchObject([
    { id: 'r2', messages: [{ messageId: 'm2' }] },
    { id: 'r1', messages: [] },
  ]);
});

test('an unconfirmed request takes no more messages than answers were lost', () => {
  const inbox = createInbox();
  inbox.onRequest(request('r1'));
  inbox.onMessage(message('m1'));
  inbox.onLogLine(logLine('r1', { outcome: 'unconfirmed', failures: ['ses:ambiguous:ECONNRESET'] }));
  inbox.onRequest(request('r2'));
  inbox.onMessage(message('m2'));
  expect(inbox.entries().map(({ id, messages }) => [id, messages.length])).toEqual([
    [expect.stringMatching(/^message-.*-2$/), 1],
    ['r2', 0],
    ['r1', 1],
  ]);
  // Sent once more, it has two.
  inbox.onLogLine(accepted('r2', 'm2'));
  inbox.onMessage(message('m3'));
  inbox.onLogLine(logLine('r1', { outcome: 'accepted', attempt: 1, messageId: 'm3' }));
  expect(inbox.entries()).toMatchObject([
    { id: 'r2', messages: [{ messageId: 'm2' }] },
    { id: 'r1', messages: [{ messageId: 'm1' }, { messageId: 'm3' }] },
  ]);
});

test('shows what the queue made of a request, step by step', () => {
  const inbox = createInbox();
  inbox.onRequest(request('r1'));
  inbox.onLogLine(logLine('r1', { outcome: 'queued', failures: ['ses:transient:Throttling'] }));
  inbox.onLogLine(logLine('r1', { outcome: 'retried', attempt: 1, reason: 'transient' }));
  inbox.onMessage(message('m1'));
  inbox.onLogLine(logLine('r1', { outcome: 'accepted', attempt: 2, messageId: 'm1' }));
  expect(inbox.entries()).toMatchObject([
    {
      outcome: 'accepted',
      reason: undefined,
      steps: [{ outcome: 'queued' }, { outcome: 'retried', attempt: 1 }, { outcome: 'accepted', attempt: 2 }],
      messages: [{ messageId: 'm1' }],
    },
  ]);
});

test.each([
  ['metrics', '{"_aws":{},"channel":"email"}'],
  ['a warning without a request', '{"channel":"email","reason":"state_kept_in_memory"}'],
  ['a record of an unknown request', logLine('other', { outcome: 'accepted' })],
  ['text', 'Warning: something'],
  ['null', 'null'],
])('passes over %s', (_, line) => {
  const inbox = createInbox();
  inbox.onRequest(request('r1'));
  const before = inbox.entries();
  inbox.onLogLine(line);
  expect(inbox.entries()).toEqual(before);
});

test('tells its subscribers of every change, in order, until they leave', () => {
  const inbox = createInbox();
  const changes: InboxChange[] = [];
  const unsubscribe = inbox.subscribe((change) => changes.push(change));
  inbox.onRequest(request('r1'));
  inbox.onMessage(message('m1'));
  inbox.onLogLine(accepted('r1', 'm1'));
  expect(changes).toMatchObject([
    { entry: { id: 'r1' } },
    { entry: { id: expect.stringMatching(/^message-.*-1$/) as string } },
    { entry: { id: 'r1', outcome: 'accepted' } },
    { removed: expect.stringMatching(/^message-.*-1$/) as string },
    { entry: { id: 'r1', messages: [{ messageId: 'm1' }] } },
  ]);
  unsubscribe();
  inbox.clear();
  expect(changes).toHaveLength(5);
  expect(inbox.entries()).toEqual([]);
});

test('keeps a bounded number of entries, the newest', () => {
  const inbox = createInbox({ maxEntries: 3 });
  for (let index = 1; index <= 10; index++) {
    inbox.onRequest(request(`r${index}`));
    inbox.onMessage(message(`m${index}`));
    inbox.onLogLine(accepted(`r${index}`, `m${index}`));
  }
  // The third made room for the message of r10 while it had an entry of its own.
  expect(inbox.entries().map(({ id }) => id)).toEqual(['r10', 'r9']);
  const [newest] = inbox.entries();
  expect(inbox.findMessage(newest?.messages[0]?.id ?? '')).toMatchObject({ messageId: 'm10' });
  expect(inbox.findMessage((newest?.messages[0]?.id ?? '').replace(/10$/, '1'))).toBeUndefined();
});

test('keeps a bounded number of bytes', () => {
  const inbox = createInbox({ maxBytes: 25_000 });
  for (let index = 1; index <= 10; index++) inbox.onMessage(message(`m${index}`, { html: 'x'.repeat(5000) }));
  expect(inbox.entries()).toHaveLength(2);
  // The newest stays, whatever its size.
  inbox.onMessage(message('m11', { html: 'x'.repeat(50_000) }));
  expect(inbox.entries()).toHaveLength(1);
});

test('cuts off a very long request', () => {
  const inbox = createInbox();
  inbox.onRequest(request('r1', 'x'.repeat(1_000_000)));
  expect(inbox.entries()[0]?.request).toHaveLength(256 * 1024);
});

test('what was cleared comes back below what came since, and still takes its own answer', () => {
  const inbox = createInbox();
  inbox.onRequest(request('r1'));
  inbox.onRequest(request('r2'));
  inbox.clear();
  inbox.onRequest(request('r3'));
  inbox.restore();
  expect(inbox.entries().map(({ id }) => id)).toEqual(['r3', 'r2', 'r1']);
  inbox.onAnswer('r1', answered(202, 5));
  expect(inbox.findEntry('r1')).toMatchObject({ status: 202 });
});

test('clearing an empty inbox does not throw away what can be brought back', () => {
  const inbox = createInbox();
  inbox.onRequest(request('r1'));
  inbox.clear();
  inbox.clear();
  inbox.restore();
  expect(inbox.entries()).toMatchObject([{ id: 'r1' }]);
});

describe('the file', () => {
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
});
