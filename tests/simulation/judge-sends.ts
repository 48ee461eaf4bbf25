import type { Attempt, Webhook } from './history.js';
import type { Found, Terms } from './judge.js';
import { START } from './world.js';

/** What was sent twice although no outcome was unknown, or once more than that excuses; and what was sent too late. */
export function judgeSends(
  { channel, attempts, deadline, old }: Webhook,
  { areClocksApart }: Terms,
): Found[] {
  const found: Found[] = [];
  for (const { handedAtThere, isLate, visit } of attempts) {
    const detail = `${visit.sandbox}, ${handedAtThere - deadline} ms after it`;
    if (handedAtThere >= deadline) found.push({ rule: 'nothing is sent after the deadline', detail });
    if (old === 'refused') found.push({ rule: 'after 503 nothing is sent', detail: visit.sandbox });
    if (isLate) found.push({ rule: 'nothing is handed to a provider after its time', detail: visit.sandbox });
  }
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

/**
 * Whether those who come later, at the place `by`, cannot know how it ended: its sender did not, or could not record it. That no
 * record was made excuses only who was struck, or whose table was in trouble.
 */
export function isUnknown(
  { heard, visit, handedAt, endedPlace = Infinity }: Attempt,
  by = Infinity,
): boolean {
  if (heard === 'ambiguous' || heard === undefined) return true;
  const isRecorded = visit.records.some(({ place }) => place > endedPlace && place < by);
  const isHindered =
    visit.struck !== undefined ||
    visit.troubles.some(({ service, at }) => service === 'table' && at >= handedAt);
  return !isRecorded && isHindered;
}
