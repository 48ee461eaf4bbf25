import type { Claim, LedgerRequest, Verdict } from '../../lib/ledger/claim.js';
import { createLedger } from '../../lib/ledger/ledger.js';
import { createMemoryTable } from '../../lib/ledger/memory.js';
import type { LedgerTable, Row } from '../../lib/ledger/table.js';
import { watch } from '../../lib/ledger/watch.js';
import { createVirtualClock } from './virtual-clock.js';

/** What happens to a write: it is lost; it is carried out, and its answer is lost; or something is done first. */
export type Turn = 'lost' | 'no answer' | (() => void);

export const LEASE_MS = 5000;
export const TIMEOUT_MS = 500;

/**
 * A ledger over a shared table in memory, in which each write meets the next of `turns`, and then none.
 *
 * @param options.secondSends 0 as for an SMS, 1 as for an email.
 */
export function createLedgerWorld({ secondSends = 1 }: { secondSends?: number } = {}) {
  const clock = createVirtualClock();
  const memory = createMemoryTable(clock.now);
  const start = clock.now();
  const turns: Turn[] = [];
  const writes: { at: number; timeoutMs: number }[] = [];
  let row: Row | undefined;
  let downs = 0;
  let names = 0;
  const table: LedgerTable = {
    ...memory,
    isShared: true,
    swap: async (key, expected, next, options) => {
      writes.push({ at: clock.now() - start, timeoutMs: options.timeoutMs });
      const turn = turns.shift();
      if (typeof turn === 'function') turn();
      if (turn === 'lost') throw new Error('lost');
      const change = await memory.swap(key, expected, next, options);
      if (change.done) row = next;
      if (turn === 'no answer') throw new Error('no answer');
      return change;
    },
  };
  const ledger = createLedger({
    table,
    clock,
    newId: () => `name-${(names += 1)}`,
    onDown: () => (downs += 1),
  });
  const requestAt = (now: number): LedgerRequest => ({
    key: 'k',
    until: now + LEASE_MS,
    expiresAt: start + 300_000,
    secondSends,
    timeoutMs: TIMEOUT_MS,
  });
  const soon = () => clock.now() + 2000;
  /** As somebody else's write that nobody saw. */
  const put = (next: Row | undefined) => {
    void memory.swap('k', row, next, { expiresAt: start + 300_000, timeoutMs: 1 });
    row = next;
  };
  const claim = (by = soon(), earlier?: Claim) =>
    clock.until(ledger.claim(requestAt(clock.now()), by, earlier));
  const take = (entry: Claim['entry'], by = soon()) =>
    clock.until(ledger.take(requestAt(clock.now()), entry, by));
  const settle = (held: Claim, to: Parameters<Claim['settle']>[0], by = soon(), unsure?: number) =>
    clock.until(held.settle(to, { by, ...(unsure !== undefined && { unsure }) }));
  const watches = (seen: Verdict) => {
    if (seen.verdict !== 'in_progress') throw new Error(seen.verdict);
    return clock.until(watch(ledger, requestAt(start), seen, soon()));
  };
  return {
    clock,
    start,
    turns,
    writes,
    put,
    claim,
    take,
    settle,
    watches,
    row: () => row,
    downs: () => downs,
  };
}

export function held(verdict: Verdict): Claim {
  if (!('claim' in verdict)) throw new Error(verdict.verdict);
  return verdict.claim;
}

/** A name that the ledger gave. */
export const NEW = expect.stringMatching(/^name-/) as string;
/** A claim whose lease is over. */
export const foreign: Row = { state: 'sending', id: 'other', holder: 'other', until: 0, unsure: 0 };
