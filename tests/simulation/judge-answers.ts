import {
  type Attempt,
  descendsFrom,
  isHeld,
  isSmooth,
  isStruck,
  isTableTroubled,
  type Post,
  type Visit,
  wasClaimedLate,
  type Webhook,
} from './history.js';
import type { Found, Terms } from './judge.js';
import { isUnknown } from './judge-sends.js';

/** An answer may come that much after the time budget. */
const GRACE_MS = 150;
/** What a sender hears where the provider certainly did not take the message. */
const REFUSALS = ['transient', 'misconfigured', 'rejected'];
const isRefusal = ({ heard = '' }: Attempt) => REFUSALS.includes(heard);
/** An attempt takes that long at least. */
const LEAST_MS = 400;

export function judgeAnswers(webhook: Webhook, terms: Terms): Found[] {
  return webhook.posts.flatMap((post) => {
    const { answeredAt, status, visit } = post;
    if (answeredAt === undefined || status === undefined) {
      const isExcused = isStruck(visit);
      return isExcused ? [] : [{ rule: 'every webhook is answered', detail: visit.sandbox }];
    }
    const answered = { ...post, answeredAt, status };
    return [
      ...judgeTime(answered, terms),
      ...(status === 202 ? judgeAccepted(answered, webhook, terms) : judgeRefused(answered, webhook, terms)),
    ];
  });
}

type Answered = Post & { readonly answeredAt: number; readonly status: number };

function judgeTime({ at, answeredAt, visit }: Answered, { timeBudgetMs }: Terms): Found[] {
  const ms = answeredAt - at;
  const isLate = !isStruck(visit) && ms > timeBudgetMs + GRACE_MS;
  return isLate ? [{ rule: 'an answer comes within the time budget', detail: `${ms} ms` }] : [];
}

function judgeAccepted(
  { at, came, visit }: Answered,
  { channel, posts, attempts, deadline }: Webhook,
  { areClocksApart }: Terms,
): Found[] {
  const found: Found[] = [];
  const before = posts.some(({ status, answered = Infinity }) => status === 202 && answered < came);
  const earlier = attempts.filter(({ visit: other }) => other !== visit);
  const isOurs = attempts.some((attempt) => attempt.visit === visit && !attempt.isBlind);
  const wasSent = earlier.some(({ takenAt = Infinity, isBlind }) => takenAt < at && !isBlind);
  // Whose clock is ahead by more than a lease takes an email over from a sender that is at work.
  const isMisled = channel === 'email' && areClocksApart;
  if (before && isOurs && wasSent && !isMisled && !earlier.some((attempt) => isUnknown(attempt, came))) {
    found.push({ rule: 'a replay is not sent', detail: visit.sandbox });
  }
  if (visit.dues.some((due) => due >= deadline)) {
    found.push({ rule: 'what is queued is due before the deadline', detail: visit.sandbox });
  }
  return found;
}

/** Whether a copy had left the message to the queue after the visit had released it: it may be sent by either's entry. */
function isAdopted({ place }: Attempt, visit: Visit, { visits }: Webhook): boolean {
  const adopts = ({ by, records }: Visit) =>
    by === 'webhook' &&
    records.some((record) => record.from === 'absent' && record.to === 'queued' && record.place < place);
  return visits.some((other) => other !== visit && adopts(other));
}

function judgeRefused(post: Answered, webhook: Webhook, terms: Terms): Found[] {
  const { attempts, posts, deadline } = webhook;
  const { visit, status, came, answered = 0, answeredAt } = post;
  const found: Found[] = [];
  const sent = attempts.filter(
    (attempt) =>
      !attempt.visit.isDouble &&
      !isAdopted(attempt, visit, webhook) &&
      descendsFrom(attempt.visit, visit) &&
      (attempt.takenAt !== undefined || attempt.visit !== visit),
  );
  if (sent.length > 0 && !isStruck(visit) && !wasClaimedLate(post)) {
    const detail = sent.map(({ visit: { sandbox } }) => sandbox).join();
    found.push({ rule: `after ${status} nothing is sent`, detail });
  }
  const tookOver = visit.records.some(({ from, to }) => isHeld(from) && to === 'sending');
  if (status === 429 && tookOver && !isStruck(visit) && !terms.areClocksApart) {
    found.push({ rule: 'no cap refuses what was counted before', detail: visit.sandbox });
  }
  const hasExpired = answeredAt + visit.skewMs + LEAST_MS > deadline && visit.seen !== undefined;
  if (status === 503 && hasExpired && !isStruck(visit)) {
    found.push({ rule: 'what has expired is not asked for again', detail: visit.sandbox });
  }
  // Nobody can know of what was sent by who saw nothing of the request, or was left to the queue and not recorded.
  const isOfBlind = (other: Visit) =>
    attempts.some((attempt) => attempt.visit === other && attempt.isBlind) ||
    (other.dues.length > 0 && other.records.length === 0 && isTableTroubled(other));
  // Who lost its claim to a copy, having sent nothing, is answered 202 because that copy may send it: it may also fail.
  const wasInDoubt = attempts.some(
    (attempt) => attempt.place < came && !isRefusal(attempt) && isUnknown(attempt, came),
  );
  // Who released the request speaks of the time at which it did, though it may not have heard that until it answers; and
  // who tries in vain to release it, of the time at which the table last answered.
  const released = visit.records.find(({ to }) => to === 'absent')?.place ?? Infinity;
  const until = Math.min(answered, released, visit.isCutOff ? (visit.seen ?? 0) : Infinity);
  const wasAccepted = posts.some(
    ({ status: other, answered: place = Infinity, visit: its }) =>
      other === 202 &&
      place < until &&
      !isOfBlind(its) &&
      (wasInDoubt || !its.metrics.includes('unconfirmed')),
  );
  const wasSent = attempts.some(
    ({ taken = Infinity, isBlind, visit: other }) => taken < until && !isBlind && other !== visit,
  );
  // Nobody listens any more to the answer of a sandbox that was frozen meanwhile, and who saw nothing of the request
  // has nothing to go by.
  const sawNothing = visit.seen === undefined && !isSmooth(visit);
  const isExcused = isStruck(visit) || sawNothing || answeredAt >= deadline || terms.areClocksApart;
  const isFailure = [422, 429].includes(status) || status >= 500;
  if (isFailure && (wasAccepted || wasSent) && !isExcused) {
    found.push({
      rule: 'no copy of an accepted request is told that it failed',
      detail: `${visit.sandbox}: ${status}`,
    });
  }
  return found;
}
