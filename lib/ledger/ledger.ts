import { type Clock, sleep } from '../clock.js';
import type { Claim, Ledger, LedgerRequest, Settled, Verdict } from './claim.js';
import type { Change, LedgerTable, Row } from './table.js';
import { createWrites, isSame, PAUSE_MS } from './writes.js';

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
  const { table, clock, newId } = options;
  const { write, change } = createWrites(options);

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
      if (result?.done !== false) return settled(result);
      const { found } = result;
      const isWatched = found?.state === 'watched' && found.holder === row.holder;
      if (!isWatched && (isRecorded || found !== undefined)) return settled(result);
      const kept = next ?? ({ ...row, state: 'queued' } as const);
      const written = settled(await change(request, found, kept, until));
      return kept !== next && written === 'recorded' ? 'queued' : written;
    },
  });

  /** The verdict on a row that somebody else claimed. It is taken over, or closed, once its lease is over. */
  const judge = async (
    request: LedgerRequest,
    found: Row,
    { by, closes }: { by: number; closes: boolean },
  ): Promise<Verdict> => {
    if (found.state === 'queued' || found.state === 'done') return { verdict: 'replayed' };
    const inProgress = { verdict: 'in_progress', until: found.until, id: found.id, found } as const;
    if (found.until > clock.now()) return inProgress;

    const isLast = found.unsure >= request.secondSends;
    const next: Row = isLast
      ? { ...found, state: 'done', holder: newId() }
      : { ...found, state: 'sending', holder: newId(), until: request.until, unsure: found.unsure + 1 };
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
    change,

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
        ? { verdict: 'in_progress', until: clock.now(), id, found: undefined }
        : judge(request, result.found, { by, closes: true });
    },

    take: async (request, entry, by) => {
      const { id, holder, unsure, isRecorded } = entry;
      let next: Row = { state: 'sending', id, holder: newId(), until: request.until, unsure };
      const queued: Row = { ...next, state: 'queued', holder };
      let result: Change | undefined = await change(request, isRecorded ? queued : undefined, next, by);
      if (result === undefined) return { verdict: 'down', claim: hold(request, next, { isRecorded: false }) };
      // Once more whenever the row was moved on between two writes, as by a webhook that records what it queued.
      while (result?.done === false) {
        const { found } = result;
        if (isRecorded && found?.id !== id) return { verdict: 'cancelled' };
        if (found === undefined) break;
        // An earlier receive queued it again, or its webhook has queued it but not recorded that yet. The entry of a copy
        // that waited (no `holder`) may take the request whoever has claimed it since.
        const isOurs =
          (found.id === id || holder === '') &&
          (found.state === 'queued' || (found.state !== 'done' && found.holder === holder));
        if (!isOurs) return judge(request, found, { by, closes: false });
        // A webhook that queued it after an unknown outcome may not have recorded that outcome.
        next = { ...next, id: found.id, unsure: Math.max(found.unsure, unsure) };
        result = await change(request, found, next, by);
      }
      return result?.done === true
        ? { verdict: 'send', claim: hold(request, next) }
        : { verdict: 'in_progress', until: clock.now(), id, found: undefined };
    },
  };
}

function settled(result: Change | undefined): Settled {
  if (result?.done === true) return 'recorded';
  return result?.found === undefined ? 'unrecorded' : 'superseded';
}
