/**
 * What is known of one delivery, so that it is sent once however many containers and copies there are:
 *
 * - `sending`: its holder is at it until `leaseUntil`, and has died if it still says so afterwards;
 * - `queued`: it waits in the queue;
 * - `done`: nothing more is to be sent.
 */
export interface DeliveryState {
  readonly stage: 'sending' | 'queued' | 'done';
  /** The admission that this delivery goes back to. A queue entry of another one was cancelled. */
  readonly admission: string;
  /** Who may move it on: a random name while it is being sent, the admission's otherwise. */
  readonly holder: string;
  /** Milliseconds since the Unix epoch. */
  readonly leaseUntil: number;
  /** Set once a delivery of unconfirmed outcome was sent again: it is not sent a third time. */
  readonly resent: boolean;
}

/** What to write; `resent` stays as it is where it is undefined. */
export type NextState = Omit<DeliveryState, 'resent'> & { readonly resent?: boolean | undefined };

/**
 * The result of a swap: the state as it is now, or `found`, what stands there instead, undefined where nothing does.
 */
export type Swap =
  | { readonly swapped: true; readonly state: DeliveryState | undefined }
  | { readonly swapped: false; readonly found: DeliveryState | undefined };

/**
 * State shared by all containers: deliveries, and counters under a limit. Each operation is atomic.
 * Keys and values hold no personal data. Times are milliseconds since the Unix epoch.
 */
export interface StateStore {
  /** False where each container has a store of its own. */
  readonly isShared: boolean;
  /**
   * Writes `next`, or removes the state where it is undefined, if the stored one has the stage and holder of
   * `expected`, or is absent or past its `expiresAt` where that is undefined.
   */
  swap(
    key: string,
    expected: Pick<DeliveryState, 'stage' | 'holder'> | undefined,
    next: NextState | undefined,
    expiresAt: number,
  ): Promise<Swap>;
  /** Adds one and returns true, or, where the counter stands at `limit`, 1 or more, returns false. */
  increment(key: string, limit: number, expiresAt: number): Promise<boolean>;
  /** Takes one back from a counter that was incremented. */
  decrement(key: string): Promise<void>;
}
