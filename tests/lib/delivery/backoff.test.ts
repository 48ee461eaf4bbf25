import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { parse } from 'yaml';
import { backoffSeconds, firstDelaySeconds, MAX_RECEIVES } from '../../../lib/delivery/backoff.js';

const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

test('the second attempt comes within two seconds', () => {
  fc.assert(
    fc.property(random, fc.integer({ min: 60_000, max: 600_000 }), (value, remainingMs) => {
      const seconds = backoffSeconds(1, () => value, remainingMs);
      expect([1, 2]).toContain(seconds);
    }),
  );
});

test('it spreads the attempts of an outage', () => {
  const delays = Array.from({ length: 60 }, (_, index) => backoffSeconds(6, () => index / 60, 65_000));
  expect(new Set(delays).size).toBeGreaterThan(50);
});

test('in an outage of any length the last try comes 3 to 5 s before the deadline, before the receives are used up', () => {
  fc.assert(
    fc.property(fc.infiniteStream(random), fc.integer({ min: 6000, max: 600_000 }), (values, ttlMs) => {
      const next = () => values.next().value as number;
      let remainingMs = ttlMs - 1000 * firstDelaySeconds(next, ttlMs);
      for (let receives = 1; receives < MAX_RECEIVES; receives += 1) {
        const delay = backoffSeconds(receives, next, remainingMs);
        if (delay === undefined) break;
        remainingMs -= 1000 * delay;
      }
      expect(remainingMs).toBeGreaterThanOrEqual(3000);
      expect(remainingMs).toBeLessThanOrEqual(5000);
    }),
  );
});

test('a new entry waits two seconds at most, spread over them', () => {
  const delays = Array.from({ length: 60 }, (_, index) => firstDelaySeconds(() => index / 60, 600_000));
  expect(new Set(delays)).toEqual(new Set([0, 1, 2]));
});

test('the try before the last 4.5 s is followed by one more, the one after by none', () => {
  expect(backoffSeconds(1, () => 0, 4500)).toBe(1);
  expect(backoffSeconds(1, () => 0, 4499)).toBeUndefined();
});

test('a new entry that comes after the last try does not wait', () => {
  expect(firstDelaySeconds(() => 0.9, 3000)).toBe(0);
});

test('a new entry waits no longer than until the last try', () => {
  expect(firstDelaySeconds(() => 0.9, 4600)).toBe(1);
});

test('every delay fits into the time that is left', () => {
  fc.assert(
    fc.property(
      random,
      fc.integer({ min: 0, max: 600_000 }),
      fc.integer({ min: 1, max: 16 }),
      (value, left, receives) => {
        expect(1000 * firstDelaySeconds(() => value, left)).toBeLessThanOrEqual(Math.max(0, left - 3000));
        const delay = backoffSeconds(receives, () => value, left);
        if (delay !== undefined) expect(left - 1000 * delay).toBeGreaterThanOrEqual(3000);
      },
    ),
  );
});

test('the queue of the stack allows as many receives', () => {
  const template = readFileSync(new URL('../../../resources/state.yml', import.meta.url), 'utf8');
  const { Resources } = parse(template, { logLevel: 'silent' }) as {
    Resources: { RetryQueue: { Properties: { RedrivePolicy: { maxReceiveCount: number } } } };
  };
  expect(Resources.RetryQueue.Properties.RedrivePolicy.maxReceiveCount).toBe(MAX_RECEIVES);
});
