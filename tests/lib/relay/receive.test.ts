import type { QueueEntry } from '../../../lib/delivery/queue.js';
import type { Deliver } from '../../../lib/delivery/route.js';
import { emailChannel } from '../../../lib/email/channel.js';
import { DeliveryError, type DeliveryErrorKind } from '../../../lib/errors.js';
import type { Claim, LedgerRequest, Verdict } from '../../../lib/ledger/claim.js';
import type { Message } from '../../../lib/ownid/message.js';
import { createContainer } from '../../../lib/relay/container.js';
import { ledgerRequest } from '../../../lib/relay/lease.js';
import { workOf } from '../../../lib/relay/receive.js';
import { smsChannel } from '../../../lib/sms/channel.js';
import type { LogRecord } from '../../../lib/telemetry/log.js';
import { PARAMETER_STORE, parameterStore } from '../../support/parameter-store.js';
import { playedChannel } from '../../support/played-channel.js';
import { queueEntry } from '../../support/queue-entry.js';
import { SECRET } from '../../support/relay.js';
import { createVirtualClock } from '../../support/virtual-clock.js';

const MESSAGES = {
  email: { to: 'user@example.org', subject: 'Your code', html: 'Your code is 1234' },
  sms: { to: '+12133734253', country: 'US', text: 'Your code is 1234' },
};
const TTL_MS = 300_000;
const row = { state: 'sending', id: 'a', holder: 'h', until: 0, unsure: 0 } as const;

/** A ledger's verdict; `send` and `down` with a claim whose row says so much. */
type Turn =
  | { readonly verdict: 'send' | 'down'; readonly unsure: number; readonly lapsed?: boolean }
  | Exclude<Verdict, { readonly claim: Claim }>;

const SEND: Turn = { verdict: 'send', unsure: 0 };

/** The work of one channel, whose ledger and only provider do as a test says. */
function setUp(
  turn: Turn,
  {
    channel = 'email',
    provider = 'accept',
    leftMs = TTL_MS,
    secretAfterMs,
  }: {
    channel?: 'email' | 'sms';
    provider?: 'accept' | DeliveryErrorKind;
    leftMs?: number;
    /** Where the secret is in the parameter store, how long that takes to answer. */
    secretAfterMs?: number;
  } = {},
) {
  const clock = createVirtualClock();
  const taken: { request: LedgerRequest; claim: QueueEntry['claim']; by: number }[] = [];
  const sent: { id: string; expiresAt: number }[] = [];
  const settled: unknown[] = [];
  const metrics: Record<string, unknown>[] = [];
  const container = createContainer('retry', {
    environment: {
      OWNID_SHARED_SECRET: SECRET,
      OWNID_SHARED_SECRET__SHOP: SECRET,
      EMAIL_FROM: 'login@relay.example',
      SMS_ALLOWED_COUNTRIES: 'US',
      ...(secretAfterMs !== undefined && PARAMETER_STORE),
    },
    clock,
    transport: parameterStore(clock, () => secretAfterMs),
    logSink: { info: () => undefined, warn: () => undefined, error: () => undefined },
    writeMetric: (line) => metrics.push(JSON.parse(line) as Record<string, unknown>),
  });
  const deliver: Deliver<Message> = (_message, { id, expiresAt }) => {
    sent.push({ id, expiresAt });
    return provider === 'accept'
      ? Promise.resolve({ provider: 'a', messageId: 'm' })
      : Promise.reject(new DeliveryError(provider, { provider: 'a', code: 'X' }));
  };
  const verdictOf = (): Verdict => {
    if (!('unsure' in turn)) return turn;
    const claimed = { ...row, unsure: turn.unsure };
    const claim: Claim = {
      row: claimed,
      isRecorded: turn.verdict === 'send',
      lapsed: turn.lapsed === true ? row : undefined,
      entry: { ...claimed, isRecorded: true },
      settle: (...args) => {
        settled.push(args);
        return Promise.resolve('recorded');
      },
    };
    return { verdict: turn.verdict, claim };
  };
  const ledger = {
    ...container.ledger,
    take: (request: LedgerRequest, claim: QueueEntry['claim'], by: number) => {
      taken.push({ request, claim, by });
      return Promise.resolve(verdictOf());
    },
  };
  const create =
    channel === 'email'
      ? workOf(playedChannel(emailChannel, { a: deliver }))
      : workOf(playedChannel(smsChannel, { a: deliver }));
  const [name, work] = create({ ...container, ledger });
  const entry = queueEntry({ channel, message: MESSAGES[channel], deadline: clock.now() + leftMs });
  const record = { channel } as LogRecord & { channel: string };
  const receive = (change: Partial<QueueEntry> = {}) => clock.until(work({ ...entry, ...change }, record));
  const unconfirmed = () => metrics.filter((line) => line['unconfirmed'] === 1);
  return { clock, name, entry, record, receive, taken, sent, settled, unconfirmed };
}

test('the message is sent as its claim says, and what may be logged of it is told', async () => {
  const { clock, name, entry, record, receive, taken, sent, settled, unconfirmed } = setUp(SEND, {
    channel: 'sms',
  });
  expect(name).toBe('sms');
  expect(await receive()).toEqual({ keep: false, outcome: 'accepted' });
  const { key, deadline, claim } = entry;
  const endsAt = clock.now() + 8000;
  const request = ledgerRequest({ key, endsAt, deadline, secondSends: 0, timeoutMs: 800 });
  expect(taken).toEqual([{ request, claim, by: clock.now() + 2000 }]);
  expect(sent).toEqual([{ id: 'a', expiresAt: deadline }]);
  expect(settled).toEqual([['done', { by: request.until, unsure: 0 }]]);
  expect(record).toMatchObject({
    app: undefined,
    country: 'US',
    provider: 'a',
    messageId: 'm',
    failures: [],
  });
  expect(record.recipient).toMatch(/^[0-9a-f]{32}$/);
  expect(unconfirmed()).toEqual([]);
});

test('the lease ends with the passcode where that is sooner', async () => {
  const { clock, entry, receive, taken } = setUp(SEND, { leftMs: 5000 });
  await receive();
  const { key, deadline } = entry;
  expect(taken[0]?.request).toEqual(
    ledgerRequest({ key, endsAt: clock.now() + 5000, deadline, secondSends: 1, timeoutMs: 800 }),
  );
});

test('the app is told by its name', async () => {
  const { record, receive } = setUp(SEND);
  await receive({ app: 'SHOP' });
  expect(record.app).toBe('SHOP');
});

test('the parameter store is waited for', async () => {
  // A module takes real time to load, in which virtual time would pass.
  await import('../../../lib/aws/ssm.js');
  const { receive } = setUp(SEND, { secretAfterMs: 1500 });
  expect(await receive()).toEqual({ keep: false, outcome: 'accepted' });
});

test.each<[string, Partial<QueueEntry>]>([
  ['unknown_app', { app: 'GONE' }],
  ['entry_malformed', { message: { to: 1 } }],
])('%s: the entry is kept, since a later deployment may be able to handle it', async (reason, change) => {
  const { receive, taken } = setUp(SEND);
  expect(await receive(change)).toEqual({ keep: true, reason });
  expect(taken).toEqual([]);
});

describe('what the ledger refuses is not sent', () => {
  test.each(['replayed', 'cancelled'] as const)('%s: it is finished', async (verdict) => {
    const { receive, sent } = setUp({ verdict });
    expect(await receive()).toEqual({ keep: false, outcome: 'replayed', reason: verdict });
    expect(sent).toEqual([]);
  });

  test('unconfirmed: it is finished, and the row closed afterwards', async () => {
    const close = () => Promise.resolve();
    const { receive, sent } = setUp({ verdict: 'unconfirmed', close });
    const reason = 'unconfirmed';
    expect(await receive()).toEqual({ keep: false, outcome: 'unconfirmed', reason, after: close });
    expect(sent).toEqual([]);
  });

  test('in progress: it is kept until that lease ends', async () => {
    const { receive, sent } = setUp({ verdict: 'in_progress', until: 7, id: 'a', found: undefined });
    expect(await receive()).toEqual({ keep: true, reason: 'copy_in_progress', notBefore: 7 });
    expect(sent).toEqual([]);
  });
});

describe('without the table', () => {
  const [LAST, EARLY] = [3000, 60_000];
  test.each<[number, Partial<QueueEntry['claim']>, number]>([
    [LAST, { isRecorded: false }, 1],
    [EARLY, { isRecorded: false }, 0],
    [LAST, { isRecorded: true }, 0],
    [LAST, { isRecorded: false, holder: '' }, 0],
  ])(
    '%d ms before the deadline an entry with the claim %j is sent %d times',
    async (leftMs, change, times) => {
      const { entry, receive, sent } = setUp({ verdict: 'down', unsure: 0 }, { leftMs });
      const received = await receive({ claim: { ...entry.claim, ...change } });
      expect(sent).toHaveLength(times);
      if (times === 0) expect(received).toEqual({ keep: true, reason: 'state_store_down' });
    },
  );
});

describe('how it ends', () => {
  const kept = (reason: string) => ({ keep: true, reason });
  const finished = (outcome: string) => ({ keep: false, outcome });
  test.each([
    ['email', 'rejected', 0, 'done', 0, finished('rejected'), 0],
    ['email', 'transient', 1, 'queued', 1, kept('transient'), 0],
    ['email', 'misconfigured', 0, 'queued', 0, kept('misconfigured'), 0],
    ['email', 'ambiguous', 0, 'queued', 1, kept('ambiguous'), 1],
    // The worker counts what is finished.
    ['email', 'ambiguous', 1, 'done', 2, finished('unconfirmed'), 0],
    ['sms', 'ambiguous', 0, 'done', 1, finished('unconfirmed'), 0],
  ] as const)(
    'an %s that is %s, with %d unknown outcomes before',
    async (channel, provider, unsure, to, unsureNow, received, counted) => {
      const world = setUp({ verdict: 'send', unsure }, { channel, provider });
      expect(await world.receive()).toEqual(received);
      expect(world.sent).toHaveLength(1);
      const by = world.taken[0]?.request.until;
      expect(world.settled).toEqual([[to, { by, unsure: unsureNow }]]);
      expect(world.unconfirmed()).toHaveLength(counted);
    },
  );

  test('a holder that died is counted', async () => {
    const { receive, unconfirmed } = setUp({ ...SEND, lapsed: true });
    expect(await receive()).toEqual({ keep: false, outcome: 'accepted' });
    expect(unconfirmed()).toMatchObject([{ channel: 'email' }]);
  });
});
