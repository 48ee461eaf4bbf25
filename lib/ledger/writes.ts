import { type Clock, sleep } from '../clock.js';
import type { LedgerRequest } from './claim.js';
import type { Change, LedgerTable, Row } from './table.js';

/** Between two tries of a write. */
export const PAUSE_MS = 50;

/**
 * Conditional writes to a request's row.
 *
 * @param options.onDown called on every write that fails.
 */
export function createWrites(options: {
  table: LedgerTable;
  clock: Clock;
  onDown: (error: unknown) => void;
}) {
  const { table, clock, onDown } = options;

  /** Tries once; undefined if the table did not answer. */
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
      // An earlier try whose answer was lost may have been carried out.
      if (result?.done === false && isSame(result.found, next)) return { done: true };
      if (result !== undefined) return result;
      if (clock.now() + PAUSE_MS >= last) return undefined;
      await sleep(clock, PAUSE_MS);
    }
  };

  return { write, change };
}

/** Whether the row found is the one that was to be written; a copy may watch it by now. */
export function isSame(found: Row | undefined, next: Row | undefined): boolean {
  const isWatched = found?.state === 'watched' && next?.state === 'sending';
  return found?.holder === next?.holder && (found?.state === next?.state || isWatched);
}
