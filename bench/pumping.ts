/**
 * What being pumped costs, and what ordinary people notice of the caps: `npm run bench:pumping`. Drives the real webhook
 * in virtual time, with a table in memory. Fails where a figure is beyond its bound.
 */
import { smsChannel } from '../lib/sms/channel.js';
import { createMemoryTable } from '../lib/ledger/memory.js';
import { createWebhook } from '../lib/relay/start/webhook-function.js';
import { signedEvent, SMS } from '../tests/support/event.js';
import { SECRET } from '../tests/support/relay.js';
import { createVirtualClock } from '../tests/support/virtual-clock.js';

/** Somebody asks for a code. */
interface Ask {
  /** Milliseconds from the start. */
  readonly at: number;
  readonly to: string;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Enough for the busiest profile, so that the caps by range are what is measured. */
const EXPECTED = { SMS_COUNTRY_HOURLY_LIMIT: '10000', SMS_DAILY_LIMIT: '50000' };

/** How many of the asks end in an SMS. */
async function sent(country: string, asks: readonly Ask[], environment = {}): Promise<number> {
  const clock = createVirtualClock(Date.UTC(2026, 0, 5));
  const start = clock.now();
  let count = 0;
  const deliver = () => Promise.resolve({ provider: 'counting', messageId: String((count += 1)) });
  const silent = () => undefined;
  const { handler } = createWebhook(
    {
      ...smsChannel,
      settings: (get, refuse) => ({
        ...smsChannel.settings(get, refuse),
        route: [{ name: 'counting', connect: () => Promise.resolve(deliver) }],
        routeOf: () => ['counting'],
      }),
    },
    {
      environment: { OWNID_SHARED_SECRET: SECRET, SMS_ALLOWED_COUNTRIES: country, ...environment },
      clock,
      random,
      logSink: { info: silent, warn: silent, error: silent },
      writeMetric: silent,
      table: createMemoryTable(clock.now),
    },
  );
  for (const { at, to } of asks.toSorted((a, b) => a.at - b.at)) {
    clock.freeze(Math.max(0, start + at - clock.now()));
    const event = signedEvent({ ...SMS, phoneNumber: to }, { path: '/sms', time: clock.now() });
    const { statusCode } = await clock.until(handler(event));
    if (statusCode !== 202 && statusCode !== 429) throw new Error(`${to} is answered ${statusCode}`);
  }
  return count;
}

let seed = 20_261_124;
/** Between 0 and 1, the same in every run (mulberry32). */
function random(): number {
  seed = (seed + 0x6d2b79f5) | 0;
  let value = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
  return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
}
const below = (end: number) => Math.floor(random() * end);
const digits = (count: number) => String(below(10 ** count)).padStart(count, '0');

/** One in six does not see the code in time, and asks again within half a minute to a minute and a half; up to three times. */
const withRepeats = (asks: readonly Ask[]): Ask[] =>
  asks.flatMap(({ at, to }) => {
    const all = [{ at, to }];
    while (all.length < 4 && random() < 1 / 6) {
      all.push({ at: (all.at(-1)?.at ?? at) + MINUTE / 2 + below(MINUTE), to });
    }
    return all;
  });

/** A time of day: an eighth of the messages in the peak hour, the rest over the sixteen hours around it. */
const timeOfDay = () => (random() < 1 / 8 ? 12 * HOUR + below(HOUR) : 7 * HOUR + below(16 * HOUR));
const people = (count: number, number: () => string, time = timeOfDay): Ask[] =>
  withRepeats(Array.from({ length: count }, () => ({ at: time(), to: number() })));

/** Area codes of the United States, of twenty states. */
const AREAS = '205 212 213 303 305 312 313 404 415 503 512 602 617 702 713 804 816 917 919 972'.split(' ');
const american = () => `+1${AREAS[below(AREAS.length)] ?? ''}${2 + below(7)}${digits(6)}`;
/** Maltese numbers in 40 ranges of 10,000, for the 400,000 people of the country. */
const maltese = () => `+35679${String(below(40)).padStart(2, '0')}${digits(4)}`;
const nineOClock = () => 9 * HOUR - 10 * MINUTE + below(30 * MINUTE);

const attack = (at: number, first = 2_125_565_000): Ask[] =>
  Array.from({ length: 10_000 }, (_, index) => ({ at: at + index * 1000, to: `+1${first + index}` }));
const attacks: [string, Ask[]][] = [
  ['10,000 numbers in a row, one a second', attack(0)],
  ['the same again after 3, 6, 12 and 24 hours', [0, 3, 6, 12, 24].flatMap((hours) => attack(hours * HOUR))],
];
const profiles: [string, string, Ask[]][] = [
  ['2,000 a day across the US', 'US', people(2000, american)],
  ['20,000 a day in a country of 400,000', 'MT', people(20_000, maltese)],
  [
    'an office of 300 at nine o’clock, one range',
    'US',
    people(300, () => `+1212556${digits(4)}`, nineOClock),
  ],
];

const faults: string[] = [];
console.log('| attack | SMS asked for | sent |\n| --- | --: | --: |');
for (const [name, asks] of attacks) {
  const count = await sent('US', asks);
  console.log(`| ${name} | ${asks.length.toLocaleString('en')} | ${count} |`);
  if (count > 150) faults.push(`${name}: ${count} SMS, more than 150`);
}
console.log('\n| ordinary day | SMS asked for | sent |\n| --- | --: | --: |');
for (const [name, country, asks] of profiles) {
  const share = (await sent(country, asks, EXPECTED)) / asks.length;
  console.log(`| ${name} | ${asks.length.toLocaleString('en')} | ${(share * 100).toFixed(2)} % |`);
  if (share < 0.999) faults.push(`${name}: less than 99.9 % pass`);
}
if (faults.length > 0) {
  console.error(faults.join('\n'));
  process.exitCode = 1;
}
