/** What a copy of a webhook is answered, and what comes of the first one, with the real webhook, ledger and worker. */
import { emailChannel } from '../../../lib/email/channel.js';
import { createWebhook } from '../../../lib/relay/start/webhook-function.js';
import type { LogRecord } from '../../../lib/telemetry/log.js';
import { type Call, type Fate, fate, FINE } from '../../simulation/fate.js';
import { createScriptedWorld } from '../../simulation/scripted-world.js';
import { EMAIL, signedEvent } from '../../support/event.js';
import { playedChannel } from '../../support/played-channel.js';
import { SECRET } from '../../support/relay.js';

const TO = { email: 'user@example.org', sms: '+447400100001' };
const DIES = fate('is lost; the caller dies', 'nothing', { sandbox: 'dies' });
const SILENT = fate('is silent', 'nothing', { effectAfterMs: 0 });
const REFUSES = fate('refuses for now', 'throttled');

/** A world in which the provider's first calls end as given. */
function setUp(first: readonly Fate[], environment: Record<string, string> = {}) {
  const scripted = createScriptedWorld({ environment });
  const { world, rule } = scripted;
  const left = [...first];
  const others: { fate: (call: Call) => Fate } = { fate: () => FINE };
  rule.fate = (call) =>
    call.service === 'provider' && left.length > 0 ? (left.shift() ?? FINE) : others.fate(call);
  const attempts = () => [...world.webhooks.values()].flatMap((webhook) => webhook.attempts).length;
  const row = () => [...world.table.rows.values()].map((item) => item.row);
  return { ...scripted, others, attempts, row };
}

describe('a copy, while the first one is at work or has died at it', () => {
  test('of an SMS waits for as long as it may, and is unconfirmed then', async () => {
    const { postAt, queued, attempts } = setUp([DIES]);
    const [, copy] = await postAt('sms', TO.sms, [0, 10]);
    expect(copy).toMatchObject({ status: 202, outcome: 'unconfirmed', metrics: ['unconfirmed'] });
    expect(copy?.ms).toBeGreaterThanOrEqual(2500);
    expect(copy?.ms).toBeLessThanOrEqual(2650);
    expect(queued).toEqual([]);
    expect(attempts()).toBe(1);
  });

  test('of an email leaves it to the queue until the lease is over, in time to do so', async () => {
    const { postAt, queued, attempts, counted } = setUp([DIES]);
    const [, copy] = await postAt('email', TO.email, [0, 10]);
    expect(copy).toMatchObject({ status: 202, outcome: 'queued', metrics: ['queued'] });
    expect(copy?.ms).toBeGreaterThanOrEqual(2000);
    expect(copy?.ms).toBeLessThanOrEqual(2150);
    const [{ entry, delayMs, at } = { entry: undefined, delayMs: 0, at: 0 }] = queued;
    const claim = { id: 'email-1.1', holder: '', unsure: 0, isRecorded: false };
    expect(entry).toMatchObject({ version: 2, channel: 'email', app: '', claim, requestId: 'C1-2' });
    expect(at + delayMs).toBeGreaterThanOrEqual(4500);
    expect(attempts()).toBe(2);
    expect(counted('unconfirmed')).toBe(1);
  });

  test.each([
    ['does not take', REFUSES],
    ['may not have', fate('is lost', 'reset')],
  ])('of an email that the queue %s is unconfirmed', async (_, end) => {
    const { postAt, others } = setUp([DIES]);
    others.fate = ({ service }) => (service === 'queue' ? end : FINE);
    const [, copy] = await postAt('email', TO.email, [0, 10]);
    expect(copy).toMatchObject({ status: 202, outcome: 'unconfirmed' });
  });

  test.each(['email', 'sms'] as const)(
    'of an %s whose passcode expires meanwhile has expired',
    async (channel) => {
      const { postAt, queued, rule } = setUp([DIES], { OTP_TTL_SECONDS: '60' });
      rule.latencyMs = 0;
      const [, copy] = await postAt(channel, TO[channel], [58_000, 58_010]);
      expect(copy).toMatchObject({ status: 422, outcome: 'expired', reason: 'deadline_passed', ms: 1990 });
      expect(queued).toEqual([]);
    },
  );

  test('of an email whose lease outlasts the passcode is unconfirmed, since the queue could only let it expire', async () => {
    const { postAt, queued } = setUp([DIES], { OTP_TTL_SECONDS: '60' });
    const [, copy] = await postAt('email', TO.email, [56_000, 56_010]);
    expect(copy).toMatchObject({ status: 202, outcome: 'unconfirmed', metrics: ['unconfirmed'] });
    expect(queued).toEqual([]);
  });

  test('that has left an email to the queue keeps the first one, which fails later, from saying so', async () => {
    const { postAt, others, attempts } = setUp([
      fate('does not take the connection', 'nothing', { unwritten: true }),
    ]);
    const refusesLate = fate('refuses for now, late', 'throttled', { hearsAfterMs: 300 });
    others.fate = ({ service, sandbox }) =>
      service === 'queue' && sandbox === 'email-1' ? refusesLate : FINE;
    const answers = await postAt('email', TO.email, [0, 0]);
    expect(answers).toMatchObject([
      { status: 202, outcome: 'queued' },
      { status: 202, outcome: 'queued' },
    ]);
    expect(attempts()).toBe(2);
  });
});

describe('a copy, later', () => {
  test.each(['email', 'sms'] as const)('of an accepted %s is replayed', async (channel) => {
    const { postAt, attempts } = setUp([]);
    const answers = await postAt(channel, TO[channel], [0, 1000]);
    expect(answers).toMatchObject([{ outcome: 'accepted' }, { status: 202, outcome: 'replayed' }]);
    expect(attempts()).toBe(1);
  });

  test('of an SMS whose sender died is unconfirmed, and the next one replayed', async () => {
    const { postAt, attempts, row } = setUp([DIES]);
    const [, ...copies] = await postAt('sms', TO.sms, [0, 10_000, 20_000]);
    expect(copies).toMatchObject([{ outcome: 'unconfirmed' }, { outcome: 'replayed' }]);
    expect(attempts()).toBe(1);
    expect(row()).toMatchObject([{ state: 'done' }]);
  });

  test('of an email whose sender died is sent, counted as unconfirmed, and against no cap again', async () => {
    const { postAt, attempts } = setUp([DIES], { RECIPIENT_LIMIT: '1' });
    const [, copy] = await postAt('email', TO.email, [0, 10_000]);
    expect(copy).toMatchObject({
      outcome: 'accepted',
      metrics: ['unconfirmed', 'accepted'],
    });
    expect(attempts()).toBe(2);
  });
});

describe('the first one', () => {
  test('that is refused for now is tried again at once', async () => {
    const { post, attempts, queued } = setUp([REFUSES]);
    expect(await post('sms', TO.sms)).toMatchObject({ outcome: 'accepted' });
    expect(attempts()).toBe(2);
    expect(queued).toEqual([]);
  });

  test('that is refused for now again goes to the queue, with its claim', async () => {
    const { post, queued, row } = setUp([REFUSES, REFUSES]);
    expect(await post('sms', TO.sms)).toMatchObject({ status: 202, outcome: 'queued' });
    expect(queued).toHaveLength(1);
    expect(queued[0]?.entry.claim).toEqual({ id: 'sms-1.1', holder: 'sms-1.1', unsure: 0, isRecorded: true });
    expect(row()).toMatchObject([{ state: 'done', id: 'sms-1.1' }]);
  });

  test('that was queued in time is not called expired where its record takes longer: a worker may have sent it', async () => {
    const { postAt, others, taken } = setUp([REFUSES, REFUSES], { OTP_TTL_SECONDS: '60' });
    others.fate = ({ what }) => (what.includes('-> queued') ? fate('hangs', 'nothing') : FINE);
    const [first] = await postAt('sms', TO.sms, [58_900]);
    expect(first).toMatchObject({ status: 202 });
    expect(first?.ms).toBeGreaterThan(60_000 - 58_900);
    expect(taken()).toBe(1);
  });

  test.each([
    ['email', 2, [{ unsure: 1 }]],
    ['sms', 1, []],
  ] as const)('whose outcome is unknown: an %s is attempted %d times', async (channel, times, claims) => {
    const { post, attempts, queued, row } = setUp([SILENT]);
    expect(await post(channel, TO[channel])).toMatchObject({ status: 202, outcome: 'unconfirmed' });
    expect(attempts()).toBe(times);
    expect(queued.map(({ entry }) => entry.claim)).toMatchObject(claims);
    expect(row()).toMatchObject([{ state: 'done' }]);
  });

  test.each([
    ['misconfigured', 500],
    ['rejected', 422],
  ] as const)('that is %s leaves nothing behind', async (kind, status) => {
    const { post, row, queued } = setUp([fate('refuses', kind)]);
    expect(await post('email', TO.email)).toMatchObject({ status, outcome: kind });
    expect([row(), queued]).toEqual([[], []]);
  });

  test.each([
    [59_600, 'accepted'],
    [59_601, 'expired'],
  ])(
    'with too little time for an attempt has expired, and is not left to the queue: %d ms old',
    async (ms, outcome) => {
      const { postAt, rule, queued } = setUp([], { OTP_TTL_SECONDS: '60' });
      rule.latencyMs = 0;
      expect(await postAt('sms', TO.sms, [ms])).toMatchObject([{ outcome }]);
      expect(queued).toEqual([]);
    },
  );

  test('has the time of the queue to itself where there is none', async () => {
    const { post, rule } = createScriptedWorld({ hasQueue: false });
    rule.fate = ({ service }) => (service === 'provider' ? { ...FINE, hearsAfterMs: 2300 } : FINE);
    expect(await post('email', TO.email)).toMatchObject({ outcome: 'accepted' });
  });

  test.each([
    ['accepted', FINE, 'info'],
    ['misconfigured', fate('refuses the account', 'misconfigured'), 'error'],
  ])(
    'is logged as an error where its answer is one, and with its duration: %s',
    async (outcome, end, level) => {
      const { post } = setUp([end]);
      const { ms, ...log } = await post('email', TO.email);
      expect(log).toMatchObject({ outcome, level, durationMs: ms });
    },
  );

  // A module takes real time to load, in which virtual time would pass.
  beforeAll(() => import('../../../lib/aws/ssm.js'));
  test.each([
    [10, 'deadline_passed'],
    [9, undefined],
  ])('has expired where its secret comes at the deadline: after %d ms', async (hearsAfterMs, expected) => {
    const { postAt, rule } = createScriptedWorld({
      environment: { OTP_TTL_SECONDS: '60' },
      hasParameters: true,
    });
    rule.fate = ({ service }) => (service === 'parameters' ? { ...FINE, hearsAfterMs } : FINE);
    const [{ outcome, reason } = {}] = await postAt('sms', TO.sms, [59_989]);
    expect([outcome, reason]).toEqual(['expired', expected]);
  });
});

test('an app is logged by name, one that is not configured as unknown, and what no gateway sends as a fault of ours', async () => {
  const written: LogRecord[] = [];
  const log = (line: unknown) => written.push(JSON.parse(String(line)) as LogRecord);
  const accept = () => Promise.resolve({ provider: 'a', messageId: 'a-1' });
  const { handler } = createWebhook(playedChannel(emailChannel, { a: accept }), {
    environment: { OWNID_SHARED_SECRET: SECRET, EMAIL_FROM: 'a@b.co', EMAIL_FROM__MY_SHOP: 'shop@b.co' },
    logSink: { info: log, warn: log, error: log },
    writeMetric: () => undefined,
  });
  const to = (path: string) => signedEvent(EMAIL, { path });
  const events = [to('/email/my-shop'), to('/email'), to('/email/unknown'), undefined as never];
  for (const event of events) await handler(event);
  const told = written.filter(({ outcome }) => outcome !== undefined);
  expect(told.map(({ outcome, app, reason }) => [outcome, app, reason])).toEqual([
    ['accepted', 'MY_SHOP', undefined],
    ['accepted', undefined, undefined],
    ['unauthenticated', undefined, 'unknown_app'],
    ['failed', undefined, 'internal_error'],
  ]);
});

test('a copy that found the table down, and its cap reached in memory, does not deny that the message was sent', async () => {
  const { postAt, post, others, taken } = setUp([], { RECIPIENT_LIMIT: '1' });
  others.fate = ({ service }) => (service === 'table' ? REFUSES : FINE);
  await post('email', TO.email);
  let claims = 0;
  others.fate = ({ what }) => (what.startsWith('C2 absent') && (claims += 1) > 1 ? REFUSES : FINE);
  const [first, copy] = await postAt('email', TO.email, [0, 1000]);
  expect(first).toMatchObject({ status: 202, outcome: 'accepted' });
  expect(copy).toMatchObject({ status: 202, outcome: 'unconfirmed', reason: 'cap_recipient' });
  expect(taken()).toBe(2);
});

test('what is logged of one message is not logged of the next one that its sandbox gets', async () => {
  const { post } = setUp([fate('refuses the message', 'rejected')]);
  const refused = await post('email', TO.email);
  expect(refused).toMatchObject({ outcome: 'rejected', failures: ['first:rejected:SIMULATED'] });
  const accepted = await post('email', 'other@example.org');
  expect(accepted).toMatchObject({ outcome: 'accepted', provider: 'first', failures: [] });
  const last = await post('email', 'not an address');
  expect(last).toMatchObject({ outcome: 'bad_recipient' });
  for (const name of ['provider', 'failures', 'deliveryMs', 'messageId', 'recipient']) {
    expect(last).not.toHaveProperty(name);
  }
});

test('an email that a copy has left to the queue is sent, though a cap then refuses the first one', async () => {
  const { post, postAt, others, taken } = setUp([], { RECIPIENT_LIMIT: '1', STATE_TIMEOUT_MS: '1200' });
  await post('email', TO.email);
  let claims = 0;
  others.fate = ({ what }) => {
    const isSlow = what.startsWith('+1 cap') || (what.startsWith('C2 absent') && (claims += 1) === 1);
    return isSlow ? { ...FINE, hearsAfterMs: 1150 } : FINE;
  };
  const [first, copy] = await postAt('email', TO.email, [0, 0]);
  expect(copy).toMatchObject({ status: 202, outcome: 'queued' });
  expect(first).toMatchObject({ status: 202, outcome: 'queued', reason: 'cap_recipient' });
  expect(taken()).toBe(2);
});
