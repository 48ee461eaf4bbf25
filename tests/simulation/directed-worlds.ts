import { fate, FINE } from './fate.js';
import {
  ANSWER_LOST,
  done,
  DONE_AND_DIES,
  freezes,
  LATE_MS,
  OUTAGE,
  REFUSES,
  REFUSES_ACCOUNT,
  UNWRITTEN,
} from './small-fates.js';
import { COPIES, type Posted, type SmallWorld } from './small-worlds.js';

/** Copies that arrive when a passcode is valid for only that much longer: too short for the queue, or for one attempt. */
const LATE_WORLDS: readonly SmallWorld[] = (['email', 'sms'] as const).flatMap((channel) =>
  [5000, 2800, 1600, 700, 300].map((leftMs) => ({
    name: `${channel}-is-valid-for-${leftMs}-ms`,
    channel,
    route: 1,
    posts: [
      [['C1', 0]],
      ...[0, 200, 1000].map((later): Posted[] => [
        ['C1', 0],
        ['C1', later],
      ]),
    ],
    ttlMs: 60_000,
    madeAt: leftMs - 60_000,
    faults: 1,
  })),
);

/** What a webhook tries at once is refused, so that it leaves the message to the queue. */
const LEFT_TO_QUEUE = [
  ['first C1', REFUSES],
  ['first C1', REFUSES],
] as const;

/** Messages to one number, to one sandbox. */
const MANY = {
  channel: 'sms',
  route: 1,
  posts: [Array.from({ length: 8 }, (_, index): Posted => [`C${index + 1}`, index * 1000])],
} as const;

/** The second time that a sandbox asks for its secret, it has answered before it hears. */
const SLOW_REFRESH = [
  ['email-1 get', FINE],
  ['email-1 get', { ...FINE, name: 'is answered slowly', hearsAfterMs: LATE_MS }],
] as const;

/** Worlds for rules that matter only after more faults than can be explored, or late: the first faults are given, or the time. */
export const DIRECTED_WORLDS: readonly SmallWorld[] = [
  {
    name: 'takeover-is-released',
    channel: 'email',
    route: 1,
    posts: [
      [
        ['C1', 0],
        ['C1', 4000],
        ['C1', 5000],
      ],
    ],
    given: [
      ['email-1 first C1', DONE_AND_DIES],
      ['email-2 first C1', REFUSES_ACCOUNT],
    ],
    faults: 1,
  },
  {
    name: 'what-a-copy-promised-is-not-refused-to-others',
    channel: 'email',
    route: 1,
    posts: [
      [
        ['C1', 0],
        ['C1', 0],
        ['C1', 2000],
      ],
    ],
    given: [
      ['email-1 first C1', UNWRITTEN],
      ['email-1 send C1', REFUSES],
      ['first C1', REFUSES_ACCOUNT],
    ],
    faults: 0,
  },
  {
    // Both leave the email to the queue, which may have it from the second.
    name: 'a-copy-is-not-sure-of-the-queue',
    channel: 'email',
    route: 1,
    posts: [COPIES[0] ?? []],
    given: [
      ['email-1 first C1', UNWRITTEN],
      ['email-1 send C1', REFUSES],
      ['email-2 send C1', fate('is lost', 'reset')],
    ],
    faults: 1,
  },
  ...(['email', 'sms'] as const).map((channel) => ({
    name: `${channel}-may-be-in-the-queue-at-its-deadline`,
    channel,
    route: 1,
    posts: [[['C1', 0]]] as const,
    ttlMs: 60_000,
    madeAt: 1800 - 60_000,
    given: [
      ['first C1', UNWRITTEN],
      ['-1 send C1', fate('is carried out, and never answered', 'nothing', done)],
      ['-> absent', OUTAGE],
    ] as const,
    faults: 1,
  })),
  {
    // Its next receive is the last try, at which the claim is still held, by nobody.
    name: 'worker-does-not-hear-of-its-claim',
    channel: 'sms',
    route: 1,
    posts: [[['C1', 0]]],
    ttlMs: 60_000,
    madeAt: 8300 - 60_000,
    given: [...LEFT_TO_QUEUE, ['-> sending(worker-1', ANSWER_LOST], ['-> sending(worker-1', OUTAGE]],
    faults: 1,
  },
  {
    name: 'no-secret-can-be-had',
    channel: 'email',
    route: 1,
    posts: [
      [['C1', 0]],
      [
        ['C1', 0],
        ['C2', 0],
      ],
    ],
    rotatesAt: 400_000,
    outages: new Map([['parameters', 10_000]]),
    faults: 0,
  },
  {
    // The second copy leaves the email to the queue, whose entry is due half a second after the third copy comes.
    name: 'what-a-copy-watches-is-taken-over',
    channel: 'email',
    route: 1,
    posts: [
      [
        ['C1', 0],
        ['C1', 0],
        ['C1', 3600],
      ],
    ],
    given: [['email-1 first C1', DONE_AND_DIES]],
    faults: 1,
  },
  {
    name: 'first-copy-fails',
    channel: 'sms',
    route: 1,
    posts: [COPIES[0] ?? []],
    given: [['first C1', REFUSES_ACCOUNT]],
    faults: 1,
  },
  {
    name: 'release-is-not-heard-of',
    channel: 'sms',
    route: 1,
    posts: [COPIES[0] ?? []],
    given: [
      ['first C1', REFUSES_ACCOUNT],
      ['-> absent', ANSWER_LOST],
      ['-> absent', fate('is never answered', 'nothing')],
    ],
    faults: 1,
  },
  {
    name: 'unknown-outcome-is-queued-and-not-recorded',
    channel: 'email',
    route: 1,
    posts: [[['C1', 0]], COPIES[1] ?? []],
    given: [
      ['email-1 first C1', ANSWER_LOST],
      ['email-1 send C1', DONE_AND_DIES],
      ['worker-1 first C1', ANSWER_LOST],
    ],
    faults: 1,
  },
  {
    name: 'worker-dies',
    channel: 'sms',
    route: 1,
    posts: [
      [
        ['C1', 0],
        ['C1', 40_000],
      ],
    ],
    given: [...LEFT_TO_QUEUE, ['worker-1 first C1', DONE_AND_DIES]],
    faults: 1,
  },
  ...(['email', 'sms'] as const).map((channel) => ({
    name: `${channel}-is-left-to-the-queue`,
    channel,
    route: 1,
    posts: [[['C1', 0]], COPIES[1] ?? []] as const,
    given: LEFT_TO_QUEUE,
    faults: 1,
  })),
  {
    name: 'time-runs-out',
    channel: 'sms',
    route: 3,
    posts: [
      [
        ['C1', 0],
        ['C2', 10_000],
        ['C3', 20_000],
        ['C4', 21_000],
      ],
    ],
    given: [
      ['first C1', { ...REFUSES, ...freezes }],
      ['first C2', { ...REFUSES, ...freezes }],
      ['first C3', REFUSES],
      ['second C3', REFUSES],
    ],
    faults: 0,
  },
  {
    name: 'table-comes-back-at-the-last-try',
    channel: 'sms',
    route: 1,
    posts: [[['C1', 0]]],
    given: LEFT_TO_QUEUE,
    ttlMs: 60_000,
    outages: new Map([['table', 58_000]]),
    faults: 1,
  },
  {
    // Five minutes after the first fetch a request makes another, and does not wait for it.
    name: 'secret-rotates-while-its-refresh-is-frozen',
    channel: 'email',
    route: 1,
    posts: [
      [
        ['C1', 0],
        ['C2', 301_000],
        ['C3', 320_000],
      ],
    ],
    given: SLOW_REFRESH,
    rotatesAt: 305_000,
    faults: 0,
  },
  {
    // A quarter of an hour later it thaws, with that fetch still on its way.
    name: 'secret-is-retired-while-its-refresh-is-frozen',
    channel: 'email',
    route: 1,
    posts: [
      [
        ['C1', 0],
        ['C2', 301_000],
        ['C3', 1_300_000, 'retired'],
        ['C4', 1_310_000],
      ],
    ],
    given: SLOW_REFRESH,
    rotatesAt: 305_000,
    faults: 0,
  },
  {
    // An idle sandbox comes back with a secret that it has held for longer than it may.
    name: 'secret-is-retired-while-its-sandbox-is-idle',
    channel: 'email',
    route: 1,
    posts: [
      [
        ['C1', 0],
        ['C2', 700_000, 'retired'],
        ['C3', 701_000],
      ],
    ],
    rotatesAt: 5000,
    faults: 0,
  },
  {
    name: 'forgeries-come-before-and-after-a-rotation',
    channel: 'email',
    route: 1,
    posts: [
      [
        ['C1', 0],
        ['C2', 14_000, 'forged'],
        ['C3', 16_000],
        ['C4', 17_000, 'forged'],
        ['C5', 17_000],
      ],
    ],
    rotatesAt: 5000,
    faults: 0,
  },
  {
    // Its refresh failed, and is not counted as one when the sandbox has been idle for long.
    name: 'secret-is-retired-after-a-refresh-that-failed',
    channel: 'email',
    route: 1,
    posts: [
      [
        ['C1', 0],
        ['C2', 301_000],
        ['C3', 640_000, 'retired'],
      ],
    ],
    given: [
      ['email-1 get', FINE],
      ['email-1 get', REFUSES],
    ],
    rotatesAt: 305_000,
    faults: 0,
  },
  {
    // Signed by a clock that is 25 s ahead, so that it stays fresh for 85 s.
    name: 'replay-comes-as-late-as-it-may',
    channel: 'email',
    route: 1,
    posts: [
      [
        ['C1', 0],
        ['C1', 80_000],
      ],
    ],
    madeAt: 25_000,
    faults: 1,
  },
  {
    name: 'copy-comes-while-a-worker-waits-for-its-provider',
    channel: 'email',
    route: 1,
    posts: [
      [
        ['C1', 0],
        ['C1', 8000],
      ],
    ],
    given: [...LEFT_TO_QUEUE, ['worker-1 first C1', { ...FINE, name: 'answers slowly', hearsAfterMs: 7000 }]],
    faults: 1,
  },
  {
    name: 'table-is-down-while-a-worker-has-time',
    channel: 'email',
    route: 1,
    posts: [[['C1', 0]]],
    given: LEFT_TO_QUEUE,
    outages: new Map([['table', 9000]]),
    faults: 1,
  },
  ...(['email', 'sms'] as const).map((channel) => ({
    name: `${channel}-reaches-its-cap`,
    channel,
    route: 1,
    posts: [
      [
        ['C1', 0],
        ['C2', 0],
        ['C2', 1600],
      ],
    ] as const,
    recipientLimit: 1,
    faults: 1,
  })),
  {
    name: 'table-is-down-for-many',
    ...MANY,
    recipientLimit: 3,
    outages: new Map([['table', 60_000]]),
    faults: 0,
  },
  {
    name: 'counters-are-down-for-many',
    ...MANY,
    recipientLimit: 3,
    given: MANY.posts.flat().map(() => ['+1 cap', REFUSES] as const),
    faults: 0,
  },
  ...LATE_WORLDS,
];
