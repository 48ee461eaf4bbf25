import { descendsFrom, type Post, type Visit, type Webhook } from './history.js';
import type { Found, Terms } from './judge.js';
import { isUnknown } from './judge-sends.js';

/** An answer may come that much after the time budget. */
const GRACE_MS = 150;

export function judgeAnswers(webhook: Webhook, terms: Terms): Found[] {
  return webhook.posts.flatMap((post) => {
    const { answeredAt, status, visit } = post;
    if (answeredAt === undefined || status === undefined) {
      const isExcused = visit.struck !== undefined;
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
  const isLate = visit.struck === undefined && ms > timeBudgetMs + GRACE_MS;
  return isLate ? [{ rule: 'an answer comes within the time budget', detail: `${ms} ms` }] : [];
}

function judgeAccepted(
  { at, came, visit, answeredAt }: Answered,
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
  const isQueued = visit.metrics.includes('queued') && answeredAt > deadline;
  if (isQueued)
    found.push({ rule: 'nothing is answered with queued after the deadline', detail: visit.sandbox });
  return found;
}

function judgeRefused(post: Answered, { attempts, posts, deadline }: Webhook, terms: Terms): Found[] {
  const { visit, status, came, answered = 0, answeredAt } = post;
  const found: Found[] = [];
  if (status === 401 && terms.isAuthentic && visit.struck === undefined) {
    found.push({ rule: 'what OwnID signed is authentic', detail: visit.sandbox });
  }
  const sent = attempts.filter(
    (attempt) =>
      !attempt.visit.isDouble &&
      descendsFrom(attempt.visit, visit) &&
      (attempt.takenAt !== undefined || attempt.visit !== visit),
  );
  if (sent.length > 0 && visit.struck === undefined) {
    const detail = sent.map(({ visit: { sandbox } }) => sandbox).join();
    found.push({ rule: `after ${status} nothing is sent`, detail });
  }
  const isOfBlind = (other: Visit) => attempts.some((attempt) => attempt.visit === other && attempt.isBlind);
  // Who lost its claim to a copy, having sent nothing, is answered 202 because that copy may send it: it may also fail.
  const wasInDoubt = attempts.some((attempt) => attempt.place < came && isUnknown(attempt, came));
  const wasAccepted = posts.some(
    ({ status: other, answered: place = Infinity, visit: its }) =>
      other === 202 &&
      place < came &&
      !isOfBlind(its) &&
      (wasInDoubt || !its.metrics.includes('unconfirmed')),
  );
  // Who released the request speaks of the time at which it did, though it may not have heard that until it answers.
  const released = visit.records.find(({ to }) => to === 'absent')?.place ?? Infinity;
  const until = Math.min(answered, released);
  const wasSent = attempts.some(
    ({ taken = Infinity, isBlind, visit: other }) => taken < until && !isBlind && other !== visit,
  );
  // Nobody listens any more to the answer of a sandbox that was frozen meanwhile, and who saw nothing of the request
  // has nothing to go by.
  const isExcused =
    visit.struck !== undefined || !visit.hasSeen || answeredAt >= deadline || terms.areClocksApart;
  if (status >= 500 && (wasAccepted || wasSent) && !isExcused) {
    found.push({ rule: 'no copy of an accepted request is told 5xx', detail: `${visit.sandbox}: ${status}` });
  }
  return found;
}
