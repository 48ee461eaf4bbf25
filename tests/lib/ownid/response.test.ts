import { type Outcome, respond } from '../../../lib/ownid/response.js';

test.each<[Outcome, number]>([
  ['accepted', 202],
  ['unconfirmed', 202],
  ['queued', 202],
  ['replayed', 202],
  ['dry_run', 202],
  ['expired', 422],
  ['recipient_not_allowed', 429],
  ['cap_reached', 429],
  ['in_progress', 503],
  ['malformed', 400],
  ['bad_recipient', 400],
  ['unauthenticated', 401],
  ['too_large', 413],
  ['rejected', 422],
  ['country_not_allowed', 429],
  ['misconfigured', 500],
  ['failed', 500],
  ['transient', 503],
  ['secret_unavailable', 503],
])('%s is answered %d with an empty body', (outcome, statusCode) => {
  expect(respond(outcome)).toEqual({ statusCode, headers: {}, body: '', isBase64Encoded: false });
});
