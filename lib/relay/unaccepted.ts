import type { QueueEntry } from '../delivery/queue.js';
import { MINIMUM_ATTEMPT_MS } from '../delivery/route.js';
import type { Claim, Settled } from '../ledger/claim.js';
import type { Outcome } from '../ownid/response.js';
import type { Admission } from './admission.js';
import { enqueue, type QueueContext } from './enqueue.js';

/** The part of the time budget that is reserved for the last write to the table. */
export const SETTLE_RESERVE_MS = 100;

/** Milliseconds since the Unix epoch. */
export interface Times {
  readonly deadline: number;
  readonly answerBy: number;
  readonly settleBy: number;
}

/**
 * It is unknown whether the message was sent. If it may be sent again, it is queued first and recorded second, and
 * the entry carries the count of such outcomes: wherever this function dies, the message is neither lost nor sent a
 * third time.
 */
export async function afterUnknown(
  container: QueueContext,
  claim: Claim,
  entry: QueueEntry,
  secondSends: number,
  { answerBy, settleBy }: Omit<Times, 'deadline'>,
): Promise<Outcome> {
  const unsure = claim.row.unsure + 1;
  const mayQueue = claim.isRecorded && unsure <= secondSends;
  const again = { ...entry, claim: { ...entry.claim, unsure } };
  const by = answerBy - SETTLE_RESERVE_MS;
  const isQueued = mayQueue && (await enqueue(container, again, { by })) !== 'no';
  await claim.settle(isQueued ? 'queued' : 'done', { by: settleBy, unsure });
  return 'unconfirmed';
}

/** The message was certainly not sent. It is queued before the row says so: a row without an entry would lose it. */
export async function afterTransient(
  container: QueueContext,
  { claim, release }: Admission,
  entry: QueueEntry,
  { deadline, answerBy, settleBy }: Times,
): Promise<Outcome> {
  const queued = await enqueue(container, entry, { by: answerBy - SETTLE_RESERVE_MS });
  if (queued === 'yes' && container.clock.now() < deadline) {
    await claim.settle('queued', { by: settleBy });
    return 'queued';
  }
  const released = await release(settleBy);
  // A worker that finds the claim released drops the entry.
  const isCancelled = released === 'recorded' && entry.claim.isRecorded;
  const isOver = container.clock.now() + MINIMUM_ATTEMPT_MS > deadline;
  const failure = isOver ? 'expired' : 'transient';
  return afterRelease(claim, released, queued === 'no' || isCancelled ? failure : 'unconfirmed');
}

/** An error would be untrue if somebody else's copy may have been accepted or queued. */
export function afterRelease({ lapsed }: Claim, released: Settled, failure: Outcome): Outcome {
  if (released === 'queued') return 'queued';
  return lapsed === undefined && released !== 'superseded' ? failure : 'unconfirmed';
}
