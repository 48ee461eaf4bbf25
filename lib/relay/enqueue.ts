import { readAwsFailure } from '../aws/config.js';
import { firstDelaySeconds } from '../delivery/backoff.js';
import type { QueueEntry } from '../delivery/queue.js';
import { MINIMUM_ATTEMPT_MS } from '../delivery/route.js';
import type { Container } from './container.js';

/** The part of a container that this needs. */
export type QueueContext = Pick<Container, 'queue' | 'clock' | 'random' | 'log' | 'measure'>;

/**
 * Puts a message into the queue, if a worker can receive it in time for an attempt.
 *
 * @param options.by when the queue must have answered, in milliseconds since the Unix epoch.
 * @param options.notBefore the earliest time at which the worker receives it, in milliseconds since the Unix epoch.
 * @returns whether the entry is in the queue.
 */
export async function enqueue(
  { queue, clock, random, log, measure }: QueueContext,
  entry: QueueEntry,
  { by, notBefore = 0 }: { by: number; notBefore?: number },
): Promise<'yes' | 'no' | 'maybe'> {
  const now = clock.now();
  const delay = firstDelaySeconds(random, entry.deadline - now);
  const delaySeconds = Math.max(delay, Math.ceil((notBefore - now) / 1000));
  const hasTime = now < by && now + delaySeconds * 1000 + MINIMUM_ATTEMPT_MS <= entry.deadline;
  if (queue === undefined || !hasTime) return 'no';
  try {
    await queue.send(entry, { delaySeconds, timeoutMs: by - now });
    return 'yes';
  } catch (error) {
    log('error', { requestId: entry.requestId, channel: entry.channel, reason: 'queue_down' });
    measure({ channel: entry.channel, count: 'queueDown' });
    return readAwsFailure(error).kind === 'ambiguous' ? 'maybe' : 'no';
  }
}
