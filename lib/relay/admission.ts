import { sleep } from '../clock.js';
import type { Cap, Caps } from '../ledger/caps.js';
import type { Claim, LedgerRequest, Settled, Verdict } from '../ledger/claim.js';
import type { Container } from './container.js';

/** A claim whose message was counted. */
export interface Admission {
  readonly claim: Claim;
  /** Undoes the admission: a copy may be sent, and the counts are taken back. */
  readonly release: (by: number) => Promise<Settled>;
}

const POLL_MS = 100;

/**
 * Claims a request. If a copy holds the claim, waits for it until `waitUntil`. If the table is down, lets the message
 * through only if nothing was ever seen of its request.
 *
 * @param by when the table must have answered, in milliseconds since the Unix epoch.
 */
export async function claimOrWait(
  { ledger, clock, random }: Pick<Container, 'ledger' | 'clock' | 'random'>,
  request: LedgerRequest,
  { waitUntil, by }: { waitUntil: number; by: number },
): Promise<Exclude<Verdict, { verdict: 'down' }>> {
  let seen: (Verdict & { verdict: 'in_progress' }) | undefined;
  let unanswered: Claim | undefined;
  for (;;) {
    const isLast = clock.now() >= waitUntil;
    const verdict = await ledger.claim(request, by, unanswered);
    if (verdict.verdict === 'down') {
      if (seen === undefined) return { verdict: 'send', claim: verdict.claim };
      unanswered = verdict.claim;
    } else if (verdict.verdict === 'in_progress') {
      seen = verdict;
    } else {
      return verdict;
    }
    if (isLast) return seen;
    await sleep(clock, Math.min(POLL_MS * (0.5 + random()), waitUntil - clock.now()));
  }
}

/** Counts a claimed message against its caps. Where one is reached, the claim is released. */
export async function admit(
  caps: Pick<Caps, 'count'>,
  claim: Claim,
  counted: readonly Cap[],
  { timeoutMs, by }: { timeoutMs: number; by: number },
): Promise<Admission | { readonly reached: string; readonly released: Settled }> {
  const count = await caps.count(counted, { timeoutMs, by, isDown: !claim.isRecorded });
  if ('reached' in count) {
    return { reached: count.reached, released: await claim.settle('released', { by }) };
  }
  return {
    claim,
    release: async (until) => {
      const [released] = await Promise.all([claim.settle('released', { by: until }), count.takeBack(until)]);
      return released;
    },
  };
}
