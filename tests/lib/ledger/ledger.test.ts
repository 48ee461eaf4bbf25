import type { LedgerRequest } from '../../../lib/ledger/claim.js';
import { createLedger } from '../../../lib/ledger/ledger.js';
import { createMemoryTable } from '../../../lib/ledger/memory.js';
import type { LedgerTable } from '../../../lib/ledger/table.js';
import { createVirtualClock } from '../../support/virtual-clock.js';

test('an entry is taken even while its webhook is recording that it is queued', async () => {
  const clock = createVirtualClock();
  const shared: LedgerTable = { ...createMemoryTable(clock.now), isShared: true };
  let ids = 0;
  const ledger = (table: LedgerTable) =>
    createLedger({ table, clock, newId: () => `id-${(ids += 1)}`, onDown: () => undefined });
  const by = clock.now() + 2000;
  const request: LedgerRequest = {
    key: 'k',
    until: clock.now() + 5000,
    expiresAt: clock.now() + 300_000,
    secondSends: 1,
    timeoutMs: 500,
  };
  const claimed = await clock.until(ledger(shared).claim(request, by));
  if (claimed.verdict !== 'send') throw new Error(claimed.verdict);
  const { claim } = claimed;

  let isRecorded = false;
  const between: LedgerTable = {
    ...shared,
    swap: async (...change) => {
      const found = await shared.swap(...change);
      if (!isRecorded) expect(await claim.settle('queued', { by })).toBe('recorded');
      isRecorded = true;
      return found;
    },
  };
  const taken = await clock.until(ledger(between).take(request, claim.entry, by));
  expect(taken.verdict).toBe('send');
});
