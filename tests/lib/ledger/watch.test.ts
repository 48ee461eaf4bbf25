import type { Row } from '../../../lib/ledger/table.js';
import { createLedgerWorld, foreign, held, LEASE_MS } from '../../support/ledger-world.js';

describe('a copy that has queued the message', () => {
  async function watched(secondSends = 1) {
    const world = createLedgerWorld({ secondSends });
    const mine = held(await world.claim());
    await world.watches(await world.claim());
    return { ...world, mine };
  }

  test('marks the row of who is at work', async () => {
    const { mine, row, writes } = await watched();
    expect(row()).toEqual({ ...mine.row, state: 'watched' });
    expect(writes).toHaveLength(3);
  });

  test('keeps who is at work from releasing it', async () => {
    const { mine, settle, row, claim } = await watched();
    expect(await settle(mine, 'released')).toBe('queued');
    expect(row()).toEqual({ ...mine.row, state: 'queued' });
    expect(await claim()).toEqual({ verdict: 'replayed' });
  });

  test('is told as little as anybody where the table does not answer', async () => {
    const { mine, settle, turns, clock } = await watched();
    turns.push(() => undefined, 'lost');
    expect(await settle(mine, 'released', clock.now())).toBe('unrecorded');
  });

  test.each<'done' | 'queued'>(['done', 'queued'])(
    'does not keep who is at work from recording it as %s',
    async (to) => {
      const { mine, settle, row } = await watched();
      expect(await settle(mine, to)).toBe('recorded');
      expect(row()).toEqual({ ...mine.row, state: to });
    },
  );

  test('marks the row of who has taken it over by then', async () => {
    const { claim, watches, put, row, start } = createLedgerWorld();
    const found: Row = { ...foreign, until: start + 1000 };
    put(found);
    const seen = await claim();
    put({ ...found, holder: 'another' });
    await watches(seen);
    expect(row()).toEqual({ ...found, holder: 'another', state: 'watched' });
  });

  test('records it as queued where it was released by then', async () => {
    const { claim, watches, put, row, start } = createLedgerWorld();
    put({ ...foreign, until: start + 1000 });
    const seen = await claim();
    put(undefined);
    await watches(seen);
    expect(row()).toEqual({
      state: 'queued',
      id: 'other',
      holder: 'other',
      until: start + LEASE_MS,
      unsure: 0,
    });
  });

  test.each<Row['state']>(['queued', 'done', 'watched'])('leaves what is %s by then', async (state) => {
    const { claim, watches, put, row, start, writes } = createLedgerWorld();
    put({ ...foreign, until: start + 1000 });
    const seen = await claim();
    const found: Row = { ...foreign, state, holder: 'another' };
    put(found);
    await watches(seen);
    expect(row()).toEqual(found);
    expect(writes).toHaveLength(2);
  });

  test('gives up where the table does not answer', async () => {
    const { claim, watches, put, row, start, turns } = createLedgerWorld();
    const found: Row = { ...foreign, until: start + 1000 };
    put(found);
    const seen = await claim();
    turns.push(...Array.from({ length: 100 }, () => 'lost' as const));
    await watches(seen);
    expect(row()).toEqual(found);
  });
});
