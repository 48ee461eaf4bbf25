import { createRelayWorld } from '../../support/relay-world.js';
import { signedEvent, SMS } from '../../support/event.js';

/** A world, and the reasons with which numbers are refused in it; undefined for what was sent. */
function setUp(environment = {}) {
  const world = createRelayWorld({ environment });
  const handler = world.sandbox.sms();
  const ask = async (to: number) => {
    const event = signedEvent({ ...SMS, phoneNumber: `+${to}` }, { path: '/sms', time: world.clock.now() });
    const { statusCode } = await world.clock.until(handler(event));
    return { statusCode, reason: world.lines.findLast(({ outcome }) => outcome !== undefined)?.['reason'] };
  };
  const sentOf = async (numbers: readonly number[]) => {
    let sent = 0;
    for (const number of numbers) if ((await ask(number)).statusCode === 202) sent += 1;
    return sent;
  };
  return { world, ask, sentOf };
}
const from = (first: number, count: number) => Array.from({ length: count }, (_, index) => first + index);

test('numbers in a row close their range, and no other', async () => {
  const { ask, sentOf } = setUp();
  expect(await sentOf(from(12_125_565_000, 60))).toBe(25);
  expect(await ask(12_125_569_999)).toEqual({ statusCode: 429, reason: 'cap_range' });
  expect(await ask(12_125_575_000)).toMatchObject({ statusCode: 202 });
});

test('an exempt range, and every range where there is no limit, is not counted', async () => {
  const numbers = from(12_125_565_000, 60);
  const exempt = setUp({ SMS_UNCAPPED_RANGES: '+1212556' });
  expect(await exempt.sentOf(numbers)).toBe(60);
  const unlimited = setUp({ SMS_RANGE_DAILY_LIMIT: '*' });
  expect(await unlimited.sentOf(numbers)).toBe(60);
  expect([...unlimited.world.counters.keys()].filter((key) => key.includes('range'))).toEqual([]);
});

test('a range whose numbers ask again and again is closed sooner', async () => {
  const { ask } = setUp({
    SMS_RANGE_DAILY_LIMIT: '100',
    RECIPIENT_LIMIT: '2',
    SMS_COUNTRY_HOURLY_LIMIT: '*',
  });
  const asked = [];
  for (let index = 0; index < 10; index += 1) {
    for (let again = 0; again < 3; again += 1) asked.push(await ask(12_125_560_000 + index * 777));
  }
  const sent = asked.filter(({ statusCode }) => statusCode === 202).length;
  expect(sent).toBeLessThan(12);
  expect(asked.at(-1)?.reason).toBe('cap_range');
});
