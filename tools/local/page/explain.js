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
  expired: 'The passcode’s deadline has passed: it is not sent any more.',
  unauthenticated: 'The request is not signed as OwnID signs.',
  too_large: 'The body is larger than 256 KiB.',
  rejected: 'The provider refuses this message.',
  misconfigured: 'The provider refuses our account or settings.',
  transient: 'The provider could not take it just now, and no queue could either.',
  secret_unavailable: 'The shared secret could not be fetched from the parameter store.',
  failed: 'An error of our own. The terminal may say more.',
};

/** What this inbox says of an entry itself. */
const INTERRUPTED = 'npm start ended before this was finished; what was queued went with it.';

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
  cap_range:
    'Among the 10,000 numbers around this one too many new ones got messages: in a row, or for SMS_RANGE_DAILY_LIMIT.',
  cap_country: 'This country got as many messages as SMS_COUNTRY_HOURLY_LIMIT allows for now.',
  cap_total: 'As many text messages went out today as SMS_DAILY_LIMIT allows.',
};

/** What to do, by reason or outcome. */
const TODOS = {
  signature_missing: 'OwnID signs every webhook: is something else calling, or does a proxy drop the header?',
  signature_mismatch:
    'Copy the shared secret of this very app from the OwnID console once more, without a space and with its =.',
  timestamp_stale: 'Sign again; if OwnID sent it, set this machine’s clock.',
  webhook_header_mismatch:
    'In the OwnID console, add the header under Custom HTTP Headers exactly as it is set.',
  unknown_app: 'Give the app a setting, such as EMAIL_FROM__SHOP, or correct the URL in the OwnID console.',
  cap_recipient: 'Wait, or for a test: RECIPIENT_LIMIT=* npm start',
  country_not_allowed: 'Add the country to SMS_ALLOWED_COUNTRIES in the stage’s settings.',
  recipient_not_allowed: 'Add it to EMAIL_ALLOWED_RECIPIENTS or SMS_ALLOWED_RECIPIENTS.',
  misconfigured: 'Look at the provider’s code below; npm run try shows its own words.',
  too_large: 'Send a smaller template: images belong on a server, not into the mail.',
  rejected: 'Look at the provider’s code below: the recipient may not exist or be on a suppression list.',
};

export function toneOf({ status, outcome }) {
  if (outcome === 'interrupted') return 'wait';
  if (outcome !== undefined) return TONES[outcome] ?? 'bad';
  if (status === undefined) return 'neutral';
  return status < 300 ? 'good' : 'bad';
}

/** The pill: the HTTP status and the outcome in words. */
export function labelOf({ status, outcome, channel, hasRequest }) {
  if (hasRequest === false) return 'received';
  if (status === 404 && channel === undefined) return '404 wrong URL';
  if (status === undefined && outcome === undefined) return 'on its way';
  return [status, outcome?.replaceAll('_', ' ')].filter(Boolean).join(' ');
}

/** A few words for a row: the reason, or else the outcome. */
export function shortReasonOf({ status, outcome, reason, channel, hasRequest, messages }) {
  if (hasRequest === false || (messages?.length > 0 && status < 400)) return undefined;
  if (status === 404 && channel === undefined) return 'No webhook at this URL';
  const words = (reason ?? outcome)?.replaceAll('_', ' ');
  return words && outcome !== 'accepted' ? words.charAt(0).toUpperCase() + words.slice(1) : undefined;
}

/** A sentence for whatever did not simply go well; undefined for what did. */
export function explanationOf({ status, outcome, reason, channel, method, path }) {
  if (outcome === 'interrupted') return INTERRUPTED;
  if (status === 404 && channel === undefined && path !== undefined) return wrongUrl(method, path);
  if (outcome === undefined) {
    return status >= 400 ? 'API Gateway answered by itself; the terminal may say why.' : undefined;
  }
  if (REASONS[reason] !== undefined) return REASONS[reason];
  const explanation = OUTCOMES[outcome];
  if (explanation === undefined || reason === undefined || reason === outcome) return explanation;
  return `${explanation} (${reason.replaceAll('_', ' ')})`;
}

/** What to do about it, where there is something to do. */
export function adviceOf({ status, outcome, reason, channel, path }) {
  if (status === 404 && channel === undefined && path !== undefined) {
    return `Enter ${location.origin}/${path.includes('sms') ? 'sms' : 'email'} as Endpoint URL in the OwnID console.`;
  }
  return TODOS[reason] ?? TODOS[outcome];
}

function wrongUrl(method, path) {
  if (/^\/(?:email|sms)(?:\/[^/]+)?$/.test(path)) {
    return `OwnID posts to ${path}; this was a ${method}. API Gateway answers 404.`;
  }
  return `There is nothing at ${path}: the endpoints are /email and /sms, with an app’s name behind it where there are several.`;
}
