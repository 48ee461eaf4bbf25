import { createRequire } from 'node:module';

type Oversized = (
  shared: Record<string, unknown>,
  functions: Record<string, { environment?: Record<string, unknown> }>,
) => string[];

const require = createRequire(import.meta.url);
const oversizedEnvironments = require('../../../tools/serverless/environment-size.cjs') as Oversized;

/** A text for which `{"A":"…"}` has as many bytes as asked for. */
const textFor = (bytes: number) => 'x'.repeat(bytes - '{"A":""}'.length);

test('an environment of 4 KB fits; with one byte more the function is named and refused', () => {
  expect(oversizedEnvironments({}, { email: { environment: { A: textFor(4096) } } })).toEqual([]);
  expect(oversizedEnvironments({}, { email: { environment: { A: textFor(4097) } } })).toEqual([
    expect.stringMatching(/^The settings of function "email" take 4097 bytes, and Lambda takes 4096:/),
  ]);
});

test("the stack's own variables count, unless a function replaces them", () => {
  const shared = { A: textFor(4000), QUEUE_URL: { Ref: 'RetryQueue' } };
  expect(oversizedEnvironments(shared, { email: {} })).toHaveLength(1);
  expect(oversizedEnvironments(shared, { email: { environment: { A: 'short' } } })).toEqual([]);
});

test('characters outside ASCII count as their bytes', () => {
  expect(oversizedEnvironments({}, { sms: { environment: { A: 'é'.repeat(2050) } } })).toHaveLength(1);
});
