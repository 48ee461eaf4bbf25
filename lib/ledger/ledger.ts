import { type Clock, sleep } from '../clock.js';
import type { Change, LedgerTable, Row } from './table.js';

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
   * which an unrecorded claim learns only here.
   */
  settle(to: 'done' | 'queued' | 'released', options: { by: number; unsure?: number }): Promise<Settled>;
}

export type Settled = 'recorded' | 'unrecorded' | 'superseded';

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
  | { readonly verdict: 'in_progress'; readonly until: number; readonly id: string }
  | { readonly verdict: 'replayed' | 'cancelled' }
  | { readonly verdict: 'unconfirmed'; readonly close?: () => Promise<unknown> }
  | { readonly verdict: 'down'; readonly claim: Claim };

/** The three operations are `claim`, `take` and a claim's `settle`: docs/failures.md has their table. */
export interface Ledger {
  /**
   * For a webhook. The verdict comes from what a conditional write found; there is no separate read.
   *
   * @param earlier a claim of the same webhook that the table did not confirm: the row found may be its own.
   */
  claim(request: LedgerRequest, by: number, earlier?: Claim): Promise<Verdict>;
  /** For a queue entry. */
  take(request: LedgerRequest, entry: EntryClaim, by: number): Promise<Verdict>;
}

const PAUSE_MS = 50;
/** How long to wait for a table that was down when the claim was made: longer would delay every message's answer. */
const UNRECORDED_PATIENCE_MS = 300;

/**
 * @param options.newId a random name, different each time.
 * @param options.onDown called on every write that fails.
 */
export function createLedger(options: {
  table: LedgerTable;
  clock: Clock;
  newId: () => string;
  onDown: (error: unknown) => void;
}): Ledger {
  const { table, clock, newId, onDown } = options;

  const write = async (
    { key, expiresAt, timeoutMs }: LedgerRequest,
    expected: Row | undefined,
    next: Row | undefined,
    by: number,
  ): Promise<Change | undefined> => {
    try {
      const timeout = Math.min(timeoutMs, by - clock.now());
      return await table.swap(key, expected, next, { expiresAt, timeoutMs: timeout });
    } catch (error) {
      onDown(error);
      return undefined;
    }
  };

  /** Repeats the write until its result is known; undefined if it is not by `by`. */
  const change = async (
    request: LedgerRequest,
    expected: Row | undefined,
    next: Row | undefined,
    by: number,
  ): Promise<Change | undefined> => {
    // A process that was frozen beyond `by` still writes once.
    const last = Math.max(by, clock.now() + PAUSE_MS);
    for (;;) {
      const result = await write(request, expected, next, last);
      if (result?.done === true) return result;
      // An earlier try whose answer was lost had been carried out.
      if (result !== undefined && isSame(result.found, next)) return { done: true };
      if (result !== undefined) return result;
      if (clock.now() + PAUSE_MS >= last) return undefined;
      await sleep(clock, PAUSE_MS);
    }
  };

  const hold = (
    request: LedgerRequest,
    row: Row,
    { isRecorded = true, lapsed }: { isRecorded?: boolean; lapsed?: Row } = {},
  ): Claim => ({
    row,
    isRecorded,
    lapsed,
    entry: {
      id: row.id,
      holder: row.holder,
      unsure: row.unsure,
      isRecorded: isRecorded && table.isShared,
    },
    settle: async (to, { by, unsure = row.unsure }) => {
      const released = lapsed && { ...lapsed, holder: newId() };
      const next: Row | undefined = to === 'released' ? released : { ...row, state: to, unsure };
      const until = isRecorded ? by : Math.min(by, clock.now() + UNRECORDED_PATIENCE_MS);
      const result = await change(request, row, next, until);
      const isAbsent = result?.done === false && result.found === undefined;
      if (isRecorded || !isAbsent || next === undefined) return settled(result);
      return settled(await change(request, undefined, next, until));
    },
  });

  /** The verdict on a row that somebody else claimed. It is taken over, or closed, once its lease is over. */
  const judge = async (
    request: LedgerRequest,
    found: Row,
    { by, closes }: { by: number; closes: boolean },
  ): Promise<Verdict> => {
    if (found.state !== 'sending') return { verdict: 'replayed' };
    const inProgress = { verdict: 'in_progress', until: found.until, id: found.id } as const;
    if (found.until > clock.now()) return inProgress;

    const isLast = found.unsure >= request.secondSends;
    const next: Row = isLast
      ? { ...found, state: 'done', holder: newId() }
      : { ...found, holder: newId(), until: request.until, unsure: found.unsure + 1 };
    // If the worker dies before it has counted the loss, the next receive must find the row as it was.
    if (isLast && !closes) {
      return { verdict: 'unconfirmed', close: () => change(request, found, next, by) };
    }
    const result = await change(request, found, next, by);
    if (result?.done !== true) return result?.found?.state === 'done' ? { verdict: 'replayed' } : inProgress;
    return isLast
      ? { verdict: 'unconfirmed' }
      : { verdict: 'send', claim: hold(request, next, { lapsed: found }) };
  };

  return {
    claim: async (request, by, earlier) => {
      const id = earlier?.row.id ?? newId();
      const row: Row = { state: 'sending', id, holder: id, until: request.until, unsure: 0 };
      // Tried twice, since after one lost answer the message would be sent without a claim, beside a copy's. A table
      // that does not answer in time is not asked again.
      const until = Math.min(by, clock.now() + request.timeoutMs);
      let result = await write(request, undefined, row, until);
      if (result === undefined && clock.now() + PAUSE_MS < until) {
        await sleep(clock, PAUSE_MS);
        result = await write(request, undefined, row, until);
      }
      if (result === undefined) return { verdict: 'down', claim: hold(request, row, { isRecorded: false }) };
      if (result.done || isSame(result.found, row)) return { verdict: 'send', claim: hold(request, row) };
      return result.found === undefined
        ? { verdict: 'in_progress', until: clock.now(), id }
        : judge(request, result.found, { by, closes: true });
    },

    take: async (request, entry, by) => {
      const { id, holder, unsure, isRecorded } = entry;
      const next: Row = { state: 'sending', id, holder: newId(), until: request.until, unsure };
      const result = await change(
        request,
        isRecorded ? { ...next, state: 'queued', holder } : undefined,
        next,
        by,
      );
      if (result === undefined) return { verdict: 'down', claim: hold(request, next, { isRecorded: false }) };
      if (result.done) return { verdict: 'send', claim: hold(request, next) };

      const { found } = result;
      if (isRecorded && found?.id !== id) return { verdict: 'cancelled' };
      if (found === undefined) return { verdict: 'in_progress', until: clock.now(), id };
      // An earlier receive queued it again, or its webhook has queued it but not recorded that yet. The entry of a copy
      // that waited (no `holder`) may take the request whoever has claimed it since.
      const isOurs =
        (found.id === id || holder === '') &&
        (found.state === 'queued' || (found.state === 'sending' && found.holder === holder));
      if (!isOurs) return judge(request, found, { by, closes: false });
      // A webhook that queued it after an unknown outcome may not have recorded that outcome.
      const again: Row = { ...next, id: found.id, unsure: Math.max(found.unsure, unsure) };
      const second = await change(request, found, again, by);
      return second?.done === true
        ? { verdict: 'send', claim: hold(request, again) }
        : { verdict: 'in_progress', until: clock.now(), id };
    },
  };
}

function settled(result: Change | undefined): Settled {
  if (result?.done === true) return 'recorded';
  return result?.found === undefined ? 'unrecorded' : 'superseded';
}

function isSame(found: Row | undefined, next: Row | undefined): boolean {
  return found?.state === next?.state && found?.holder === next?.holder;
}
