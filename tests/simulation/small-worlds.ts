import { type Fate, fate, FINE, type Service } from './fate.js';
import type { Webhook } from './history.js';

/** A world that is explored completely. Times are milliseconds after its start. */
export interface SmallWorld {
  /** Of letters, digits and hyphens. */
  readonly name: string;
  readonly channel: 'email' | 'sms';
  /** How many providers there are. */
  readonly route: number;
  /** The codes of the webhooks that are posted, and when; one of these lists is chosen. */
  readonly posts: readonly (readonly Posted[])[];
  /** When their timestamps say that they were made, which may be before the start; when each is first posted where it is not set. */
  readonly madeAt?: number;
  /** Of the passcodes; ten minutes where it is not set. */
  readonly ttlMs?: number;
  /** How many faults of any kind come on top of what is given; 2 where it is not set. */
  readonly faults?: number;
  /** What befalls certain requests: each applies to the first one that is left whose label has its text. */
  readonly given?: readonly (readonly [text: string, fate: Fate])[];
  /** Until when nobody reaches a service. */
  readonly outages?: ReadonlyMap<Service, number>;
  /**
   * When the shared secret, which is in the parameter store then, gets a successor. OwnID signs with that ten seconds later;
   * after a minute more the first one is taken out.
   */
  readonly rotatesAt?: number;
}

type Posted = readonly [code: string, at: number, signature?: Webhook['signature']];

/** Longer than any lease of these worlds, and than any time budget. */
const FREEZE_MS = 4500;
const LATE_MS = 1100;
/** Longer than anything is tried again in one invocation. */
const OUTAGE_MS = 3000;

const done = { effectAfterMs: 0 };
const REFUSES = fate('refuses for now', 'throttled');
const ANSWER_LOST = fate('is carried out, and the answer lost', 'reset', done);
const DONE_AND_DIES = fate('is carried out; the caller dies', 'nothing', { ...done, sandbox: 'dies' });
const OUTAGE = fate('is lost, and nobody gets through for a while', 'reset', { outageMs: OUTAGE_MS });
const UNWRITTEN = fate('does not take the connection', 'nothing', { unwritten: true });
const REFUSES_ACCOUNT = fate('refuses the account', 'misconfigured');
const freezes = { sandbox: { freezesForMs: FREEZE_MS } };

export const EVERYWHERE = [
  REFUSES,
  REFUSES_ACCOUNT,
  ANSWER_LOST,
  fate('is lost', 'reset'),
  fate('is carried out, and never answered', 'nothing', done),
  fate('is never answered', 'nothing'),
  fate('is carried out late, and never answered', 'nothing', { effectAfterMs: LATE_MS }),
  DONE_AND_DIES,
  fate('is lost; the caller dies', 'nothing', { sandbox: 'dies' }),
  OUTAGE,
  fate('is carried out; the caller freezes', 'answer', { ...done, ...freezes }),
];
export const AT_A_PROVIDER = [
  ...EVERYWHERE,
  fate('hangs for good', 'nothing', { ...done, isDeaf: true }),
  UNWRITTEN,
  fate('refuses the message', 'rejected'),
];

/** Two copies, which come together, one after the other's answer, or after its lease. */
const COPIES = [0, 1000, 4000].map((later): Posted[] => [
  ['C1', 0],
  ['C1', later],
]);

export const SMALL_WORLDS: readonly SmallWorld[] = (['email', 'sms'] as const).flatMap((channel) =>
  [1, 2].map((route) => ({ name: `${channel}-${route}`, channel, route, posts: COPIES })),
);

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

/** Worlds in which what matters takes more faults than can be explored, or comes late: the first ones are given, or the time. */
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
    given: [
      ['email-1 get', FINE],
      ['email-1 get', { ...FINE, name: 'is answered slowly', hearsAfterMs: LATE_MS }],
    ],
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
  ...LATE_WORLDS,
];
