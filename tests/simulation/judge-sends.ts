import { type Attempt, isStruck, isTableTroubled, type Webhook } from './history.js';
import type { Found, Terms } from './judge.js';
import { START, wordsOf } from './world.js';

/** The last try has at most that much time left. */
export const LAST_TRY_MS = 5000;

/** What was sent twice although no outcome was unknown, or once more than that excuses; and what was sent too late. */
export function judgeSends(
  { code, channel, attempts, deadline, to, old }: Webhook,
  { areClocksApart }: Terms,
): Found[] {
  const found: Found[] = [];
  const { subject, text } = wordsOf(code);
  const words = channel === 'email' ? [text, subject] : [text];
  for (const { handedAtThere, isLate, isBlind, visit, ...sent } of attempts) {
    const detail = `${visit.sandbox}, ${handedAtThere - deadline} ms after it`;
    if (handedAtThere >= deadline) found.push({ rule: 'nothing is sent after the deadline', detail });
    if (old === 'refused') found.push({ rule: 'after 503 nothing is sent', detail: visit.sandbox });
    if (sent.to !== to || sent.expiresAt !== deadline || sent.words.join() !== words.join()) {
      const detail = `${sent.to} ${sent.expiresAt} ${sent.words.join()}`;
      found.push({ rule: 'recipient, text and expiry are as OwnID has them', detail });
    }
    if (isLate) found.push({ rule: 'nothing is handed to a provider after its time', detail: visit.sandbox });
    const isEarly = visit.by === 'worker' && isBlind && deadline - handedAtThere > LAST_TRY_MS;
    if (isEarly) found.push({ rule: 'without the table a worker sends at its last try alone', detail });
  }
  if (!areClocksApart && attempts.some((rejected) => wasTriedAfter(rejected, attempts)))
    found.push({ rule: 'what a worker heard rejected is not sent again', detail: '' });
  // A sandbox that never saw the request's row while the table was down had nothing to go by.
  const knowing = attempts.filter(({ takenAt, isBlind }) => takenAt !== undefined && !isBlind);
  const [first, second, third] = knowing;
  if (first === undefined || second === undefined) return found;
  if (first.id !== second.id)
    found.push({ rule: 'a second send keeps the id of the first', detail: second.id });
  const detail = knowing
    .map(({ visit, handedAt }) => `${visit.sandbox} at ${handedAt - START} ms`)
    .join(', ');
  if (channel === 'sms') found.push({ rule: 'an SMS is sent once', detail });
  else if (third !== undefined) found.push({ rule: 'an email is sent twice at most', detail });
  else if (!areClocksApart && !attempts.some((one) => one !== second && isUnknown(one, second.place))) {
    found.push({ rule: 'an email is sent twice only after an unknown outcome', detail });
  }
  return found;
}

function wasTriedAfter(
  { heard, visit, endedPlace = Infinity }: Attempt,
  attempts: readonly Attempt[],
): boolean {
  if (heard !== 'rejected' || visit.by === 'webhook' || isStruck(visit) || isTableTroubled(visit))
    return false;
  return attempts.some((later) => later.visit !== visit && !later.isBlind && later.place > endedPlace);
}

/**
 * Whether those who come later, at the place `by`, cannot know how it ended: its sender did not, or could not record it. That no
 * record was made excuses only who was struck, or whose table was in trouble.
 */
export function isUnknown(
  { heard, visit, handedAt, endedPlace = Infinity, isDoubtful }: Attempt,
  by = Infinity,
): boolean {
  if (heard === 'ambiguous' || heard === undefined || isDoubtful === true) return true;
  const isRecorded = visit.records.some(({ place }) => place > endedPlace && place < by);
  const isHindered =
    isStruck(visit) || visit.troubles.some(({ service, at }) => service === 'table' && at >= handedAt);
  return !isRecorded && isHindered;
}
