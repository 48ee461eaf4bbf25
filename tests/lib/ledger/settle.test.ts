import type { Row } from '../../../lib/ledger/table.js';
import { createLedgerWorld, foreign, held, NEW } from '../../support/ledger-world.js';

describe('settling', () => {
  test.each<['done' | 'queued', number | undefined]>([
    ['done', undefined],
    ['queued', undefined],
    ['queued', 1],
  ])('as %s moves the row on (unsure: %p)', async (to, unsure) => {
    const { claim, settle, row } = createLedgerWorld();
    const mine = held(await claim());
    expect(await settle(mine, to, undefined, unsure)).toBe('recorded');
    expect(row()).toEqual({ ...mine.row, state: to, unsure: unsure ?? 0 });
  });

  test('as released deletes the row', async () => {
    const { claim, settle, row } = createLedgerWorld();
    expect(await settle(held(await claim()), 'released')).toBe('recorded');
    expect(row()).toBeUndefined();
  });

  test('a takeover as released restores the claim that lapsed, under another name', async () => {
    const { claim, settle, row, put } = createLedgerWorld();
    put(foreign);
    expect(await settle(held(await claim()), 'released')).toBe('recorded');
    expect(row()).toEqual({ ...foreign, holder: NEW });
  });

  test.each<'done' | 'released'>(['done', 'released'])(
    'as %s is tried until it is known, and a write whose answer was lost counts',
    async (to) => {
      const { claim, settle, turns } = createLedgerWorld();
      const mine = held(await claim());
      turns.push('lost', 'no answer');
      expect(await settle(mine, to)).toBe('recorded');
    },
  );

  test.each([
    [50, 1],
    [51, 2],
  ])('with %d ms left is tried %d times', async (leftMs, times) => {
    const { claim, settle, turns, writes, clock } = createLedgerWorld();
    const mine = held(await claim());
    turns.push('lost', 'lost', 'lost');
    expect(await settle(mine, 'done', clock.now() + leftMs)).toBe('unrecorded');
    expect(writes.slice(1)).toHaveLength(times);
  });

  test('is tried once after a sandbox was frozen beyond its time, for 50 ms', async () => {
    const { claim, settle, writes, start } = createLedgerWorld();
    const mine = held(await claim());
    expect(await settle(mine, 'done', start - 60_000)).toBe('recorded');
    expect(writes.slice(1)).toEqual([{ at: 0, timeoutMs: 50 }]);
  });

  test.each<Row['state']>(['sending', 'watched', 'queued', 'done'])(
    'fails where another holds the request, which is %s',
    async (state) => {
      const { claim, settle, put, row } = createLedgerWorld();
      const mine = held(await claim());
      const found: Row = { ...mine.row, state, holder: 'another' };
      put(found);
      expect(await settle(mine, 'done')).toBe('superseded');
      expect(await settle(mine, 'released')).toBe('superseded');
      expect(row()).toEqual(found);
    },
  );

  test('fails where the row is gone', async () => {
    const { claim, settle, put, row } = createLedgerWorld();
    const mine = held(await claim());
    put(undefined);
    expect(await settle(mine, 'done')).toBe('unrecorded');
    expect(row()).toBeUndefined();
  });

  describe('a claim that the table did not confirm', () => {
    async function unconfirmed() {
      const world = createLedgerWorld();
      world.turns.push('lost', 'lost');
      return { ...world, mine: held(await world.claim()) };
    }

    test.each<'done' | 'queued'>(['done', 'queued'])('as %s makes the row', async (to) => {
      const { mine, settle, row } = await unconfirmed();
      expect(await settle(mine, to)).toBe('recorded');
      expect(row()).toEqual({ ...mine.row, state: to });
    });

    test('as released makes none', async () => {
      const { mine, settle, row } = await unconfirmed();
      expect(await settle(mine, 'released')).toBe('recorded');
      expect(row()).toBeUndefined();
    });

    test('fails where another holds the request', async () => {
      const { mine, settle, row, put } = await unconfirmed();
      put(foreign);
      expect(await settle(mine, 'done')).toBe('superseded');
      expect(row()).toEqual(foreign);
    });

    test('is tried for 300 ms, which delay every answer while the table is down', async () => {
      const { mine, settle, turns, clock } = await unconfirmed();
      turns.push(...Array.from({ length: 20 }, () => 'lost' as const));
      const from = clock.now();
      expect(await settle(mine, 'done', from + 2000)).toBe('unrecorded');
      expect(clock.now() - from).toBe(250);
    });
  });
});
