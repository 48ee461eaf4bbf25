import type { DeliveryState, StateStore } from './store.js';

/** The right to send one delivery, held by this container alone. */
export interface Ticket {
  /** Names the admission; a queue entry carries it. */
  readonly admission: string;
  /** False where the worker will find nothing of this admission: the store was down, or is this container's own. */
  readonly tracked: boolean;
  /** Set where an earlier attempt was never confirmed, so that this one is the last. */
  readonly resent: boolean;
  /** Nothing more is to be sent. */
  done(): Promise<void>;
  /**
   * The queue's entry of this admission may be sent; with `resent`, only once more.
   *
   * @returns false when that could not be recorded.
   */
  queued(options?: { resent: true }): Promise<boolean>;
  /**
   * As if it had never been asked for: it may be begun anew, what it counted is taken back, and an entry that the
   * queue may hold of it is not sent.
   *
   * @returns false when that could not be recorded.
   */
  release(): Promise<boolean>;
}

/** Times are milliseconds since the Unix epoch. */
export interface Delivery {
  /** The same for every copy of a request. */
  readonly key: string;
  /** So long this container is at it at most. */
  readonly leaseUntil: number;
  /** When nobody can ask for it any more. */
  readonly expiresAt: number;
  /** Whether it may be sent once more when nobody knows if it was. */
  readonly mayResend: boolean;
}

/** The holder that was taken over from stays dead, and the next one's attempt the last. */
const DEAD = { stage: 'sending', admission: '', holder: '', leaseUntil: 0, resent: false } as const;

/**
 * The ticket of a delivery that this container holds as `held`.
 *
 * @param options.attempt gives undefined where the store is down.
 * @param options.isClaimed false where the store was down, so that it holds what was there before, or nothing.
 */
export function createTicket(options: {
  store: StateStore;
  attempt: <T>(operation: () => Promise<T>) => Promise<T | undefined>;
  delivery: Delivery;
  held: DeliveryState;
  isClaimed: boolean;
}): Ticket {
  const { store, attempt, held, isClaimed } = options;
  const { key, expiresAt } = options.delivery;
  const { admission, resent } = held;
  const move = async (next: DeliveryState | undefined): Promise<boolean> => {
    const write = (expected: DeliveryState | undefined) =>
      attempt(() => store.swap(key, expected, next, expiresAt));
    // What follows a send is worth a second try: without it the delivery stays held until its lease ends.
    const result = (await write(held)) ?? (await write(held));
    if (result === undefined || result.swapped) return result !== undefined;
    const { found } = result;
    // A first try of which no answer came.
    if (found?.stage === next?.stage && found?.holder === next?.holder) return true;
    if (isClaimed || !isFree(found, admission)) return false;
    return (await write(found))?.swapped === true;
  };
  return {
    admission,
    tracked: isClaimed && store.isShared,
    resent,
    done: async () => {
      await move({ ...held, holder: admission, stage: 'done' });
    },
    queued: (options) => move({ ...held, ...options, holder: admission, stage: 'queued' }),
    release: () => move(resent ? { ...held, ...DEAD } : undefined),
  };
}

/** Whether nobody but the first attempt of an admission ever stood there, so that its entry may be sent. */
export function isFree(found: DeliveryState | undefined, admission: string): boolean {
  return found === undefined || (found.holder === admission && found.stage !== 'done');
}
