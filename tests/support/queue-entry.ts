import type { QueueEntry } from '../../lib/delivery/queue.js';

/** A queue entry of an email, under the first claim of its request. */
export function queueEntry(change: Pick<QueueEntry, 'deadline'> & Partial<QueueEntry>): QueueEntry {
  return {
    version: 2,
    channel: 'email',
    app: '',
    message: {},
    key: 'delivery:k',
    claim: { id: 'a', holder: 'a', unsure: 0, isRecorded: true },
    requestId: 'r',
    ...change,
  };
}
