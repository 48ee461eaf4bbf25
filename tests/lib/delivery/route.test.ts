import { sleep } from '../../../lib/clock.js';
import { createBreaker } from '../../../lib/delivery/breaker.js';
import {
  type Deliver,
  deliverByRoute,
  deliverWithRetry,
  type Provider,
} from '../../../lib/delivery/route.js';
import { DeliveryError, type DeliveryErrorKind } from '../../../lib/errors.js';
import { createVirtualClock } from '../../support/virtual-clock.js';

const EXPIRES_AT = 1_700_000_300_000;

type Step = DeliveryErrorKind | 'accept' | 'crash' | 'hang' | 'heed';

/** Providers that follow a script and then accept, each `tookMs` after it was called. */
function setUp(scripts: Record<string, Step[]>, { tookMs = 0 } = {}) {
  const clock = createVirtualClock();
  const startedAt = clock.now();
  const calls: string[] = [];
  /** When each call began, in milliseconds. */
  const times: number[] = [];
  const failures: string[] = [];
  const provider = (name: string, script: Step[]): Provider<string> => {
    const deliver: Deliver<string> = async (_, { deadline, expiresAt }) => {
      calls.push(name);
      times.push(clock.now() - startedAt);
      expect(expiresAt).toBe(EXPIRES_AT);
      const step = script.shift() ?? 'accept';
      if (tookMs > 0) await sleep(clock, tookMs);
      if (step === 'accept') return { provider: name, messageId: `${name}-1` };
      if (step === 'crash') throw new TypeError('our own fault');
      if (step === 'hang') return new Promise(() => undefined);
      if (step === 'heed') {
        await new Promise((resolve) => {
          deadline.signal.addEventListener('abort', resolve);
        });
      }
      throw new DeliveryError(step === 'heed' ? 'transient' : step, { provider: name, code: 'X' });
    };
    return { name, deliver, breaker: createBreaker(clock.now) };
  };
  const route = Object.entries(scripts).map(([name, script]) => provider(name, script));
  /** Resolves to what is thrown, too. */
  const run = (
    budgetMs: number,
    { deliver = deliverByRoute, providers = route, random = 0 } = {},
  ): Promise<unknown> => {
    const delivery = deliver(providers, 'm', {
      endsAt: clock.now() + budgetMs,
      id: 'a-message',
      expiresAt: EXPIRES_AT,
      clock,
      random: () => random,
      onFailure: ({ provider: name, kind }) => failures.push(`${name}:${kind}`),
    });
    return clock.until(delivery.catch((error: unknown) => error));
  };
  return { clock, route, calls, times, failures, run };
}

test.each([0, -1])('no attempt is begun %d ms before the deadline', async (budgetMs) => {
  const { calls, run } = setUp({ a: [], b: [] });
  expect(await run(budgetMs)).toMatchObject({ kind: 'transient', provider: 'none', code: 'NO_TIME_LEFT' });
  expect(calls).toEqual([]);
});

describe('a route', () => {
  test.each<[DeliveryErrorKind, string[], object]>([
    ['transient', ['a', 'b'], { provider: 'b', messageId: 'b-1' }],
    ['misconfigured', ['a', 'b'], { provider: 'b', messageId: 'b-1' }],
    ['rejected', ['a'], { kind: 'rejected', provider: 'a' }],
    ['ambiguous', ['a'], { kind: 'ambiguous', provider: 'a' }],
  ])('after %s has called %j', async (kind, called, result) => {
    const { calls, failures, run } = setUp({ a: [kind], b: [] });
    expect(await run(1000)).toMatchObject(result);
    expect(calls).toEqual(called);
    expect(failures).toEqual([`a:${kind}`]);
  });

  test.each<[Step, Step, DeliveryErrorKind]>([
    ['transient', 'misconfigured', 'transient'],
    ['misconfigured', 'transient', 'transient'],
    ['misconfigured', 'misconfigured', 'misconfigured'],
  ])('that ends with %s and %s failed as %s', async (first, second, kind) => {
    expect(await setUp({ a: [first], b: [second] }).run(1000)).toMatchObject({ kind });
  });

  test('gives each provider an equal share of the time that is left', async () => {
    const { clock, times, run } = setUp({ a: ['heed'], b: ['heed'], c: ['heed'] });
    const startedAt = clock.now();
    await run(900);
    expect(times).toEqual([0, 300, 600]);
    expect(clock.now() - startedAt).toBe(900);
  });

  test('keeps a share for a provider that it passed over', async () => {
    const { route, calls, times, run } = setUp({ a: [], b: ['heed'] });
    for (let index = 0; index < 3; index += 1) route[0]?.breaker.failed();
    await run(1000);
    expect(calls).toEqual(['b', 'a']);
    expect(times).toEqual([0, 500]);
  });

  test('tells how long the provider that accepted took', async () => {
    const { run } = setUp({ a: ['transient'], b: [] }, { tookMs: 40 });
    expect(await run(1000)).toMatchObject({ provider: 'b', latencyMs: 40 });
  });

  test('gives up on a provider that ignores its signal, as ambiguous', async () => {
    const { clock, run } = setUp({ a: ['hang'] });
    const startedAt = clock.now();
    expect(await run(1000)).toMatchObject({ kind: 'ambiguous', provider: 'a', code: 'UNRESPONSIVE' });
    expect(clock.now() - startedAt).toBe(1100);
  });

  test('leaves no timer behind', async () => {
    const { clock, run } = setUp({ a: ['transient'], b: [] });
    await run(1000);
    await expect(clock.until(new Promise(() => undefined))).rejects.toThrow('nothing is scheduled');
  });

  test('passes over a provider that keeps failing, unless all do', async () => {
    const { route, calls, run } = setUp({ a: ['transient', 'transient', 'ambiguous'], b: [] });
    for (let index = 0; index < 3; index += 1) await run(1000);
    calls.length = 0;
    await run(1000);
    expect(calls).toEqual(['b']);
    calls.length = 0;
    await run(1000, { providers: route.slice(0, 1) });
    expect(calls).toEqual(['a']);
  });

  test('tries a provider that was passed over, rather than let the message fail', async () => {
    const { calls, run } = setUp({
      a: ['transient', 'transient', 'transient'],
      b: ['accept', 'accept', 'accept', 'transient'],
    });
    for (let index = 0; index < 3; index += 1) await run(1000);
    calls.length = 0;
    expect(await run(1000)).toMatchObject({ provider: 'a' });
    expect(calls).toEqual(['b', 'a']);
  });

  test('does not use up the probe of a provider that it does not get to', async () => {
    const { clock, route, run } = setUp({ a: [], b: [] });
    const [, b] = route;
    for (let index = 0; index < 3; index += 1) b?.breaker.failed();
    await clock.pass(10_000);
    await run(1000);
    expect(b?.breaker.allows()).toBe(true);
  });

  test('that ran out of time does not blame providers that were not called', async () => {
    const { route, run } = setUp({ a: [], b: [] });
    for (let index = 0; index < 5; index += 1) {
      expect(await run(0)).toMatchObject({ code: 'NO_TIME_LEFT' });
    }
    expect(route.map(({ breaker }) => breaker.allows())).toEqual([true, true]);
  });

  test('treats an unexpected error of a provider as ambiguous, and calls no other', async () => {
    const { calls, run } = setUp({ a: ['crash'], b: [] });
    expect(await run(1000)).toMatchObject({ kind: 'ambiguous', provider: 'a', code: 'INTERNAL' });
    expect(calls).toEqual(['a']);
  });

  test('does not hold a refused message against its provider', async () => {
    const { calls, run } = setUp({ a: ['rejected', 'rejected', 'rejected'], b: [] });
    for (let index = 0; index < 3; index += 1) await run(1000);
    expect(await run(1000)).toMatchObject({ provider: 'a' });
    expect(calls).toEqual(['a', 'a', 'a', 'a']);
  });

  test('without providers is misconfigured', async () => {
    expect(await setUp({}).run(1000)).toMatchObject({
      kind: 'misconfigured',
      provider: 'none',
      code: 'EMPTY_ROUTE',
    });
  });
});

describe('a second try in line', () => {
  test.each<[Step[], number, string[]]>([
    [['transient'], 1000, ['a', 'a']],
    [['transient', 'transient'], 1000, ['a', 'a']],
    [['misconfigured'], 1000, ['a']],
    [['rejected'], 1000, ['a']],
    [['ambiguous'], 1000, ['a']],
    [['crash'], 1000, ['a']],
  ])('after %j within %d ms: %j', async (script, budgetMs, called) => {
    const { calls, run } = setUp({ a: script });
    await run(budgetMs, { deliver: deliverWithRetry });
    expect(calls).toEqual(called);
  });

  test('comes after a pause that chance spreads over 200 ms', async () => {
    const { times, run } = setUp({ a: ['transient'] });
    await run(1000, { deliver: deliverWithRetry, random: 0.75 });
    expect(times).toEqual([0, 150]);
  });

  test.each([
    [550, 2],
    [549, 1],
  ])('after a pause of 150 ms, within %d ms: %d calls', async (budgetMs, count) => {
    const { calls, run } = setUp({ a: ['transient'] });
    await run(budgetMs, { deliver: deliverWithRetry, random: 0.75 });
    expect(calls).toHaveLength(count);
  });
});
