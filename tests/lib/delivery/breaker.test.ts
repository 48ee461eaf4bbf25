import { createBreaker } from '../../../lib/delivery/breaker.js';
import { createClock } from '../../support/clock.js';

function setUp(failures: number) {
  const clock = createClock();
  const breaker = createBreaker(clock.now);
  for (let index = 0; index < failures; index += 1) breaker.failed();
  return { clock, breaker };
}

test('two failures are forgiven, three are not', () => {
  expect(setUp(2).breaker.allows()).toBe(true);
  expect(setUp(3).breaker.allows()).toBe(false);
});

test('a success in between restarts the count', () => {
  const { breaker } = setUp(2);
  breaker.succeeded();
  breaker.failed();
  expect(breaker.allows()).toBe(true);
});

test('after ten seconds one message probes it', () => {
  const { breaker, clock } = setUp(3);
  clock.time += 9999;
  expect(breaker.allows()).toBe(false);
  clock.time += 1;
  expect([breaker.allows(), breaker.allows()]).toEqual([true, false]);
});

test('a probe that fails keeps it open, one that succeeds closes it', () => {
  const { breaker, clock } = setUp(3);
  clock.time += 10_000;
  breaker.allows();
  breaker.failed();
  expect(breaker.allows()).toBe(false);
  clock.time += 10_000;
  breaker.allows();
  breaker.succeeded();
  expect([breaker.allows(), breaker.allows()]).toEqual([true, true]);
});
