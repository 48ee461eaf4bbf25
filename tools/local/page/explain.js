/** What outcomes and reasons of the functions' log mean, for people. `lib/ownid/response.ts` has all outcomes. */

const TONES = {
  accepted: 'good',
  queued: 'wait',
  retried: 'wait',
  unconfirmed: 'wait',
  replayed: 'neutral',
  dry_run: 'neutral',
};

export const OUTCOMES = {
  queued:
    'The provider could not take it just now. It waits in the queue and is tried again until its deadline.',
  retried: 'The provider could not take it yet. It stays in the queue.',
  replayed: 'This very request was accepted before: it is answered as then, and nothing is sent again.',
  unconfirmed: 'The provider may have accepted it, but its answer never came.',
  dry_run: 'A dry run: everything was checked, and nothing was sent.',
  malformed: 'The signature is right, but the body is not what the webhook expects.',
  bad_recipient: 'The signature is right, but this is not one recipient that can get a message.',
  recipient_not_allowed: 'The allow-list of recipients does not have this one.',
  country_not_allowed: 'SMS_ALLOWED_COUNTRIES does not allow the country of this number.',
  cap_reached: 'A cap on the number of messages is reached.',
  in_progress: 'A copy of this request is being sent at this moment.',
  expired: 'The passcode’s deadline has passed: it is not sent any more.',
  unauthenticated: 'The request is not signed as OwnID signs.',
  too_large: 'The body is larger than 256 KiB.',
  rejected: 'The provider refuses this message.',
  misconfigured: 'The provider refuses our account or settings. The provider’s own code is in the log below.',
  transient: 'The provider could not take it just now, and no queue could either.',
  secret_unavailable: 'The shared secret could not be fetched from the parameter store.',
  failed: 'An error of our own. The terminal may say more.',
};

export const REASONS = {
  signature_missing: 'The header ownid-signature is missing.',
  signature_malformed: 'The header ownid-signature is not the base64 of 32 bytes.',
  signature_mismatch: 'The signature does not belong to this body, timestamp and secret.',
  timestamp_missing: 'The header ownid-timestamp is missing.',
  timestamp_malformed: 'The header ownid-timestamp is not 13 digits.',
  timestamp_stale: 'The timestamp is more than a minute from now.',
  webhook_header_mismatch:
    'The signature is right, but the header that WEBHOOK_HEADER asks for is missing or differs.',
  unknown_app: 'The settings know no app of this name.',
  parameter_malformed: 'What the parameter store holds for a setting cannot be used.',
  not_json: 'The signature is right, but the body is not JSON.',
  email_malformed: 'The signature is right, but email is not exactly one address.',
  phone_number_malformed:
    'The signature is right, but phoneNumber is not in E.164 form, such as +12025550123.',
  phone_number_not_mobile: 'The signature is right, but phoneNumber is not a number that can receive SMS.',
  cap_recipient: 'This recipient got as many messages as RECIPIENT_LIMIT allows for now.',
  cap_country: 'This country got as many messages as SMS_COUNTRY_HOURLY_LIMIT allows for now.',
  cap_total: 'As many text messages went out today as SMS_DAILY_LIMIT allows.',
};

export function toneOf({ status, outcome }) {
  if (outcome !== undefined) return TONES[outcome] ?? 'bad';
  if (status === undefined) return 'neutral';
  return status < 300 ? 'good' : 'bad';
}

/** The pill: the HTTP status and the outcome in words. */
export function labelOf({ status, outcome, request }) {
  if (request === undefined) return 'received';
  if (status === undefined) return 'on its way';
  return [status, outcome?.replaceAll('_', ' ')].filter(Boolean).join(' ');
}

/** A sentence for whatever did not simply go well; undefined for what did. */
export function explanationOf({ status, outcome, reason }) {
  if (outcome === undefined) {
    return status >= 400 ? 'API Gateway answered by itself; the terminal may say why.' : undefined;
  }
  if (REASONS[reason] !== undefined) return REASONS[reason];
  const explanation = OUTCOMES[outcome];
  if (explanation === undefined || reason === undefined || reason === outcome) return explanation;
  return `${explanation} (${reason.replaceAll('_', ' ')})`;
}
