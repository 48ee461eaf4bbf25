import type { InProgress, Ledger, LedgerRequest } from './claim.js';
import type { Row } from './table.js';

/** For a copy that waited in vain and has put the message into the queue: nobody may release the request from now on. */
export async function watch(
  ledger: Ledger,
  request: LedgerRequest,
  { id, found }: InProgress,
  by: number,
): Promise<void> {
  let seen = found;
  // Once more whenever the row was moved on between two writes.
  while (seen === undefined || seen.state === 'sending') {
    const next: Row =
      seen === undefined
        ? { state: 'queued', id, holder: id, until: request.until, unsure: 0 }
        : { ...seen, state: 'watched' };
    const result = await ledger.change(request, seen, next, by);
    if (result?.done !== false) return;
    seen = result.found;
  }
}
