import type { Row } from '../../../lib/ledger/table.js';
import { createLedgerWorld, foreign, held, LEASE_MS, NEW } from '../../support/ledger-world.js';

describe('taking a queue entry', () => {
  const entryOf = (row: Row, isRecorded = true) => ({
    id: row.id,
    holder: row.holder,
    unsure: row.unsure,
    isRecorded,
  });
  const queued: Row = { ...foreign, state: 'queued', holder: 'h' };

  test.each<[string, Row | undefined, boolean]>([
    ['that was recorded', queued, true],
    ['whose claim was never recorded', undefined, false],
    ['whose claim may not have been recorded', queued, false],
    ['whose webhook has not recorded that yet', { ...queued, state: 'sending' }, true],
    ['whose webhook has not recorded that yet, and is watched', { ...queued, state: 'watched' }, true],
    ['that was queued again under another name', { ...queued, holder: 'another' }, true],
  ])('%s is a claim of the worker', async (_, found, isRecorded) => {
    const { take, put, row, start, writes } = createLedgerWorld();
    put(found);
    const taken = await take(entryOf(queued, isRecorded));
    // What it expects is there.
    if (found === (isRecorded ? queued : undefined)) expect(writes).toHaveLength(1);
    expect(taken.verdict).toBe('send');
    expect(row()).toEqual({
      state: 'sending',
      id: 'other',
      holder: NEW,
      until: start + LEASE_MS,
      unsure: 0,
    });
    expect(held(taken)).toMatchObject({ row: row(), isRecorded: true, lapsed: undefined });
  });

  test('of a copy that waited takes the request whoever has queued it since', async () => {
    const { take, put, row } = createLedgerWorld();
    put({ ...queued, id: 'b', holder: 'another', unsure: 1 });
    expect((await take({ id: 'a', holder: '', unsure: 0, isRecorded: false })).verdict).toBe('send');
    expect(row()).toMatchObject({ state: 'sending', id: 'b', unsure: 1 });
  });

  test('carries the unknown outcome that its webhook could not record', async () => {
    const { take, put, row } = createLedgerWorld();
    put(queued);
    await take({ ...entryOf(queued, false), unsure: 1 });
    expect(row()).toMatchObject({ unsure: 1 });
  });

  test.each<[string, Row | undefined]>([
    ['released', undefined],
    ['released and claimed again', { ...queued, id: 'b', holder: 'b' }],
  ])('whose claim was %s is none of the worker’s', async (_, found) => {
    const { take, put, row } = createLedgerWorld();
    put(found);
    expect(await take(entryOf(queued))).toEqual({ verdict: 'cancelled' });
    expect(row()).toEqual(found);
  });

  test.each<[string, Row, boolean]>([
    ['was sent', { ...queued, state: 'done' }, true],
    ['another’s entry will send', { ...queued, id: 'b' }, false],
  ])('of a message that %s is a replay', async (_, found, isRecorded) => {
    const { take, put, row } = createLedgerWorld();
    put(found);
    expect(await take(entryOf(queued, isRecorded))).toEqual({ verdict: 'replayed' });
    expect(row()).toEqual(found);
  });

  test('of a message that somebody is at work on waits for the end of the lease', async () => {
    const { take, put, start } = createLedgerWorld();
    const found: Row = { ...foreign, until: start + 1000 };
    put(found);
    expect(await take(entryOf(queued))).toEqual({
      verdict: 'in_progress',
      until: start + 1000,
      id: 'other',
      found,
    });
  });

  test('whose sender died is not closed before the loss is counted', async () => {
    const { take, put, row } = createLedgerWorld({ secondSends: 0 });
    put(foreign);
    const taken = await take(entryOf(queued));
    if (taken.verdict !== 'unconfirmed') throw new Error(taken.verdict);
    expect(row()).toEqual(foreign);
    await taken.close?.();
    expect(row()).toMatchObject({ state: 'done', holder: NEW });
  });

  test('is nobody’s where the table does not answer', async () => {
    const { take, turns, start } = createLedgerWorld();
    turns.push('lost');
    const taken = await take(entryOf(queued), start);
    expect(taken.verdict).toBe('down');
    expect(held(taken)).toMatchObject({ isRecorded: false, row: { state: 'sending', id: 'other' } });
  });

  test('is left for later where the table answers once, and no more', async () => {
    const { take, put, turns, start } = createLedgerWorld();
    put({ ...queued, holder: 'another' });
    turns.push(() => undefined, 'lost');
    expect(await take(entryOf(queued), start)).toEqual({
      verdict: 'in_progress',
      until: start,
      id: 'other',
      found: undefined,
    });
  });

  test('whose sender died is not taken over where the table does not answer in time', async () => {
    const { take, put, turns, start, row } = createLedgerWorld();
    put(foreign);
    turns.push(() => undefined, 'lost');
    expect((await take(entryOf(queued), start)).verdict).toBe('in_progress');
    expect(row()).toEqual(foreign);
  });

  test('goes on while its webhook is recording that it is queued', async () => {
    const { take, put, turns } = createLedgerWorld();
    put({ ...queued, state: 'sending' });
    turns.push(
      () => undefined,
      () => {
        put(queued);
      },
    );
    expect((await take(entryOf(queued))).verdict).toBe('send');
  });
});
