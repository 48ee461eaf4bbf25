import { createEntryStore, type InboxChange } from '../../../tools/local/entry-store.js';
import { createInbox } from '../../../tools/local/inbox.js';
import { accepted, answered, message, request } from '../../support/inbox-events.js';

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

test('of thousands of messages nothing stays but the latest 500', () => {
  const store = createEntryStore({ maxEntries: 500, maxBytes: 16 * 1024 * 1024 });
  const ids = Array.from({ length: 5000 }, (_, index) => String(index));
  for (const id of ids) {
    const entry = { id, at: 0, channel: 'email' as const, steps: [], messages: [] };
    store.put(entry);
    store.put({ ...entry, steps: [{ at: 0, messageId: id }] });
    store.put({ ...entry, steps: [{ at: 0, messageId: id }], messages: [{ ...message(id), id }] });
  }
  const kept = ids.slice(-500);
  expect(store.all().map(({ id }) => id)).toEqual(kept);
  expect(ids.filter((id) => store.holderOf(id) !== undefined)).toEqual(kept);
  expect(ids.filter((id) => store.ownerOf(id) !== undefined)).toEqual(kept);
});
