import type { QueueEntry } from '../../../lib/delivery/queue.js';
import type { Claim, Settled } from '../../../lib/ledger/claim.js';
import { TransportError } from '../../../lib/net/transport-error.js';
import {
  afterRelease,
  afterTransient,
  afterUnknown,
  SETTLE_RESERVE_MS,
} from '../../../lib/relay/unaccepted.js';
import { queueEntry } from '../../support/queue-entry.js';

const NOW = 1_700_000_000_000;
const DEADLINE = NOW + 300_000;
const ANSWER_BY = NOW + 600;

const row = { state: 'sending', id: 'a', holder: 'a', until: 0, unsure: 0 } as const;
const entry = queueEntry({ deadline: DEADLINE });

interface Turns {
  /** What the queue does. */
  queue?: 'takes' | 'refuses' | 'does not answer';
  /** How long that takes it. */
  queueMs?: number;
  isRecorded?: boolean;
  unsure?: number;
  lapsed?: boolean;
  released?: Settled;
  deadline?: number;
}

function setUp(turns: Turns) {
  const { queue = 'takes', queueMs = 0, isRecorded = true, released = 'recorded' } = turns;
  const { deadline = DEADLINE } = turns;
  let now = NOW;
  const sent: { entry: QueueEntry; timeoutMs: number }[] = [];
  const settled: unknown[] = [];
  const container = {
    clock: { now: () => now, after: () => () => undefined },
    random: () => 0,
    log: () => undefined,
    measure: () => undefined,
    queue: {
      send: (one: QueueEntry, { timeoutMs }: { timeoutMs: number }) => {
        sent.push({ entry: one, timeoutMs });
        now += queueMs;
        return queue === 'takes'
          ? Promise.resolve()
          : Promise.reject(new TransportError('X', queue === 'does not answer'));
      },
      postpone: () => Promise.resolve(),
    },
  };
  const claim = {
    row: { ...row, unsure: turns.unsure ?? 0 },
    isRecorded,
    lapsed: turns.lapsed === true ? row : undefined,
    settle: (...args: unknown[]) => {
      settled.push(args);
      return Promise.resolve('recorded');
    },
  } as unknown as Claim;
  const release = (by: number) => {
    settled.push(['released', { by }]);
    return Promise.resolve(released);
  };
  const its = { ...entry, deadline, claim: { ...entry.claim, isRecorded } };
  const times = { deadline, answerBy: ANSWER_BY, settleBy: ANSWER_BY + 100 };
  return {
    sent,
    settled,
    unknown: (secondSends: number) => afterUnknown(container, claim, its, secondSends, times),
    transient: () => afterTransient(container, { claim, release }, its, times),
  };
}

describe('after an unknown outcome', () => {
  test.each<[string, number, Turns, boolean]>([
    ['an email is queued, with the count of such outcomes', 1, {}, true],
    ['it counts as queued where the queue may have it', 1, { queue: 'does not answer' }, true],
    ['it does not where the queue refused it', 1, { queue: 'refuses' }, false],
    ['an SMS is not queued', 0, {}, false],
    ['an email is not queued for a third send', 1, { unsure: 1 }, false],
    ['nothing is queued under a claim that the table did not confirm', 1, { isRecorded: false }, false],
    ['nothing is queued at the deadline', 1, { deadline: NOW }, false],
  ])('%s', async (_, secondSends, turns, isQueued) => {
    const { unknown, sent, settled } = setUp(turns);
    expect(await unknown(secondSends)).toBe('unconfirmed');
    const unsure = (turns.unsure ?? 0) + 1;
    expect(settled).toEqual([[isQueued ? 'queued' : 'done', { by: ANSWER_BY + 100, unsure }]]);
    const mayAsk = isQueued || turns.queue === 'refuses';
    expect(sent).toMatchObject(
      mayAsk ? [{ entry: { claim: { unsure } }, timeoutMs: ANSWER_BY - SETTLE_RESERVE_MS - NOW }] : [],
    );
  });
});

describe('after a failure that is certain', () => {
  test('the message is queued, and its row says so afterwards', async () => {
    const { transient, sent, settled } = setUp({});
    expect(await transient()).toBe('queued');
    expect(sent.map(({ timeoutMs }) => timeoutMs)).toEqual([ANSWER_BY - SETTLE_RESERVE_MS - NOW]);
    expect(settled).toEqual([['queued', { by: ANSWER_BY + 100 }]]);
  });

  test.each<[string, Turns, string]>([
    ['is in nobody’s hands', { queue: 'refuses' }, 'transient'],
    [
      'is in nobody’s hands, whatever the table says',
      { queue: 'refuses', released: 'unrecorded' },
      'transient',
    ],
    [
      'is in nobody’s hands, and the table never knew of it',
      { queue: 'refuses', isRecorded: false },
      'transient',
    ],
    ['may be in the queue, where it is cancelled', { queue: 'does not answer' }, 'transient'],
    [
      'may be in the queue, where it could not be cancelled',
      { queue: 'does not answer', released: 'unrecorded' },
      'unconfirmed',
    ],
    [
      'may be in the queue, for a worker that finds no claim anyway',
      { queue: 'does not answer', isRecorded: false },
      'unconfirmed',
    ],
    ['is another copy’s by now', { queue: 'refuses', released: 'superseded' }, 'unconfirmed'],
    ['was taken over from one who may have sent it', { queue: 'refuses', lapsed: true }, 'unconfirmed'],
    ['is in the queue for a copy', { queue: 'refuses', released: 'queued' }, 'queued'],
    ['has too little time left for an attempt', { deadline: NOW + 399 }, 'expired'],
    ['has just the time for one, and no queue', { deadline: NOW + 400, queue: 'refuses' }, 'transient'],
    ['has reached its deadline in the queue', { queueMs: 500, deadline: NOW + 500 }, 'expired'],
    ['has reached its deadline, in the queue for a copy', { deadline: NOW, released: 'queued' }, 'queued'],
    [
      'may be in the queue, where it could not be cancelled, and expires in a moment',
      { queue: 'does not answer', released: 'unrecorded', queueMs: 1, deadline: NOW + 400 },
      'unconfirmed',
    ],
    [
      'is in the queue, where it could not be cancelled at its deadline',
      { released: 'unrecorded', queueMs: 500, deadline: NOW + 500 },
      'unconfirmed',
    ],
    ['has reached its deadline elsewhere', { deadline: NOW, released: 'superseded' }, 'unconfirmed'],
  ])('the message %s', async (_, turns, outcome) => {
    const { transient, settled } = setUp(turns);
    expect(await transient()).toBe(outcome);
    expect(settled).toEqual([['released', { by: ANSWER_BY + 100 }]]);
  });
});

test.each<[Settled, boolean, string]>([
  ['recorded', false, 'rejected'],
  ['unrecorded', false, 'rejected'],
  ['superseded', false, 'unconfirmed'],
  ['queued', false, 'queued'],
  ['recorded', true, 'unconfirmed'],
])('a release that is %s (of a takeover: %p) is answered as %s', (released, isTakeover, outcome) => {
  const claim = { lapsed: isTakeover ? row : undefined } as Claim;
  expect(afterRelease(claim, released, 'rejected')).toBe(outcome);
});
