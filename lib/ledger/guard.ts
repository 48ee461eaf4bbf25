import { createHash, randomUUID } from 'node:crypto';
import { type Cap, createCounting } from './caps.js';
import { Refusal } from '../errors.js';
import type { QueueEntry } from '../delivery/queue.js';
import type { DeliveryState, NextState, StateStore, Swap } from './store.js';
import { createTicket, type Delivery, isFree, type Ticket } from './ticket.js';

/**
 * - `send`: with a ticket;
 * - `replayed`: it was sent or queued before;
 * - `unconfirmed`: a copy died while sending it, and it is not to be sent again;
 * - `in_progress`: a copy is sending it, until then at most;
 * - `cancelled`: the queue entry belongs to an admission that was released.
 */
export type Verdict =
  | { readonly verdict: 'send'; readonly ticket: Ticket }
  | { readonly verdict: 'replayed' | 'unconfirmed' | 'cancelled' }
  | { readonly verdict: 'in_progress'; readonly until: number };

export interface Guard {
  /**
   * Begins a delivery: claims and counts it, in parallel. A copy that is being sent is waited for until `waitUntil`.
   *
   * @throws {Refusal} `cap_reached`, after taking back all that was counted.
   */
  admit(delivery: Delivery, options: { caps: readonly Cap[]; waitUntil: number }): Promise<Verdict>;
  /**
   * Takes up a delivery from the queue, after the attempt of its admission has ended.
   *
   * @param entry.tracked as in the ticket of its admission.
   * @param entry.resend set where the attempt before is of unknown outcome.
   */
  resume(delivery: Delivery, entry: Pick<QueueEntry, 'admission' | 'tracked' | 'resend'>): Promise<Verdict>;
}

const POLL_MS = 100;

/**
 * Replay guard and caps over a state store. While the store is down everything passes, and `onStoreDown` is told.
 *
 * @param options.now milliseconds since the Unix epoch.
 * @param options.random between 0 and 1, as `Math.random`.
 */
export function createGuard(options: {
  store: StateStore;
  now: () => number;
  random: () => number;
  onStoreDown: (error: unknown) => void;
}): Guard {
  const { store, now, random, onStoreDown } = options;
  const count = createCounting(store, now, random);

  /** The result, or undefined when the store is down. */
  const attempt = async <T>(operation: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await operation();
    } catch (error) {
      onStoreDown(error);
      return undefined;
    }
  };

  const swap = async (
    { key, expiresAt }: Delivery,
    expected: Pick<DeliveryState, 'stage' | 'holder'> | undefined,
    next: NextState,
  ): Promise<Swap> =>
    (await attempt(() => store.swap(key, expected, next, expiresAt))) ?? { swapped: true, state: undefined };

  const hold = (delivery: Delivery, held: DeliveryState, isClaimed: boolean): Verdict => ({
    verdict: 'send',
    ticket: createTicket({ store, attempt, delivery, held, isClaimed }),
  });

  /** What to do about a delivery that stands at `found`; it is taken over from a holder that died. */
  const takeOver = async (delivery: Delivery, found: DeliveryState, next: NextState): Promise<Verdict> => {
    if (found.stage !== 'sending') return { verdict: 'replayed' };
    if (found.leaseUntil > now()) return { verdict: 'in_progress', until: found.leaseUntil };
    if (!delivery.mayResend || found.resent) return { verdict: 'unconfirmed' };
    return claim(delivery, found, { ...next, resent: true });
  };

  /** What was seen to stand there is replaced for certain, or nothing is sent. */
  const claim = async (delivery: Delivery, found: DeliveryState, next: NextState): Promise<Verdict> => {
    const result = await swap(delivery, found, next);
    if (result.swapped && result.state !== undefined) return hold(delivery, result.state, true);
    return { verdict: 'in_progress', until: delivery.leaseUntil };
  };

  const begin = async (delivery: Delivery): Promise<Verdict> => {
    const holder = randomUUID();
    const { leaseUntil } = delivery;
    const next: DeliveryState = { stage: 'sending', admission: holder, holder, leaseUntil, resent: false };
    const result = await swap(delivery, undefined, next);
    if (result.swapped) return hold(delivery, next, result.state !== undefined);
    // Gone since: whoever held it released it.
    if (result.found === undefined) return { verdict: 'in_progress', until: now() };
    return takeOver(delivery, result.found, next);
  };

  const beginOrWait = async (delivery: Delivery, waitUntil: number): Promise<Verdict> => {
    for (;;) {
      const begun = await begin(delivery);
      if (begun.verdict !== 'in_progress' || now() + POLL_MS > waitUntil) return begun;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  };

  return {
    admit: async (delivery, { caps, waitUntil }) => {
      const [begun, ...counts] = await Promise.all([
        beginOrWait(delivery, waitUntil),
        // `open` where the store is down.
        ...caps.map(async (cap) => ({ cap, result: (await attempt(() => count(cap))) ?? 'open' })),
      ]);
      const takeBack = async () => {
        await Promise.all(
          counts.map(async ({ result }) => {
            if (typeof result === 'function') await attempt(result);
          }),
        );
      };
      if (begun.verdict !== 'send') {
        await takeBack();
        return begun;
      }
      const release = async () => {
        const [isReleased] = await Promise.all([begun.ticket.release(), takeBack()]);
        return isReleased;
      };
      const reached = counts.find(({ result }) => result === 'reached');
      if (reached !== undefined) {
        await release();
        throw new Refusal('cap_reached', `cap_${reached.cap.name}`);
      }
      return { verdict: 'send', ticket: { ...begun.ticket, release } };
    },

    resume: async (delivery, { admission, tracked, resend }) => {
      const { leaseUntil } = delivery;
      const resent = resend || undefined;
      const next: NextState = { stage: 'sending', admission, holder: randomUUID(), leaseUntil, resent };
      const result = await swap(delivery, { stage: 'queued', holder: admission }, next);
      if (result.swapped) {
        return hold(delivery, result.state ?? { ...next, resent: resend }, result.state !== undefined);
      }
      const { found } = result;
      if (tracked && found?.admission !== admission) return { verdict: 'cancelled' };
      if (found !== undefined && !isFree(found, admission)) return takeOver(delivery, found, next);
      // The first attempt has ended without a trace, or without saying so.
      const begun = await swap(delivery, found, next);
      if (!begun.swapped) return { verdict: 'in_progress', until: now() };
      return hold(delivery, begun.state ?? { ...next, resent: resend }, begun.state !== undefined);
    },
  };
}

/** The key of all copies of one request: its signature, which is an HMAC already, shortened. */
export function deliveryKey(signature: string): string {
  return `delivery:${createHash('sha256').update(signature).digest('base64url')}`;
}
