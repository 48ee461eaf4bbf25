import type { DeliveryErrorKind, RefusalOutcome } from '../errors.js';

/** How a webhook ended: the one vocabulary of answers, logs and metrics. */
export type Outcome =
  | 'accepted'
  | 'queued'
  | 'replayed'
  | 'unconfirmed'
  | 'dry_run'
  | 'failed'
  | 'cap_reached'
  | RefusalOutcome
  | Exclude<DeliveryErrorKind, 'ambiguous'>;

/**
 * The one table of answers. 202 means that the message is with a provider, or durably queued, or that its acceptance
 * could not be confirmed, which is counted separately. After any other answer nothing is queued, and nothing was
 * knowingly sent.
 */
export const STATUS: Readonly<Record<Outcome, number>> = {
  accepted: 202,
  queued: 202,
  replayed: 202,
  unconfirmed: 202,
  dry_run: 202,
  malformed: 400,
  bad_recipient: 400,
  unauthenticated: 401,
  too_large: 413,
  rejected: 422,
  expired: 422,
  recipient_not_allowed: 429,
  country_not_allowed: 429,
  cap_reached: 429,
  misconfigured: 500,
  failed: 500,
  transient: 503,
  secret_unavailable: 503,
};

/** An answer that API Gateway (both kinds), function URLs and load balancers all understand. */
export interface HttpResult {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: '';
  readonly isBase64Encoded: false;
}

/** The answer to an outcome. Its body is always empty: a caller without a valid signature learns nothing from it. */
export function respond(outcome: Outcome): HttpResult {
  return { statusCode: STATUS[outcome], headers: {}, body: '', isBase64Encoded: false };
}
