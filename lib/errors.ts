/** Why a webhook is refused before anything is delivered. `lib/ownid/response.ts` has the status of each. */
export type RefusalOutcome =
  | 'too_large'
  | 'unauthenticated'
  | 'secret_unavailable'
  | 'malformed'
  | 'bad_recipient'
  | 'recipient_not_allowed'
  | 'country_not_allowed'
  | 'expired';

/**
 * Thrown to refuse a request. `reason` is one of our own fixed words (`signature_mismatch`, `subject_too_long`), never
 * a part of the request, so it is safe to log.
 */
export class Refusal extends Error {
  readonly outcome: RefusalOutcome;
  readonly reason: string;

  constructor(outcome: RefusalOutcome, reason: string, options?: ErrorOptions) {
    super(`${outcome}: ${reason}`, options);
    this.name = 'Refusal';
    this.outcome = outcome;
    this.reason = reason;
  }
}

/**
 * How a delivery failed, which decides what happens next:
 *
 * - `transient`: certainly not accepted, and worth another try;
 * - `ambiguous`: the provider may or may not have accepted it;
 * - `rejected`: the provider refuses this message, and would refuse it again;
 * - `misconfigured`: our account, credentials or settings are at fault, whatever the message.
 */
export type DeliveryErrorKind = 'transient' | 'ambiguous' | 'rejected' | 'misconfigured';

/**
 * The only error that providers throw. `code` is short and safe to log (`Throttling`, `ECONNREFUSED`, `535`); the
 * provider's own words stay in `cause`, which is never logged.
 */
export class DeliveryError extends Error {
  readonly kind: DeliveryErrorKind;
  readonly code: string;
  readonly provider: string;

  constructor(kind: DeliveryErrorKind, details: { provider: string; code: string; cause?: unknown }) {
    super(`${details.provider}: ${kind} (${details.code})`, { cause: details.cause });
    this.name = 'DeliveryError';
    this.kind = kind;
    this.code = details.code;
    this.provider = details.provider;
  }
}

/** Thrown at start. The message lists every faulty setting by name, and never a value. */
export class SettingsError extends Error {
  readonly faults: readonly string[];

  constructor(faults: readonly string[]) {
    super(`${faults.length} faulty setting${faults.length === 1 ? '' : 's'}:\n  - ${faults.join('\n  - ')}`);
    this.name = 'SettingsError';
    this.faults = faults;
  }
}
