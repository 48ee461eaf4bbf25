import { createInbox } from '../../../tools/local/inbox.js';
import { accepted, answered, EMAIL, HEADERS, logLine, message, request } from '../../support/inbox-events.js';

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
