import type { Claim, Ledger, Verdict } from '../../../lib/ledger/claim.js';
import { type Admission, admit, claimOrWait } from '../../../lib/relay/admission.js';
import { createVirtualClock } from '../../support/virtual-clock.js';

const request = { key: 'k', until: 0, expiresAt: 0, secondSends: 0, timeoutMs: 1 };
const claim = { row: { id: 'a' }, isRecorded: true } as Claim;
const down: Verdict = { verdict: 'down', claim };
const inProgress: Verdict = { verdict: 'in_progress', until: 7, id: 'b', found: undefined };

describe('waiting for a copy', () => {
  /** The table says what is left of `verdicts`, the last of them for ever. */
  function setUp(verdicts: Verdict[], random = 0.5) {
    const clock = createVirtualClock();
    const start = clock.now();
    const asked: { at: number; by: number; earlier: Claim | undefined }[] = [];
    const ledger = {
      claim: (_request: unknown, by: number, earlier?: Claim) => {
        asked.push({ at: clock.now() - start, by, earlier });
        const [verdict = inProgress] = verdicts.length > 1 ? verdicts.splice(0, 1) : verdicts;
        return Promise.resolve(verdict);
      },
    } as Ledger;
    const wait = (forMs: number) =>
      clock.until(
        claimOrWait({ ledger, clock, random: () => random }, request, { waitUntil: start + forMs, by: 5 }),
      );
    return { asked, wait };
  }

  test.each<Verdict>([{ verdict: 'send', claim }, { verdict: 'replayed' }, { verdict: 'unconfirmed' }])(
    'there is none: $verdict',
    async (verdict) => {
      const { asked, wait } = setUp([verdict]);
      expect(await wait(1000)).toBe(verdict);
      expect(asked).toEqual([{ at: 0, by: 5, earlier: undefined }]);
    },
  );

  test.each([
    [0, [0, 50, 100, 150]],
    [1, [0, 150]],
    [0.5, [0, 100, 150]],
  ])('the table is asked every 50 to 150 ms, and at the end once more (%d)', async (random, times) => {
    const { asked, wait } = setUp([inProgress], random);
    expect(await wait(150)).toBe(inProgress);
    expect(asked.map(({ at }) => at)).toEqual(times);
  });

  test('without time to wait the table is asked once', async () => {
    const { asked, wait } = setUp([inProgress]);
    expect(await wait(0)).toBe(inProgress);
    expect(asked).toHaveLength(1);
  });

  test('nothing was ever seen of one while the table is down: the message is sent', async () => {
    const { wait } = setUp([down]);
    expect(await wait(1000)).toEqual({ verdict: 'send', claim });
  });

  test('one was seen before the table went down: nothing is sent, and a claim of its own is known again', async () => {
    const { asked, wait } = setUp([inProgress, down, inProgress, down]);
    expect(await wait(350)).toBe(inProgress);
    expect(asked.map(({ earlier }) => earlier)).toEqual([undefined, undefined, claim, claim, claim]);
  });
});

describe('a cap', () => {
  const cap = { name: 'recipient', subject: 'x', limit: 1, windowMs: 1 } as const;

  function setUp(count: { takeBack: () => Promise<void> } | { reached: 'recipient' }, isRecorded = true) {
    const settled: unknown[] = [];
    const counted: unknown[] = [];
    const held = {
      isRecorded,
      settle: (...args: unknown[]) => {
        settled.push(args);
        return Promise.resolve('recorded');
      },
    } as unknown as Claim;
    const caps = {
      count: (...args: unknown[]) => {
        counted.push(args);
        return Promise.resolve(count);
      },
    };
    return { settled, counted, admitted: admit(caps, held, [cap], { timeoutMs: 9, by: 5 }), held };
  }

  test('that is reached releases the claim, and names itself', async () => {
    const { admitted, settled, counted } = setUp({ reached: 'recipient' });
    expect(await admitted).toEqual({ reached: 'recipient', released: 'recorded' });
    expect(settled).toEqual([['released', { by: 5 }]]);
    expect(counted).toEqual([[[cap], { timeoutMs: 9, by: 5, isDown: false }]]);
  });

  test('is not asked of a table that did not confirm the claim', async () => {
    const { admitted, counted } = setUp({ takeBack: () => Promise.resolve() }, false);
    await admitted;
    expect(counted).toEqual([[[cap], { timeoutMs: 9, by: 5, isDown: true }]]);
  });

  test('is given back with the claim', async () => {
    const takenBack: unknown[] = [];
    const { admitted, settled, held } = setUp({
      takeBack: (...args: unknown[]) => Promise.resolve(void takenBack.push(args)),
    });
    const { claim: its, release } = (await admitted) as Admission;
    expect(its).toBe(held);
    expect(await release(8)).toBe('recorded');
    expect([settled, takenBack]).toEqual([[['released', { by: 8 }]], [[8]]]);
  });
});
