import { systemClock } from '../../../lib/clock.js';
import { createBreaker } from '../../../lib/delivery/breaker.js';
import {
  type Deliver,
  deliverByRoute,
  deliverWithRetry,
  type Provider,
} from '../../../lib/delivery/route.js';
import { DeliveryError, type DeliveryErrorKind } from '../../../lib/errors.js';
import { createClock } from '../../support/clock.js';

const EXPIRES_AT = 1_700_000_300_000;

type Script = (DeliveryErrorKind | 'accept' | 'crash' | 'hang' | 'heed')[];

function setUp(scripts: Record<string, Script>) {
  const calls: string[] = [];
  const provider = (name: string, script: Script): Provider<string> => {
    const deliver: Deliver<string> = (_, { deadline, expiresAt }) => {
      calls.push(name);
      expect(expiresAt).toBe(EXPIRES_AT);
      const step = script.shift() ?? 'accept';
      if (step === 'accept') return Promise.resolve({ provider: name, messageId: `${name}-1` });
      if (step === 'crash') return Promise.reject(new TypeError('our own fault'));
      if (step === 'hang') return new Promise(() => undefined);
      const failure = new DeliveryError(step === 'heed' ? 'transient' : step, { provider: name, code: 'X' });
      if (step !== 'heed') return Promise.reject(failure);
      return new Promise((_resolve, reject) => {
        deadline.signal.addEventListener('abort', () => {
          reject(failure);
        });
      });
    };
    return { name, deliver, breaker: createBreaker(Date.now) };
  };
  const route = Object.entries(scripts).map(([name, script]) => provider(name, script));
  const failures: string[] = [];
  const options = (budgetMs: number) => ({
    endsAt: Date.now() + budgetMs,
    id: 'a-message',
    expiresAt: EXPIRES_AT,
    clock: systemClock,
    random: () => 0.01,
    onFailure: ({ provider: name, kind }: DeliveryError) => failures.push(`${name}:${kind}`),
  });
  return { route, calls, failures, options };
}

test.each([0, -1])('no attempt is begun %d ms before the deadline', async (budgetMs) => {
  const { route, calls, options } = setUp({ a: [], b: [] });
  await expect(
    deliverByRoute(route, 'm', { ...options(budgetMs), clock: createClock(0), endsAt: budgetMs }),
  ).rejects.toMatchObject({
    kind: 'transient',
    code: 'NO_TIME_LEFT',
  });
  expect(calls).toEqual([]);
});

describe('a route', () => {
  test.each<[DeliveryErrorKind, string[], string | undefined]>([
    ['transient', ['a', 'b'], undefined],
    ['misconfigured', ['a', 'b'], undefined],
    ['rejected', ['a'], 'rejected'],
    ['ambiguous', ['a'], 'ambiguous'],
  ])('goes on after %s: %j', async (kind, called, thrown) => {
    const { route, calls, failures, options } = setUp({ a: [kind], b: [] });
    const delivery = deliverByRoute(route, 'm', options(1000));
    if (thrown === undefined) expect(await delivery).toMatchObject({ provider: 'b', messageId: 'b-1' });
    else await expect(delivery).rejects.toMatchObject({ kind: thrown, provider: 'a' });
    expect(calls).toEqual(called);
    expect(failures).toEqual([`a:${kind}`]);
  });

  test.each<[Script[0], Script[0], DeliveryErrorKind]>([
    ['transient', 'misconfigured', 'transient'],
    ['misconfigured', 'transient', 'transient'],
    ['misconfigured', 'misconfigured', 'misconfigured'],
  ])('that ends with %s and %s failed as %s', async (first, second, kind) => {
    const { route, options } = setUp({ a: [first], b: [second] });
    await expect(deliverByRoute(route, 'm', options(1000))).rejects.toMatchObject({ kind });
  });

  test('leaves the later providers their share of the time', async () => {
    const { route, calls, options } = setUp({ a: ['heed'], b: [] });
    expect(await deliverByRoute(route, 'm', options(200))).toMatchObject({ provider: 'b' });
    expect(calls).toEqual(['a', 'b']);
  });

  test('gives up on a provider that ignores its signal, as ambiguous', async () => {
    const { route, options } = setUp({ a: ['hang'] });
    await expect(deliverByRoute(route, 'm', options(10))).rejects.toMatchObject({
      kind: 'ambiguous',
      code: 'UNRESPONSIVE',
    });
  });

  test('calls no provider when no time is left', async () => {
    const { route, calls, options } = setUp({ a: [] });
    await expect(deliverByRoute(route, 'm', options(0))).rejects.toMatchObject({ kind: 'transient' });
    expect(calls).toEqual([]);
  });

  test('passes over a provider that keeps failing, unless all do', async () => {
    const { route, calls, options } = setUp({ a: ['transient', 'transient', 'ambiguous', 'accept'], b: [] });
    for (let index = 0; index < 3; index += 1) {
      await deliverByRoute(route, 'm', options(1000)).catch(() => undefined);
    }
    calls.length = 0;
    await deliverByRoute(route, 'm', options(1000));
    expect(calls).toEqual(['b']);
    calls.length = 0;
    await deliverByRoute(route.slice(0, 1), 'm', options(1000));
    expect(calls).toEqual(['a']);
  });

  test('tries a provider that was passed over, rather than let the message fail', async () => {
    const { route, calls, options } = setUp({ a: ['transient', 'transient', 'transient'], b: [] });
    for (let index = 0; index < 3; index += 1) await deliverByRoute(route, 'm', options(1000));
    calls.length = 0;
    const [passedOver, other] = route as [Provider<string>, Provider<string>];
    const failing = {
      ...other,
      deliver: () => Promise.reject(new DeliveryError('transient', { provider: 'b', code: 'X' })),
    };
    expect(await deliverByRoute([passedOver, failing], 'm', options(1000))).toMatchObject({
      provider: 'a',
    });
    expect(calls).toEqual(['a']);
  });

  test('does not use up the probe of a provider that it does not get to', async () => {
    let time = 0;
    const breaker = createBreaker(() => time);
    for (let index = 0; index < 3; index += 1) breaker.failed();
    time = 10_000;
    const { route, options } = setUp({ a: [], b: [] });
    const [a, b] = route as [Provider<string>, Provider<string>];
    await deliverByRoute([a, { ...b, breaker }], 'm', options(1000));
    expect(breaker.allows()).toBe(true);
  });

  test('that ran out of time does not blame providers that were not called', async () => {
    const { route, options } = setUp({ a: [], b: [] });
    for (let index = 0; index < 5; index += 1) {
      await expect(deliverByRoute(route, 'm', options(0))).rejects.toMatchObject({ code: 'NO_TIME_LEFT' });
    }
    expect(route.map(({ breaker }) => breaker.allows())).toEqual([true, true]);
  });

  test('treats an unexpected error of a provider as ambiguous, and calls no other', async () => {
    const { route, calls, options } = setUp({ a: ['crash'], b: [] });
    await expect(deliverByRoute(route, 'm', options(1000))).rejects.toMatchObject({ kind: 'ambiguous' });
    expect(calls).toEqual(['a']);
  });

  test('does not hold a refused message against its provider', async () => {
    const { route, calls, options } = setUp({ a: ['rejected', 'rejected', 'rejected'], b: [] });
    for (let index = 0; index < 3; index += 1) {
      await deliverByRoute(route, 'm', options(1000)).catch(() => undefined);
    }
    expect(await deliverByRoute(route, 'm', options(1000))).toMatchObject({ provider: 'a' });
    expect(calls).toEqual(['a', 'a', 'a', 'a']);
  });

  test('without providers is misconfigured', async () => {
    const { options } = setUp({});
    await expect(deliverByRoute([], 'm', options(1000))).rejects.toMatchObject({ kind: 'misconfigured' });
  });
});

describe('a second try in line', () => {
  test.each<[Script, number, string[]]>([
    [['transient'], 1000, ['a', 'a']],
    [['transient', 'transient'], 1000, ['a', 'a']],
    [['transient'], 300, ['a']],
    [['misconfigured'], 1000, ['a']],
    [['rejected'], 1000, ['a']],
    [['ambiguous'], 1000, ['a']],
  ])('after %j within %d ms: %j', async (script, budgetMs, called) => {
    const { route, calls, options } = setUp({ a: [...script] });
    await deliverWithRetry(route, 'm', options(budgetMs)).catch(() => undefined);
    expect(calls).toEqual(called);
  });
});
