import type { LogRecord } from './log.js';
import type { Measure, MetricName } from './metrics.js';
import type { Outcome } from '../ownid/response.js';

const METRICS: Readonly<Record<Outcome, MetricName>> = {
  accepted: 'accepted',
  queued: 'queued',
  replayed: 'replayed',
  unconfirmed: 'unconfirmed',
  dry_run: 'dryRun',
  rejected: 'rejected',
  misconfigured: 'misconfigured',
  transient: 'transient',
  failed: 'failed',
  expired: 'expired',
  too_large: 'refused',
  unauthenticated: 'refused',
  secret_unavailable: 'refused',
  malformed: 'refused',
  bad_recipient: 'refused',
  recipient_not_allowed: 'refused',
  country_not_allowed: 'refused',
  cap_reached: 'refused',
};

/** Counts how an event ended, and how long its provider took. */
export function measureOutcome(
  measure: Measure,
  outcome: Outcome,
  { channel, app, provider, deliveryMs, reason }: LogRecord & { channel: string },
): void {
  const count = METRICS[outcome];
  measure({
    channel,
    app,
    provider,
    reason: count === 'refused' ? (reason ?? outcome) : undefined,
    count,
    providerLatencyMs: deliveryMs,
  });
}
