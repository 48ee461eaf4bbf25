import { isSmooth, isStruck, type Visit, type Webhook } from './history.js';
import type { Found, Terms } from './judge.js';

/** OwnID's recommendation: how far a timestamp may be from the clock of who reads it. */
const FRESH_MS = 60_000;

/** What OwnID signed just now is authentic. Anything else is refused, and leaves nothing behind. */
export function judgeSignatures(
  { signature, timestamp, posts, visits, attempts }: Webhook,
  terms: Terms,
): Found[] {
  const isFresh = (at: number, { skewMs }: Visit) => Math.abs(at + skewMs - timestamp) <= FRESH_MS;
  // While the store does not answer, the secrets that were fetched last stay in use.
  const isExcused = signature === 'retired' && !terms.isAuthentic;
  const found = posts.flatMap(({ at, answeredAt = at, status = 0, visit }): Found[] => {
    if (isStruck(visit)) return [];
    const detail = `${visit.sandbox}: ${status}`;
    // The signature is not accepted, or no secret could be fetched to check it with.
    const isRefused = status === 401 || (status === 503 && !isSmooth(visit));
    const [first, last] = [isFresh(at, visit), isFresh(answeredAt, visit)];
    if (!first && !last && !isRefused) return [{ rule: 'what is stale is refused', detail }];
    if (signature !== 'authentic') {
      return isRefused || isExcused ? [] : [{ rule: 'what OwnID did not sign is refused', detail }];
    }
    const mustBeRead = terms.isAuthentic && first && last;
    return status === 401 && mustBeRead ? [{ rule: 'what OwnID signed is authentic', detail }] : [];
  });
  const wrote = visits.find(({ records }) => records.length > 0) ?? attempts[0]?.visit;
  if (signature !== 'authentic' && !isExcused && wrote !== undefined) {
    found.push({ rule: 'what OwnID did not sign leaves nothing behind', detail: wrote.sandbox });
  }
  return found;
}
