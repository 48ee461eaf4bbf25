import type { Verdict } from '../../../lib/ledger/claim.js';
import { createLedger } from '../../../lib/ledger/ledger.js';
import { createMemoryTable } from '../../../lib/ledger/memory.js';
import type { Change, Row } from '../../../lib/ledger/table.js';
import { createLedgerWorld, foreign, held, LEASE_MS, NEW, TIMEOUT_MS } from '../../support/ledger-world.js';
import { createVirtualClock } from '../../support/virtual-clock.js';

describe('a claim', () => {
  test('is recorded with a new name, for the length of a lease', async () => {
    const { claim, row, start, downs } = createLedgerWorld();
    const { row: claimed, isRecorded, lapsed, entry } = held(await claim());
    expect(claimed).toEqual({
      state: 'sending',
      id: 'name-1',
      holder: 'name-1',
      until: start + LEASE_MS,
      unsure: 0,
    });
    expect(row()).toEqual(claimed);
    expect([isRecorded, lapsed, downs()]).toEqual([true, undefined, 0]);
    expect(entry).toEqual({ id: 'name-1', holder: 'name-1', unsure: 0, isRecorded: true });
  });

  test.each<[Row['state'], Verdict]>([
    ['queued', { verdict: 'replayed' }],
    ['done', { verdict: 'replayed' }],
  ])('of a request that is %s is a replay', async (state, verdict) => {
    const { claim, put } = createLedgerWorld();
    put({ ...foreign, state });
    expect(await claim()).toEqual(verdict);
  });

  test.each<Row['state']>(['sending', 'watched'])(
    'of a request that is %s waits for the end of its lease, and takes over then',
    async (state) => {
      const { claim, put, row, start, clock } = createLedgerWorld();
      const found: Row = { ...foreign, state, until: start + 1000 };
      put(found);
      await clock.pass(999);
      expect(await claim()).toEqual({
        verdict: 'in_progress',
        until: start + 1000,
        id: 'other',
        found,
      });
      expect(row()).toEqual(found);
      await clock.pass(1);
      const taken = held(await claim());
      expect(taken.lapsed).toEqual(found);
      expect(taken.row).toEqual({
        state: 'sending',
        id: 'other',
        holder: NEW,
        until: start + 1000 + LEASE_MS,
        unsure: 1,
      });
      expect(row()).toEqual(taken.row);
    },
  );

  test('whose holder died is closed where nothing may be sent again', async () => {
    const { claim, put, row } = createLedgerWorld({ secondSends: 0 });
    put(foreign);
    expect(await claim()).toEqual({ verdict: 'unconfirmed' });
    expect(row()).toEqual({ ...foreign, state: 'done', holder: NEW });
    expect(await claim()).toEqual({ verdict: 'replayed' });
  });

  test.each<[string, Row | undefined, Partial<Verdict>]>([
    ['sent it meanwhile', { ...foreign, state: 'done', holder: 'copy' }, { verdict: 'replayed' }],
    [
      'took it over first',
      { ...foreign, holder: 'copy' },
      { verdict: 'in_progress', until: 0, id: 'other', found: foreign },
    ],
    ['released it', undefined, { verdict: 'in_progress', until: 0, id: 'other', found: foreign }],
  ])('that lapsed is not taken over where another copy %s', async (_, meanwhile, verdict) => {
    const { claim, put, turns } = createLedgerWorld();
    put(foreign);
    turns.push(
      () => undefined,
      () => {
        put(meanwhile);
      },
    );
    expect(await claim()).toEqual(verdict);
  });

  test('that lapsed is not taken over where the table does not answer', async () => {
    const { claim, put, turns, start } = createLedgerWorld();
    put(foreign);
    turns.push(() => undefined, 'lost');
    expect(await claim(start + 10)).toEqual({
      verdict: 'in_progress',
      until: 0,
      id: 'other',
      found: foreign,
    });
  });

  test('whose condition failed on a row that is gone by now is to be tried again', async () => {
    const clock = createVirtualClock();
    const gone: Change = { done: false, found: undefined };
    const table = { ...createMemoryTable(clock.now), swap: () => Promise.resolve(gone) };
    const ledger = createLedger({ table, clock, newId: () => 'name', onDown: () => undefined });
    const now = clock.now();
    const request = { key: 'k', until: now, expiresAt: now, secondSends: 1, timeoutMs: 1 };
    const inProgress = { verdict: 'in_progress', until: now, id: 'name', found: undefined };
    expect(await clock.until(ledger.claim(request, now))).toEqual(inProgress);
    const entry = { id: 'name', holder: 'h', unsure: 0, isRecorded: false };
    expect(await clock.until(ledger.take(request, entry, now))).toEqual(inProgress);
  });
});

describe('a table that does not answer', () => {
  test('is asked once more 50 ms later', async () => {
    const { claim, turns, writes, downs } = createLedgerWorld();
    turns.push('lost');
    expect(held(await claim()).isRecorded).toBe(true);
    expect(writes).toEqual([
      { at: 0, timeoutMs: TIMEOUT_MS },
      { at: 50, timeoutMs: TIMEOUT_MS - 50 },
    ]);
    expect(downs()).toBe(1);
  });

  test.each([
    [50, 1],
    [51, 2],
  ])('with %d ms left is asked %d times', async (leftMs, times) => {
    const { claim, turns, writes, start } = createLedgerWorld();
    turns.push('lost', 'lost', 'lost');
    expect((await claim(start + leftMs)).verdict).toBe('down');
    expect(writes).toHaveLength(times);
  });

  test('is asked once by a claim that finds another', async () => {
    const { claim, put, writes, start } = createLedgerWorld();
    put({ ...foreign, until: start + 1 });
    await claim();
    expect(writes).toHaveLength(1);
  });

  test('may have carried out a claim, which is known by its name later, though a copy watches it by then', async () => {
    const { claim, turns, watches } = createLedgerWorld();
    turns.push('no answer', 'lost');
    const first = await claim();
    expect(first.verdict).toBe('down');
    const mine = held(first);
    expect([mine.isRecorded, mine.entry.isRecorded]).toEqual([false, false]);
    await watches(await claim());
    const again = await claim(undefined, mine);
    expect(again.verdict).toBe('send');
    expect(held(again).row).toMatchObject({ id: mine.row.id, holder: mine.row.holder });
  });
});
