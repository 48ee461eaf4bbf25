import type { Row } from '../../lib/ledger/table.js';
import type { Service } from './fate.js';

/** What is known from outside of one webhook: what was posted, answered and taken, and what befell those at work on it. */
export interface Webhook {
  readonly code: string;
  /** Of its row in the table. */
  readonly key: string;
  readonly channel: 'email' | 'sms';
  readonly to: string;
  /** Milliseconds since the Unix epoch, as its header has it. */
  readonly timestamp: number;
  readonly deadline: number;
  /** With OwnID's secret of the time, with one that was never ours, or with one that the parameter store has no more. */
  readonly signature: 'authentic' | 'forged' | 'retired';
  /**
   * What version 0.1.0, which put it into the queue, made of it: it answered 202, or it was not sure of the queue, answered
   * 503 and deleted the row.
   */
  readonly old: 'accepted' | 'refused' | undefined;
  readonly posts: Post[];
  readonly attempts: Attempt[];
  readonly visits: Visit[];
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

/** Whether the table carried out its claim when it had long been answered, and the claim was perhaps released. */
export const wasClaimedLate = ({ visit, answered = Infinity }: Post): boolean =>
  visit.records.some(({ place, to }) => to === 'sending' && place > answered);

/** One function's work on one webhook: an invocation of the webhook's function, or a receive. */
export interface Visit {
  readonly by: 'webhook' | 'worker';
  readonly sandbox: string;
  readonly code: string;
  /** Of the visit that queued what this one received. */
  readonly parent: Visit | undefined;
  readonly startedAt: number;
  /** How far its sandbox's clock is ahead. */
  readonly skewMs: number;
  /** How many there were in its sandbox's event: it has the metrics of all. */
  readonly entries: number;
  /** Whether two entries of the webhook were in its batch. */
  isDouble: boolean;
  /** When the table last answered it about the request: a place. */
  seen?: number;
  /** Whether the table has failed it since. */
  isCutOff: boolean;
  /** How its sandbox was struck, and when it last was. */
  struck?: { readonly how: 'died' | 'froze'; readonly at: number };
  /** Of its calls, but for those to providers. */
  readonly troubles: Trouble[];
  /** What it changed the request's row to. */
  readonly records: { readonly place: number; readonly from: State; readonly to: State }[];
  readonly metrics: string[];
  /** When, by its clock, what it handed to the queue was to come back. */
  readonly dues: number[];
  endedAt?: number;
  /** Services whose answers it did not wait for. */
  unheard?: readonly Service[];
}

/** A call that failed or took long. */
export interface Trouble {
  readonly service: Service;
  readonly from: number;
  readonly at: number;
  /** Whether its caller knows that it was carried out, or that it was not, or neither. */
  readonly ended: 'done' | 'not done' | 'unknown';
}

export const isStruck = ({ struck }: Visit): boolean => struck !== undefined;

/** Whether it met nothing but health, apart from providers. */
export const isSmooth = (visit: Visit): boolean =>
  !isStruck(visit) && visit.troubles.length === 0 && (visit.unheard ?? []).length === 0;

export const isTableTroubled = ({ troubles }: Visit): boolean =>
  troubles.some(({ service }) => service === 'table');

/** Whether it is the visit, or received what that queued. */
export function descendsFrom(visit: Visit, ancestor: Visit): boolean {
  return visit === ancestor || (visit.parent !== undefined && descendsFrom(visit.parent, ancestor));
}

/** One message handed to a provider. */
export interface Attempt {
  readonly provider: string;
  readonly to: string;
  /** The text, and an email's subject after it. */
  readonly words: readonly string[];
  /** When it expires, as the provider was told. */
  readonly expiresAt: number;
  /** Of the message, by which a mailbox drops a double. */
  readonly id: string;
  readonly visit: Visit;
  /** Its places in the order of all that happens: when it was handed over, and when its sender heard of it. */
  readonly place: number;
  endedPlace?: number;
  readonly handedAt: number;
  /** By the sandbox's clock. */
  readonly handedAtThere: number;
  /** Whether its time was over when it was handed. */
  readonly isLate: boolean;
  /** Whether the visit knew nothing of the request's row. */
  readonly isBlind: boolean;
  takenAt?: number;
  /** A place, too. */
  taken?: number;
  heard?: string;
  /** Whether it was heard after its time, so that its sender may take it for silence. */
  isDoubtful?: boolean;
  endedAt?: number;
}

export type State = Row['state'] | 'absent';

/** Whether somebody is at work on it, or died at it. */
export const isHeld = (state: State | undefined): boolean => state === 'sending' || state === 'watched';

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
