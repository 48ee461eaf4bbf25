import { createBreaker } from '../../../lib/delivery/breaker.js';
import type { Provider } from '../../../lib/delivery/route.js';
import { DeliveryError, type DeliveryErrorKind } from '../../../lib/errors.js';
import { send } from '../../../lib/relay/sender.js';
import type { LogRecord } from '../../../lib/telemetry/log.js';
import type { Measurement } from '../../../lib/telemetry/metrics.js';
import { createVirtualClock } from '../../support/virtual-clock.js';

function setUp(turns: (DeliveryErrorKind | 'accept')[]) {
  const clock = createVirtualClock();
  const record: LogRecord & { channel: string } = { channel: 'email', app: 'SHOP' };
  const measured: Measurement[] = [];
  const route: Provider<string>[] = turns.map((turn, index) => ({
    name: `p${index}`,
    breaker: createBreaker(clock.now),
    deliver: () => {
      const provider = `p${index}`;
      return turn === 'accept'
        ? Promise.resolve({ provider, messageId: 'm-1' })
        : Promise.reject(new DeliveryError(turn, { provider, code: 'X' }));
    },
  }));
  const run = (
    budgetMs: number,
    { retries = false, measure = (one: Measurement) => measured.push(one) } = {},
  ) => {
    const times = { endsAt: clock.now() + budgetMs, expiresAt: clock.now() + 300_000 };
    const world = { clock, random: () => 0.5, measure };
    return clock.until(send(world, record, { route, message: 'm', id: 'id', ...times, retries }));
  };
  return { record, measured, run };
}

test('an acceptance is recorded with its provider, id and time', async () => {
  const { record, run } = setUp(['accept']);
  expect(await run(1000)).toBe('accepted');
  expect(record).toEqual({
    channel: 'email',
    app: 'SHOP',
    failures: [],
    provider: 'p0',
    messageId: 'm-1',
    deliveryMs: 0,
  });
});

test.each<[DeliveryErrorKind]>([['transient'], ['ambiguous'], ['rejected'], ['misconfigured']])(
  'a failure that is %s is the result, recorded and counted',
  async (kind) => {
    const { record, measured, run } = setUp([kind]);
    expect(await run(1000)).toBe(kind);
    expect(record.failures).toEqual([`p0:${kind}:X`]);
    expect(measured).toEqual([
      { channel: 'email', app: 'SHOP', provider: 'p0', reason: kind, count: 'providerFailure' },
    ]);
  },
);

test('what fails in the counting itself is no outcome of the message', async () => {
  const measure = () => {
    throw new TypeError('our own fault');
  };
  await expect(setUp(['transient']).run(1000, { measure })).rejects.toThrow('our own fault');
});

test.each([
  [400, 'accepted'],
  [399, 'transient'],
])('with %d ms left the message is %s', async (budgetMs, result) => {
  expect(await setUp(['accept']).run(budgetMs)).toBe(result);
});

test.each([
  [true, 2],
  [false, 1],
])('where retries are %s, a transient failure is tried %d times', async (retries, count) => {
  const { record, run } = setUp(['transient']);
  await run(2000, { retries });
  expect(record.failures).toHaveLength(count);
});
