import type { Row } from '../../lib/ledger/table.js';

/** What an outsider can know of one webhook, from what was posted, answered and taken. */
export interface Webhook {
  readonly code: string;
  /** Of its row in the table. */
  readonly key: string;
  readonly channel: 'email' | 'sms';
  readonly to: string;
  /** Milliseconds since the Unix epoch, as its header has it. */
  readonly timestamp: number;
  readonly deadline: number;
  readonly posts: Post[];
  readonly attempts: Attempt[];
}

export interface Post {
  readonly at: number;
  readonly visit: Visit;
  answeredAt?: number;
  /** Places in the order of all that happens: several things may happen in one millisecond. */
  readonly came: number;
  answered?: number;
  status?: number;
}

/** One function's work on one webhook: an invocation of the webhook's function, or a receive. */
export interface Visit {
  readonly by: 'webhook' | 'worker';
  readonly sandbox: string;
  readonly code: string;
  /** Of the visit that queued what this one received. */
  readonly parent: Visit | undefined;
  /** Whether the table ever answered it about the request. */
  hasSeen: boolean;
  /** Whether it crashed, or was frozen. */
  isCutOff: boolean;
  /** Whether a write to the table failed, so that its sandbox may count by itself. */
  countsAlone: boolean;
  /** Times at which a write about the request failed, or its answer was lost. */
  readonly failedWrites: number[];
  /** Of its metrics, where it had its sandbox to itself. */
  readonly metrics: string[];
  endedAt?: number;
}

/** One message handed to a provider. */
export interface Attempt {
  readonly provider: string;
  readonly visit: Visit;
  readonly handedAt: number;
  readonly clockSkewMs: number;
  /** Whether the visit knew nothing of the request's row. */
  readonly isBlind: boolean;
  takenAt?: number;
  /** Its place in the order of all that happens. */
  taken?: number;
  heard?: string;
}

/** A change of a request's row. */
export interface Transition {
  readonly from: Row['state'] | 'absent';
  readonly to: Row['state'] | 'absent';
  readonly by: 'webhook' | 'worker';
}

/** Who did what at which virtual millisecond. */
export class History {
  readonly lines: string[] = [];
  readonly #start: number;
  readonly #isKept: boolean;

  constructor(start: number, isKept: boolean) {
    this.#start = start;
    this.#isKept = isKept;
  }

  add(now: number, who: string, what: string): void {
    if (!this.#isKept) return;
    this.lines.push(`${(now - this.#start).toFixed(1).padStart(10)} ms  ${who.padEnd(10)} ${what}`);
  }
}
