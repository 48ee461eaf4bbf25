import { createHash } from 'node:crypto';
import type { LedgerRequest } from '../ledger/ledger.js';
import { TOLERANCE_MS } from '../ownid/signature.js';

/** How long after its work was due a sandbox may still be alive, held up between two lines. */
const LEASE_SLACK_MS = 2000;

/**
 * A request for the ledger, claimed by who will have ended at `endsAt`. Times are milliseconds since the Unix epoch.
 *
 * @param options.deadline of the passcode: its row outlives it until no copy is fresh any more.
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

/** The key of all copies of a webhook: its signature, which is an HMAC already, shortened. */
export function requestKey(signature: string): string {
  return `delivery:${createHash('sha256').update(signature).digest('base64url')}`;
}
