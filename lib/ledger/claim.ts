import type { Change, Row } from './table.js';

/** One request as the ledger sees it. Times are milliseconds since the Unix epoch. */
export interface LedgerRequest {
  /** The same for every copy of a webhook. */
  readonly key: string;
  /** When the lease of the claim about to be made ends. */
  readonly until: number;
  /** The time after which no copy of the request is accepted. */
  readonly expiresAt: number;
  /** How many times the message may be sent again after an attempt of unknown outcome. */
  readonly secondSends: number;
  /** How long one write may take. */
  readonly timeoutMs: number;
}

/** What a queue entry knows about its request's row. */
export interface EntryClaim {
  readonly id: string;
  /** The holder of the claim under which it was queued. */
  readonly holder: string;
  readonly unsure: number;
  /** False if the table may lack that claim: a worker that finds no row then creates it. */
  readonly isRecorded: boolean;
}

/** The right to send one request's message. */
export interface Claim {
  readonly row: Row;
  /** False if the table did not confirm it. */
  readonly isRecorded: boolean;
  /** The row of a holder that died, if the claim was taken over from one. */
  readonly lapsed: Row | undefined;
  /** For a queue entry under this claim. */
  readonly entry: EntryClaim;
  /**
   * Moves the row on, and tries until `by`:
   *
   * - `done`: nothing more is to be sent;
   * - `queued`: the message is in the queue; `unsure` is higher by one after an attempt of unknown outcome;
   * - `released`: nothing was sent under this claim, so a copy may claim the request at once.
   *
   * It fails if the table does not answer (`unrecorded`), or if somebody else holds the request by now (`superseded`),
   * which an unrecorded claim learns only here. A request that a copy watches is not released but `queued`.
   */
  settle(to: 'done' | 'queued' | 'released', options: { by: number; unsure?: number }): Promise<Settled>;
}

export type Settled = 'recorded' | 'queued' | 'unrecorded' | 'superseded';

export interface InProgress {
  readonly verdict: 'in_progress';
  readonly until: number;
  readonly id: string;
  /** Undefined if the row was gone by the time it was read. */
  readonly found: Row | undefined;
}

/**
 * - `send`: this caller holds the claim;
 * - `in_progress`: somebody else holds it, until `until` at the latest;
 * - `replayed`: the message was sent or queued before;
 * - `unconfirmed`: its holder died while sending, and it must not be sent again. If `close` is set, the row does not
 *   say so yet: call it once the loss has been counted;
 * - `cancelled`: the queue entry's claim was released;
 * - `down`: the table did not answer. `claim` may be used if nothing was ever seen of the request.
 */
export type Verdict =
  | { readonly verdict: 'send'; readonly claim: Claim }
  | InProgress
  | { readonly verdict: 'replayed' | 'cancelled' }
  | { readonly verdict: 'unconfirmed'; readonly close?: () => Promise<unknown> }
  | { readonly verdict: 'down'; readonly claim: Claim };

/** The operations are `claim`, `take`, a claim's `settle`, and `watch`: docs/failures.md has their table. */
export interface Ledger {
  /**
   * For a webhook. The verdict comes from what a conditional write found; there is no separate read.
   *
   * @param earlier a claim of the same webhook that the table did not confirm: the row found may be its own.
   */
  claim(request: LedgerRequest, by: number, earlier?: Claim): Promise<Verdict>;
  /** For a queue entry. */
  take(request: LedgerRequest, entry: EntryClaim, by: number): Promise<Verdict>;
  /** One conditional write, repeated until its result is known; undefined if it is not by `by`. */
  change(
    request: LedgerRequest,
    expected: Row | undefined,
    next: Row | undefined,
    by: number,
  ): Promise<Change | undefined>;
}
