import { FINE, fate } from '../../simulation/fate.js';
import { createScriptedWorld } from '../../simulation/scripted-world.js';
import { SECRET } from '../../simulation/world.js';

const DAY = 86_400_000;
const OTHER_SECRET = 'b3RoZXItc2VjcmV0LW9mLTMyLWJ5dGVzISEhISE=';
const OWN = {
  SMS_ALLOWED_COUNTRIES: 'US',
  SMS_RANGE_DAILY_LIMIT: undefined,
  SMS_COUNTRY_HOURLY_LIMIT: undefined,
  SMS_DAILY_LIMIT: undefined,
};

/** A world in which numbers ask for SMS, and get a status and, where they are refused, a reason. */
function setUp(environment = {}) {
  const scripted = createScriptedWorld({ environment: { ...OWN, ...environment } });
  const ask = async (to: number) => {
    const { status, reason } = await scripted.post('sms', `+${to}`);
    return { status, reason };
  };
  const sentOf = async (numbers: readonly number[]) => {
    let sent = 0;
    for (const number of numbers) if ((await ask(number)).status === 202) sent += 1;
    return sent;
  };
  const { table, agenda } = scripted.world;
  const notices = (reason: string) =>
    scripted.logs().filter((record) => record.reason === reason && !('outcome' in record));
  return { ...scripted, ask, sentOf, notices, table, agenda };
}
const from = (first: number, count: number) => Array.from({ length: count }, (_, index) => first + index);
const CAPPED = { status: 429, reason: 'cap_range' };

test('numbers in a row fill a block, and the second full block closes its range, and no other', async () => {
  const { ask, sentOf } = setUp();
  expect(await sentOf(from(12_125_565_000, 100))).toBe(25);
  expect(await ask(12_125_569_999)).toMatchObject({ status: 202 });
  expect(await sentOf(from(12_125_565_100, 100))).toBe(25);
  expect(await ask(12_125_569_998)).toEqual(CAPPED);
  expect(await ask(12_125_575_000)).toMatchObject({ status: 202 });
});

test('a closed range opens after the day that follows, though people ask on', async () => {
  const { ask, sentOf, agenda, pass } = setUp();
  await sentOf(from(12_125_565_000, 200));
  const closedAt = agenda.now;
  let number = 12_125_566_000;
  while ((await ask((number += 7))).status === 429) await pass(DAY / 4);
  expect(agenda.now - closedAt).toBeGreaterThan(DAY);
  expect(agenda.now - closedAt).toBeLessThanOrEqual(2 * DAY + DAY / 4);
});

test('a closed range is logged and counted once, with its country and size, and never a number', async () => {
  const { sentOf, notices, counted, written } = setUp();
  await sentOf(from(12_125_565_000, 400));
  expect(notices('range_closed')).toEqual([expect.objectContaining({ country: 'US', rangeSize: 10_000 })]);
  expect(counted('rangeCapped')).toBe(1);
  expect(written().join('\n')).not.toMatch(/1212556|212556/);
});

test('who had an SMS two days ago or earlier gets one while the range is closed; who was refused then does not', async () => {
  const { ask, sentOf, pass } = setUp();
  const [sent, refused] = [12_125_565_000, 12_125_565_199];
  await sentOf(from(sent, 200));
  expect(await ask(sent)).toEqual(CAPPED);
  await pass(2 * DAY + 1);
  await sentOf(from(12_125_567_000, 200));
  expect(await ask(sent)).toMatchObject({ status: 202 });
  expect(await ask(refused)).toEqual(CAPPED);
});

test('SMS to known numbers are not counted: an office with numbers in a row signs in every morning', async () => {
  const { sentOf, pass, notices } = setUp({ SMS_COUNTRY_HOURLY_LIMIT: '*' });
  const office = from(12_125_565_000, 100);
  for (let day = 0; day < 5; day += 1) {
    await sentOf(office.slice(day * 20, day * 20 + 20));
    await pass(DAY);
  }
  await pass(DAY);
  expect(await sentOf(office)).toBe(100);
  expect(notices('range_closed')).toEqual([]);
});

test('what was refused for another reason, or not accepted, leaves a number new', async () => {
  const { ask, table, rule, pass } = setUp({ SMS_COUNTRY_HOURLY_LIMIT: '1' });
  await ask(12_125_565_000);
  expect(await ask(12_125_565_001)).toMatchObject({ reason: 'cap_country' });
  const known = () => [...table.rows.keys()].filter((key) => key.startsWith('known:'));
  expect(known()).toHaveLength(1);
  rule.fate = ({ service }) => (service === 'provider' ? fate('refuses', 'rejected') : FINE);
  await pass(DAY);
  await ask(12_125_565_002);
  expect(known()).toHaveLength(1);
});

test('an exempt range, and every range where there is no limit, is not counted', async () => {
  const numbers = from(12_125_565_000, 60);
  const exempt = setUp({ SMS_UNCAPPED_RANGES: '+1212556' });
  expect(await exempt.sentOf(numbers)).toBe(60);
  const unlimited = setUp({ SMS_RANGE_DAILY_LIMIT: '*' });
  expect(await unlimited.sentOf(numbers)).toBe(60);
  for (const { table } of [exempt, unlimited]) {
    expect([...table.counters.keys(), ...table.rows.keys()].filter((key) => /range|known/.test(key))).toEqual(
      [],
    );
  }
});

test('a range takes two more writes for a new number, and one for a known number', async () => {
  const writes = async (environment: object) => {
    const { ask, rule, pass } = setUp(environment);
    let count = 0;
    rule.fate = ({ service }) => {
      if (service === 'table') count += 1;
      return FINE;
    };
    const counts = [];
    for (const after of [0, 2 * DAY]) {
      await pass(after);
      await ask(12_125_565_000);
      counts.push(count);
      count = 0;
    }
    return counts;
  };
  const [newOff = 0, knownOff = 0] = await writes({ SMS_RANGE_DAILY_LIMIT: '*' });
  expect(await writes({})).toEqual([newOff + 2, knownOff + 1]);
});

test('a range whose numbers ask again and again is closed sooner, and that is said', async () => {
  const { ask, notices } = setUp({
    SMS_RANGE_DAILY_LIMIT: '100',
    RECIPIENT_LIMIT: '2',
    SMS_COUNTRY_HOURLY_LIMIT: '*',
  });
  const asked = [];
  for (let index = 0; index < 10; index += 1) {
    for (let again = 0; again < 3; again += 1) asked.push(await ask(12_125_560_000 + index * 777));
  }
  const sent = asked.filter(({ status }) => status === 202).length;
  expect(sent).toBeLessThan(12);
  expect(asked.at(-1)?.reason).toBe('cap_range');
  expect(notices('range_lowered')[0]).toMatchObject({ country: 'US', rangeSize: 10_000 });
});

test('a country whose numbers ask again and again has its cap lowered, once a day for each', async () => {
  const { ask, table, pass } = setUp({ RECIPIENT_LIMIT: '2' });
  for (let again = 0; again < 9; again += 1) {
    await ask(12_125_565_000);
    await pass(1100);
  }
  const counted = [...table.counters].filter(([key]) => key.startsWith('cap:country:US'));
  expect(counted.map(([, count]) => count)).toEqual([2 + 5]);
});

test('a number that insists is new again', async () => {
  const { ask, table, pass } = setUp({ RECIPIENT_LIMIT: '2' });
  await ask(12_125_565_000);
  await pass(2 * DAY);
  for (let again = 0; again < 3; again += 1) await ask(12_125_565_000);
  expect([...table.rows.keys()].filter((key) => key.startsWith('known:'))).toEqual([]);
});

test('the table holds keyed hashes of numbers, blocks and ranges alone', async () => {
  const { sentOf, table } = setUp();
  await sentOf(from(12_125_565_000, 200));
  const keys = [...table.counters.keys(), ...table.rows.keys()];
  expect(keys.some((key) => key.startsWith('cap:range:'))).toBe(true);
  expect(keys.join('\n')).not.toMatch(/212556|565000|5650/);
  const other = setUp({ OWNID_SHARED_SECRET: `${OTHER_SECRET},${SECRET}` });
  await other.sentOf([12_125_565_000]);
  const ofRange = (one: typeof table) =>
    [...one.counters.keys()].filter((key) => /^cap:range:[0-9a-f]{32}:\d+$/.test(key));
  // Of either secret, and those of one secret are the same.
  expect(ofRange(other.table)).toHaveLength(2);
  expect(ofRange(other.table)).toContain(ofRange(table)[0]);
});

test('a rotation neither opens a closed range nor makes known numbers new', async () => {
  const before = setUp();
  const KNOWN = 12_125_565_000;
  await before.ask(KNOWN);
  await before.pass(2 * DAY);
  await before.sentOf(from(12_125_567_000, 200));
  const { ask, table, agenda, pass } = setUp({ OWNID_SHARED_SECRET: `${OTHER_SECRET},${SECRET}` });
  for (const [key, count] of before.table.counters) table.counters.set(key, count);
  for (const [key, row] of before.table.rows) table.rows.set(key, row);
  await pass(before.agenda.now - agenda.now);
  expect(await ask(12_125_568_888)).toEqual(CAPPED);
  expect(await ask(KNOWN)).toMatchObject({ status: 202 });
});

test('while the table is down the caps of a range hold in the memory of the sandbox', async () => {
  const { ask, sentOf, rule } = setUp();
  rule.fate = ({ service }) =>
    service === 'table' ? fate('breaks the connection', 'reset', { effectAfterMs: 0 }) : FINE;
  expect(await sentOf(from(12_125_565_000, 300))).toBe(50);
  expect(await ask(12_125_569_999)).toEqual(CAPPED);
});
