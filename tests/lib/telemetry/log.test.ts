import { createSecretKey } from 'node:crypto';
import { createLog, hashRecipient } from '../../../lib/telemetry/log.js';

function logged(environment: Record<string, string>, record: object): unknown[] {
  const lines: unknown[] = [];
  const write = (line: unknown) => lines.push(line);
  createLog(environment, { info: write, warn: write, error: write })('info', record);
  return lines;
}

test('a record is one line of JSON', () => {
  expect(
    logged(
      {},
      { requestId: 'r-1', outcome: 'accepted', durationMs: 12, failures: ['ses:transient:Throttling'] },
    ),
  ).toEqual([
    '{"requestId":"r-1","outcome":"accepted","failures":["ses:transient:Throttling"],"durationMs":12}',
  ]);
});

test('Lambda is given the object, to which its JSON format adds the time', () => {
  expect(logged({ AWS_LAMBDA_LOG_FORMAT: 'JSON' }, { requestId: 'r-1', app: undefined })).toEqual([
    { requestId: 'r-1' },
  ]);
});

test('fields that are not on the list are left out', () => {
  expect(logged({}, { requestId: 'r-1', to: 'user@example.com', html: 'Your code is 5928' })).toEqual([
    '{"requestId":"r-1"}',
  ]);
});

test.each([
  ['a sentence', 'Email address user@example.com is not verified'],
  ['line breaks', 'a\nb'],
  ['length', 'a'.repeat(201)],
])('text that may come from elsewhere is withheld for its %s', (_, text) => {
  expect(logged({}, { messageId: text, failures: [text, 'ok'], faults: ['EMAIL_FROM is not set'] })).toEqual([
    '{"faults":["EMAIL_FROM is not set"],"messageId":"(withheld)","failures":["(withheld)","ok"]}',
  ]);
});

test('a recipient is hashed with a key, whatever its case', () => {
  const key = createSecretKey(Buffer.alloc(32, 1));
  const hash = hashRecipient('user@example.com', key);
  expect(hash).toMatch(/^[0-9a-f]{32}$/);
  expect(hashRecipient('User@Example.com', key)).toBe(hash);
  expect(hashRecipient('other@example.com', key)).not.toBe(hash);
  expect(hashRecipient('user@example.com', createSecretKey(Buffer.alloc(32, 2)))).not.toBe(hash);
});
