/** Prints the median microseconds that verifying, parsing and validating one email's webhook takes. */
import { parseEmail } from '../../lib/email/message.js';
import { readRequest } from '../../lib/ownid/request.js';
import { decodeSecret, verify } from '../../lib/ownid/signature.js';
import { eventOf, SECRET } from './job.js';
import { median } from './statistics.js';

const secrets = [decodeSecret(SECRET)] as const;
/** A single run is too short for the clock. */
const BATCH = 200;
const times: number[] = [];
for (let round = 0; round < 300; round++) {
  const events = Array.from({ length: BATCH }, () => eventOf('email'));
  const startedAt = performance.now();
  for (const event of events) {
    const request = readRequest(event);
    parseEmail(verify(request, { secrets, now: Date.now() }).body);
  }
  if (round >= 50) times.push(((performance.now() - startedAt) * 1000) / BATCH);
}
console.log(median(times).toFixed(1));
