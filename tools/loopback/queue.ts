import { randomUUID } from 'node:crypto';

/** An entry as a consumer receives it. Times are milliseconds since the Unix epoch. */
export interface ReceivedEntry {
  readonly messageId: string;
  /** Good until the entry is received again. */
  readonly receiptHandle: string;
  readonly body: string;
  readonly receiveCount: number;
  readonly sentAt: number;
  readonly firstReceivedAt: number;
}

/** A standard queue of Amazon SQS, in memory. */
export interface LoopbackQueue {
  send(body: string, delaySeconds: number): { readonly messageId: string };
  /** What is visible, up to `maximum` entries; each is hidden for the visibility timeout. */
  receive(maximum: number): readonly ReceivedEntry[];
  /** A handle that is out of date deletes nothing. */
  delete(receiptHandle: string): void;
  /** Returns false where the entry is not in flight under this handle. */
  changeVisibility(receiptHandle: string, seconds: number): boolean;
  /** How many entries are in the queue: visible, in flight (received and hidden), or delayed since they were sent. */
  counts(): { readonly visible: number; readonly inFlight: number; readonly delayed: number };
}

export interface QueueOptions {
  readonly visibilityTimeoutSeconds: number;
  readonly retentionSeconds: number;
  /** An entry that was received `maxReceiveCount` times goes there instead of being received once more. */
  readonly redrive?: { readonly deadLetterQueue: LoopbackQueue; readonly maxReceiveCount: number };
  /** Milliseconds on any clock. */
  readonly now?: () => number;
}

interface Entry {
  readonly messageId: string;
  readonly body: string;
  readonly sentAt: number;
  visibleAt: number;
  receiptHandle?: string;
  receiveCount: number;
  firstReceivedAt?: number;
}

/** Amazon SQS developer guide: "Visibility timeout", "Dead-letter queues", "Delay queues". */
export function createLoopbackQueue(options: QueueOptions): LoopbackQueue {
  const { visibilityTimeoutSeconds, retentionSeconds, redrive, now = Date.now } = options;
  const entries = new Map<string, Entry>();
  const inFlight = new Map<string, Entry>();

  const remove = (entry: Entry) => {
    entries.delete(entry.messageId);
    if (entry.receiptHandle !== undefined) inFlight.delete(entry.receiptHandle);
  };
  const receiveOne = (entry: Entry): ReceivedEntry => {
    const { messageId, body, sentAt } = entry;
    if (entry.receiptHandle !== undefined) inFlight.delete(entry.receiptHandle);
    const receiptHandle = randomUUID();
    inFlight.set(receiptHandle, entry);
    entry.receiptHandle = receiptHandle;
    entry.receiveCount += 1;
    entry.visibleAt = now() + visibilityTimeoutSeconds * 1000;
    const firstReceivedAt = (entry.firstReceivedAt ??= now());
    return { messageId, receiptHandle, body, receiveCount: entry.receiveCount, sentAt, firstReceivedAt };
  };
  const dropOld = () => {
    // Oldest first, so that what follows the first young one is young too.
    for (const entry of entries.values()) {
      if (entry.sentAt + retentionSeconds * 1000 > now()) return;
      remove(entry);
    }
  };

  return {
    send: (body, delaySeconds) => {
      const messageId = randomUUID();
      entries.set(messageId, {
        messageId,
        body,
        sentAt: now(),
        visibleAt: now() + delaySeconds * 1000,
        receiveCount: 0,
      });
      return { messageId };
    },
    receive: (maximum) => {
      dropOld();
      const received: ReceivedEntry[] = [];
      for (const entry of entries.values()) {
        if (received.length === maximum) break;
        if (entry.visibleAt > now()) continue;
        if (redrive !== undefined && entry.receiveCount >= redrive.maxReceiveCount) {
          remove(entry);
          redrive.deadLetterQueue.send(entry.body, 0);
        } else {
          received.push(receiveOne(entry));
        }
      }
      return received;
    },
    delete: (receiptHandle) => {
      const entry = inFlight.get(receiptHandle);
      if (entry !== undefined) remove(entry);
    },
    changeVisibility: (receiptHandle, seconds) => {
      const entry = inFlight.get(receiptHandle);
      if (entry === undefined || entry.visibleAt <= now()) return false;
      entry.visibleAt = now() + seconds * 1000;
      return true;
    },
    counts: () => {
      dropOld();
      const counts = { visible: 0, inFlight: 0, delayed: 0 };
      for (const { visibleAt, receiptHandle } of entries.values()) {
        if (visibleAt <= now()) counts.visible += 1;
        else counts[receiptHandle === undefined ? 'delayed' : 'inFlight'] += 1;
      }
      return counts;
    },
  };
}
