import { createHash } from 'node:crypto';
import type { LedgerRequest } from '../ledger/claim.js';
import { TOLERANCE_MS } from '../ownid/signature.js';

/** How long a sandbox that was held up may still be at work after its work was due. */
const LEASE_SLACK_MS = 2000;

/**
 * A request for the ledger, for a claim whose work will have ended at `endsAt`. Times are milliseconds since the Unix
 * epoch.
 *
 * @param options.deadline of the passcode. The row is kept beyond it until no copy's timestamp is fresh.
 */
export function ledgerRequest(options: {
  key: string;
  endsAt: number;
  deadline: number;
  secondSends: number;
  timeoutMs: number;
}): LedgerRequest {
  const { key, endsAt, deadline, secondSends, timeoutMs } = options;
  return { key, until: endsAt + LEASE_SLACK_MS, expiresAt: deadline + TOLERANCE_MS, secondSends, timeoutMs };
}

/** The key that all copies of a webhook share: a hash of its signature, which is an HMAC already. */
export function requestKey(signature: string): string {
  return `delivery:${createHash('sha256').update(signature).digest('base64url')}`;
}
