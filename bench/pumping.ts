/**
 * What SMS pumping costs, and how the caps affect ordinary users: `npm run bench:pumping`. Drives the real webhook in
 * virtual time, with a table in memory. Fails if a figure is beyond its bound.
 *
 * With `--vary` it prints the worst of three seeds with every figure of the traffic at half, once and one and a half.
 */
import { createMemoryTable } from '../lib/ledger/memory.js';
import { createWebhook } from '../lib/relay/start/webhook-function.js';
import { smsChannel } from '../lib/sms/channel.js';
import { signedEvent, SMS } from '../tests/support/event.js';
import { SECRET } from '../tests/support/relay.js';
import { createVirtualClock } from '../tests/support/virtual-clock.js';
import { type Ask, createTraffic, HOUR } from './traffic.js';

type Traffic = ReturnType<typeof createTraffic>;
interface Scenario {
  readonly name: string;
  readonly country: string;
  readonly asks: (traffic: Traffic) => readonly Ask[];
  readonly environment?: Readonly<Record<string, string>>;
  /** Whose requests are counted, if not everybody's. */
  readonly who?: string;
}

const RAISED = { SMS_COUNTRY_HOURLY_LIMIT: '10000', SMS_DAILY_LIMIT: '50000' };
const ATTACKS: readonly Scenario[] = [
  { name: '10,000 numbers in a row, one a second', country: 'US', asks: ({ attack }) => attack(0) },
  {
    name: 'the same again after 3, 6, 12 and 24 hours',
    country: 'US',
    asks: ({ attack }) => [0, 3, 6, 12, 24].flatMap((hours) => attack(hours * HOUR)),
  },
];
const ORDINARY: readonly Scenario[] = [
  { name: '2,000 a day across the US', country: 'US', asks: ({ unitedStates }) => unitedStates() },
  {
    name: '20,000 a day in a country of 400,000',
    country: 'MT',
    asks: ({ smallCountry }) => smallCountry(),
    environment: RAISED,
  },
  { name: 'an office of 300 at nine o’clock, one range', country: 'US', asks: ({ office }) => office() },
];
const around = (traffic: Traffic) => [...traffic.neighbours(7), ...traffic.attack(7 * 24 * HOUR)];
const office = (traffic: Traffic) => [...traffic.officeMovesIn(), ...traffic.officeInARow(20)];
const SHOWN: readonly Scenario[] = [
  { name: 'in the range of that attack: those of a week ago', country: 'US', asks: around, who: 'known' },
  { name: 'in the range of that attack: those who are new', country: 'US', asks: around, who: 'new' },
  {
    name: 'an office of 300 with numbers in a row, two weeks on',
    country: 'US',
    asks: office,
    who: 'day 20',
  },
  {
    name: 'the same on its first day',
    country: 'US',
    asks: ({ officeInARow }) => officeInARow(),
  },
];

/** How many of a scenario's SMS were asked for, and sent. */
async function run(
  { country, asks, environment, who }: Scenario,
  traffic: Traffic,
): Promise<{ asked: number; sent: number }> {
  const clock = createVirtualClock(Date.UTC(2026, 0, 5));
  const start = clock.now();
  const silent = () => undefined;
  const accept = () => Promise.resolve({ provider: 'counting', messageId: '1' });
  const { handler } = createWebhook(
    {
      ...smsChannel,
      settings: (get, refuse) => ({
        ...smsChannel.settings(get, refuse),
        route: [{ name: 'counting', connect: () => Promise.resolve(accept) }],
        routeOf: () => ['counting'],
      }),
    },
    {
      environment: { OWNID_SHARED_SECRET: SECRET, SMS_ALLOWED_COUNTRIES: country, ...environment },
      clock,
      random: traffic.random,
      logSink: { info: silent, warn: silent, error: silent },
      writeMetric: silent,
      table: createMemoryTable(clock.now, Infinity),
    },
  );
  const result = { asked: 0, sent: 0 };
  for (const ask of asks(traffic).toSorted((a, b) => a.at - b.at)) {
    clock.freeze(Math.max(0, start + ask.at - clock.now()));
    const event = signedEvent({ ...SMS, phoneNumber: ask.to }, { path: '/sms', time: clock.now() });
    const { statusCode } = await clock.until(handler(event));
    if (statusCode !== 202 && statusCode !== 429) throw new Error(`${ask.to} is answered ${statusCode}`);
    if (who !== undefined && who !== ask.who) continue;
    result.asked += 1;
    if (statusCode === 202) result.sent += 1;
  }
  return result;
}

const SEED = 20_261_124;
const isVaried = process.argv.includes('--vary');
const variants = isVaried
  ? [0.5, 1, 1.5].flatMap((scale) => Array.from({ length: 3 }, (_, index) => ({ scale, seed: SEED + index })))
  : [{ scale: 1, seed: SEED }];
const faults: string[] = [];

async function report(
  title: string,
  scenarios: readonly Scenario[],
  judge: (sent: number, asked: number) => { figure: number; shown: string; isFault: boolean },
): Promise<void> {
  console.log(
    `\n| ${title} | SMS asked for | ${isVaried ? 'at half | as planned | at one and a half' : 'sent'} |`,
  );
  console.log(`| --- | --: | ${isVaried ? '--: | --: | --:' : '--:'} |`);
  for (const scenario of scenarios) {
    const worst = new Map<number, ReturnType<typeof judge>>();
    let askedAsPlanned = 0;
    for (const { scale, seed } of variants) {
      const { asked, sent } = await run(scenario, createTraffic({ seed, scale }));
      const judged = judge(sent, asked);
      if (scale === 1) askedAsPlanned = asked;
      if (judged.figure >= (worst.get(scale)?.figure ?? -Infinity)) worst.set(scale, judged);
      if (scale === 1 && judged.isFault) faults.push(`${scenario.name}, seed ${seed}: ${judged.shown}`);
    }
    const shown = [...worst.values()].map((one) => one.shown).join(' | ');
    console.log(`| ${scenario.name} | ${askedAsPlanned.toLocaleString('en')} | ${shown} |`);
  }
}

const share = (sent: number, asked: number) => ({
  figure: -sent / asked,
  shown: `${((sent / asked) * 100).toFixed(2)} %`,
});
await report('attack', ATTACKS, (sent) => ({ figure: sent, shown: String(sent), isFault: sent > 150 }));
await report('ordinary day', ORDINARY, (sent, asked) => ({
  ...share(sent, asked),
  isFault: sent / asked < 0.999,
}));
await report('beside an attack, and much like one', SHOWN, (sent, asked) => ({
  ...share(sent, asked),
  isFault: false,
}));
if (faults.length > 0) {
  console.error(faults.join('\n'));
  process.exitCode = 1;
}
