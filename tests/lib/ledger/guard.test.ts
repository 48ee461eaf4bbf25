import fc from 'fast-check';
import type { Cap } from '../../../lib/ledger/caps.js';
import { createGuard, type Guard, type Verdict } from '../../../lib/ledger/guard.js';
import type { Delivery, Ticket } from '../../../lib/ledger/ticket.js';
import { createMemoryStore } from '../../../lib/ledger/memory.js';
import type { StateStore } from '../../../lib/ledger/store.js';
import { createClock, type TestClock } from '../../support/clock.js';

const LEASE_MS = 4000;
const cap: Cap = { name: 'recipient', subject: 'f00', limit: 2, windowMs: 600_000 };

/** How an operation of the store fails: before or after it was carried out, as nobody can tell. */
type Failure = 'none' | 'before' | 'after';

/** One store for several containers, whose operations fail as they are told to. */
function createStore(clock: TestClock, failures: Failure[] = []): StateStore {
  const store = createMemoryStore(clock.now);
  const operation =
    <Args extends unknown[], R>(run: (...args: Args) => Promise<R>) =>
    async (...args: Args): Promise<R> => {
      const failure = failures.shift() ?? 'none';
      if (failure === 'before') throw new Error('not carried out');
      const result = await run(...args);
      if (failure === 'after') throw new Error('no answer');
      return result;
    };
  return {
    isShared: true,
    swap: operation((...args: Parameters<StateStore['swap']>) => store.swap(...args)),
    increment: operation((...args: Parameters<StateStore['increment']>) => store.increment(...args)),
    decrement: operation((...args: Parameters<StateStore['decrement']>) => store.decrement(...args)),
  };
}

function setUp(failures: Failure[] = []) {
  const clock = createClock();
  const store = createStore(clock, failures);
  const alarms: unknown[] = [];
  const container = (): Guard =>
    createGuard({
      store,
      now: clock.now,
      random: () => 0.5,
      onStoreDown: (error) => alarms.push(error),
    });
  const delivery = (mayResend: boolean): Delivery => ({
    key: 'delivery:1',
    leaseUntil: clock.time + LEASE_MS,
    expiresAt: clock.time + 600_000,
    mayResend,
  });
  const admit = (mayResend = false, caps: readonly Cap[] = []) =>
    container().admit(delivery(mayResend), { caps, waitUntil: 0 });
  const resume = ({ admission, tracked }: Ticket, { mayResend = false, resend = false } = {}) =>
    container().resume(delivery(mayResend), { admission, tracked, resend });
  return { clock, alarms, admit, resume };
}

function ticketOf(verdict: Verdict): Ticket {
  if (verdict.verdict !== 'send') throw new Error(verdict.verdict);
  return verdict.ticket;
}

describe('a copy', () => {
  test('of what is being sent waits for its outcome', async () => {
    const { admit, clock } = setUp();
    await admit();
    expect(await admit()).toEqual({ verdict: 'in_progress', until: clock.time + LEASE_MS });
  });

  test('of what was sent or queued is a replay', async () => {
    const sent = setUp();
    await ticketOf(await sent.admit()).done();
    expect(await sent.admit()).toEqual({ verdict: 'replayed' });
    const queued = setUp();
    expect(await ticketOf(await queued.admit()).queued()).toBe(true);
    expect(await queued.admit()).toEqual({ verdict: 'replayed' });
  });

  test('of what was released is sent at once', async () => {
    const { admit } = setUp();
    expect(await ticketOf(await admit()).release()).toBe(true);
    expect(await admit()).toMatchObject({ verdict: 'send' });
  });

  test.each([
    [false, 'unconfirmed'],
    [true, 'send'],
  ])(
    'of what a container died over, once its lease ended (may be resent: %s): %s',
    async (mayResend, verdict) => {
      const { admit, clock } = setUp();
      await admit(mayResend);
      clock.time += LEASE_MS;
      expect(await admit(mayResend)).toMatchObject({ verdict });
      clock.time += LEASE_MS;
      expect(await admit(mayResend)).toEqual({ verdict: 'unconfirmed' });
    },
  );

  test('is not taken over where that cannot be recorded', async () => {
    const { admit, clock } = setUp(['none', 'none', 'before']);
    await admit(true);
    clock.time += LEASE_MS;
    expect(await admit(true)).toMatchObject({ verdict: 'in_progress' });
  });
});

describe('the worker', () => {
  test('sends what was queued, once', async () => {
    const { admit, resume } = setUp();
    const ticket = ticketOf(await admit());
    await ticket.queued();
    const again = ticketOf(await resume(ticket));
    expect(await resume(ticket)).toMatchObject({ verdict: 'in_progress' });
    await again.done();
    expect(await resume(ticket)).toEqual({ verdict: 'replayed' });
  });

  test('may be faster than the container that queued it', async () => {
    const { admit, resume } = setUp();
    const ticket = ticketOf(await admit());
    const again = ticketOf(await resume(ticket));
    expect(await ticket.queued()).toBe(false);
    await again.done();
    expect(await admit()).toEqual({ verdict: 'replayed' });
  });

  test('does not send what was released, nor what was admitted anew since', async () => {
    const { admit, resume } = setUp();
    const ticket = ticketOf(await admit());
    await ticket.release();
    expect(await resume(ticket)).toEqual({ verdict: 'cancelled' });
    await admit();
    expect(await resume(ticket)).toEqual({ verdict: 'cancelled' });
  });

  test('claims what was admitted while the store was down', async () => {
    const { admit, resume, alarms } = setUp(['before', 'before', 'before']);
    const ticket = ticketOf(await admit());
    expect(ticket.tracked).toBe(false);
    expect(await ticket.queued()).toBe(false);
    expect(alarms).toHaveLength(3);
    const again = ticketOf(await resume(ticket));
    expect(await resume(ticket)).toMatchObject({ verdict: 'in_progress' });
    await again.done();
    expect(await resume(ticket)).toEqual({ verdict: 'replayed' });
  });

  test('an email of unknown outcome is sent once more, and no more', async () => {
    const { admit, resume, clock } = setUp();
    const ticket = ticketOf(await admit(true));
    await ticket.queued();
    const again = ticketOf(await resume(ticket, { mayResend: true }));
    expect(await again.queued({ resent: true })).toBe(true);
    const last = ticketOf(await resume(ticket, { mayResend: true }));
    expect(last.resent).toBe(true);
    clock.time += LEASE_MS;
    expect(await resume(ticket, { mayResend: true })).toEqual({ verdict: 'unconfirmed' });
  });
});

test('an email that was queued to be sent once more is not sent a third time by a copy, should the worker die', async () => {
  const { admit, resume, clock } = setUp();
  const ticket = ticketOf(await admit(true));
  expect(await resume(ticket, { mayResend: true, resend: true })).toMatchObject({ verdict: 'send' });
  clock.time += LEASE_MS;
  expect(await admit(true)).toEqual({ verdict: 'unconfirmed' });
});

test('what was taken over and released is taken over again, for the last time', async () => {
  const { admit, resume, clock } = setUp();
  await admit(true);
  clock.time += LEASE_MS;
  const second = ticketOf(await admit(true));
  expect(await second.release()).toBe(true);
  expect(await resume(second, { mayResend: true })).toEqual({ verdict: 'cancelled' });
  expect(ticketOf(await admit(true)).resent).toBe(true);
});

describe('what is written after a send', () => {
  test.each<Failure[]>([
    ['none', 'before'],
    ['none', 'after'],
    ['before', 'none'],
    ['after', 'none'],
    ['before', 'before', 'none'],
  ])('is written in spite of %s, %s', async (...failures) => {
    const { admit } = setUp(failures);
    await ticketOf(await admit()).done();
    expect(await admit()).toEqual({ verdict: 'replayed' });
  });

  test('is not released where another container has taken it up', async () => {
    const { admit, resume } = setUp();
    const ticket = ticketOf(await admit());
    await resume(ticket);
    expect(await ticket.release()).toBe(false);
  });
});

test('where a cap is reached, the delivery is released and all that was counted is taken back', async () => {
  const { admit } = setUp();
  const full: Cap = { ...cap, name: 'country', subject: 'US', limit: 0 };
  for (let count = 0; count < 5; count += 1) {
    await expect(admit(false, [cap, full])).rejects.toMatchObject({ reason: 'cap_country' });
  }
  await ticketOf(await admit(false, [cap])).release();
  expect(await admit(false, [{ ...cap, limit: 1 }])).toMatchObject({ verdict: 'send' });
});

test('copies are not counted', async () => {
  const { admit } = setUp();
  await ticketOf(await admit(false, [cap])).done();
  for (let count = 0; count < 5; count += 1) {
    expect(await admit(false, [cap])).toEqual({ verdict: 'replayed' });
  }
});

/** What becomes of an attempt; `died` means that nobody knows if it was sent. */
const endings = fc.constantFrom('accepted', 'transient', 'unconfirmed', 'died');
const failure = fc.constantFrom<Failure>('none', 'none', 'before', 'after');

interface Play {
  readonly copies: readonly { readonly ending: string; readonly queueFails: boolean }[];
  readonly attempts: readonly string[];
  readonly isHandedOutTwice: boolean;
  readonly pauses: readonly number[];
}

const play = fc.record<Play>({
  copies: fc.array(fc.record({ ending: endings, queueFails: fc.boolean() }), { minLength: 1, maxLength: 4 }),
  attempts: fc.array(endings, { minLength: 1, maxLength: 6 }),
  isHandedOutTwice: fc.boolean(),
  pauses: fc.array(fc.constantFrom(0, LEASE_MS), { maxLength: 4 }),
});

/** Plays copies and their queue entries in containers of their own, interleaved in any order. */
async function perform(plan: Play, mayResend: boolean, failures: Failure[], scheduler: fc.Scheduler) {
  const { clock, alarms, admit, resume } = setUp(failures);
  const attempts = [...plan.attempts];
  const holders = new Set<{ until: number }>();
  let sends = 0;
  let together = 0;
  let alive = 0;
  const turn = () => scheduler.schedule(Promise.resolve());

  /** Sends, or not; true where the message is certainly not with the provider. */
  const attempt = async (ending: string): Promise<boolean> => {
    const holder = { until: clock.time + LEASE_MS };
    together = Math.max(together, [...holders].filter(({ until }) => until > clock.time).length + 1);
    holders.add(holder);
    alive += 1;
    await turn();
    if (ending === 'died') alive -= 1;
    if (ending !== 'died') holders.delete(holder);
    if (ending !== 'transient') sends += 1;
    return ending === 'transient';
  };
  const work = async (entry: Ticket, resend: boolean): Promise<void> => {
    for (let receives = 0; receives < 8; receives += 1) {
      await turn();
      const verdict = await resume(entry, { mayResend, resend });
      if (verdict.verdict === 'in_progress') continue;
      if (verdict.verdict !== 'send') return;
      const { ticket } = verdict;
      const ending = attempts.shift() ?? 'accepted';
      const isUnsent = await attempt(ending);
      if (ending === 'died') continue;
      const again = ending === 'unconfirmed' && mayResend && !ticket.resent;
      const isKept = isUnsent || (again && (await ticket.queued({ resent: true })));
      if (isUnsent) await ticket.queued();
      else if (!isKept) await ticket.done();
      alive -= 1;
      if (!isKept) return;
    }
  };
  const post = async ({ ending, queueFails }: Play['copies'][number]): Promise<void> => {
    await turn();
    const verdict = await admit(mayResend);
    if (verdict.verdict !== 'send') return;
    const { ticket } = verdict;
    const isUnsent = await attempt(ending);
    if (ending === 'died') return;
    const resend = ending === 'unconfirmed' && mayResend && !ticket.resent;
    const workers = isUnsent || resend ? (plan.isHandedOutTwice ? 2 : 1) : 0;
    const working = Array.from({ length: workers }, () => work(ticket, resend));
    if (workers === 0) await ticket.done();
    else if (resend) await ticket.queued({ resent: true });
    else if (!queueFails) await ticket.queued();
    // The queue has it, but could not say so: it is cancelled, or nobody knows.
    else if (ticket.tracked) await ticket.release();
    alive -= 1;
    await Promise.all(working);
  };
  const pass = async () => {
    for (const pause of plan.pauses) {
      // A container ends or dies within its lease.
      do await turn();
      while (alive > 0);
      clock.time += pause;
    }
  };
  await scheduler.waitFor(Promise.all([...plan.copies.map(post), pass()]));
  return { sends, together, alarms: alarms.length };
}

test('with a store that works, an SMS has one holder at a time and is sent once at most', async () => {
  await fc.assert(
    fc.asyncProperty(play, fc.scheduler(), async (plan, scheduler) => {
      const { sends, together } = await perform(plan, false, [], scheduler);
      expect(sends).toBeLessThanOrEqual(1);
      expect(together).toBeLessThanOrEqual(1);
    }),
    { numRuns: 1000 },
  );
});

test('with a store that works, an email is sent once more at most', async () => {
  await fc.assert(
    fc.asyncProperty(play, fc.scheduler(), async (plan, scheduler) => {
      const { sends, together } = await perform(plan, true, [], scheduler);
      expect(sends).toBeLessThanOrEqual(2);
      expect(together).toBeLessThanOrEqual(1);
    }),
    { numRuns: 1000 },
  );
});

test('however the store fails, an SMS is sent twice only with an alarm, and never of one copy that was handled once', async () => {
  await fc.assert(
    fc.asyncProperty(
      play,
      fc.array(failure, { maxLength: 20 }),
      fc.scheduler(),
      async (plan, failures, scheduler) => {
        const { sends, alarms } = await perform(plan, false, [...failures], scheduler);
        if (sends > 1) expect(alarms).toBeGreaterThan(0);
        const isAlone = plan.copies.length === 1 && !plan.isHandedOutTwice && !plan.attempts.includes('died');
        if (isAlone) expect(sends).toBeLessThanOrEqual(1);
      },
    ),
    { numRuns: 1000 },
  );
});
