import { readAwsFailure } from '../aws/config.js';
import type { Container } from './container.js';
import { type Delivered, deliverWithRetry, type Provider } from '../delivery/route.js';
import { DeliveryError } from '../errors.js';
import type { QueueEntry } from '../delivery/queue.js';
import type { Outcome } from '../ownid/response.js';
import type { Ticket } from '../ledger/ticket.js';

/** An admitted message: how to send it, and how to queue it. Times are milliseconds since the Unix epoch. */
export interface Dispatch<M> {
  readonly route: readonly Provider<M>[];
  readonly message: M;
  readonly ticket: Ticket;
  readonly entry: Omit<QueueEntry, 'admission' | 'tracked' | 'resend'>;
  /** When the answer is due. */
  readonly answerBy: number;
  readonly mayResend: boolean;
  readonly onDelivered: (delivered: Delivered) => void;
  readonly onFailure: (failure: DeliveryError) => void;
}

/** Kept for the queue out of the time for the answer. */
const QUEUE_RESERVE_MS = 500;
/** A queued message gets its second attempt within so many seconds. */
const FIRST_DELAY_SECONDS = 2;

/**
 * Sends a message now, or, where it certainly was not accepted but might be, leaves it to the queue until its deadline.
 *
 * @throws {DeliveryError} when it neither was sent nor is queued; its admission is released then.
 */
export async function dispatch<M>(container: Container, options: Dispatch<M>): Promise<Outcome> {
  const { route, message, ticket, entry, answerBy, mayResend } = options;
  const { queue, clock, random } = container;
  const reserve = queue === undefined ? 0 : QUEUE_RESERVE_MS;

  let failure: DeliveryError;
  try {
    const endsAt = Math.min(answerBy - reserve, entry.deadline);
    options.onDelivered(
      await deliverWithRetry(route, message, {
        id: ticket.admission,
        expiresAt: entry.deadline,
        endsAt,
        clock,
        random,
        onFailure: options.onFailure,
      }),
    );
    await ticket.done();
    return 'accepted';
  } catch (error) {
    if (!(error instanceof DeliveryError)) throw error;
    failure = error;
  }

  const { kind } = failure;
  const resend = kind === 'ambiguous';
  const mayQueue = kind === 'transient' || (resend && mayResend && !ticket.resent);
  const queued = mayQueue ? await enqueue(container, ticket, { ...entry, resend }) : 'no';
  if (queued === 'yes') {
    // Its copies then know that it will be sent. The worker, who may have the entry already, needs it not.
    await ticket.queued(resend ? { resent: true } : undefined);
    return resend ? 'unconfirmed' : 'queued';
  }
  if (resend) {
    await ticket.done();
    return 'unconfirmed';
  }
  const isReleased = await ticket.release();
  if (queued === 'maybe' && !(isReleased && ticket.tracked)) return 'unconfirmed';
  throw failure;
}

/** Whether the entry is in the queue. */
async function enqueue(
  { queue, random, log, measure }: Container,
  ticket: Ticket,
  entry: Omit<QueueEntry, 'admission' | 'tracked'>,
): Promise<'yes' | 'no' | 'maybe'> {
  if (queue === undefined) return 'no';
  const { admission, tracked } = ticket;
  try {
    const delay = Math.round(random() * FIRST_DELAY_SECONDS);
    await queue.send({ ...entry, admission, tracked }, delay);
    return 'yes';
  } catch (error) {
    log('error', { requestId: entry.requestId, channel: entry.channel, reason: 'queue_down' });
    measure({ channel: entry.channel, count: 'queueDown' });
    const { kind, status = 0 } = readAwsFailure(error);
    return kind === 'ambiguous' || status >= 500 ? 'maybe' : 'no';
  }
}
