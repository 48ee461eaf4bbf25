import {
  type Attempt,
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
import type { World } from './world.js';

const hasClosed = ({ records }: Visit) => records.some(({ from, to }) => isHeld(from) && to === 'done');

/** Whether it does not know if the queue took its message. */
const isQueueUnsure = ({ troubles }: Visit) =>
  troubles.some(({ service, ended }) => service === 'queue' && ended === 'unknown');

/** Whether it recorded that it was done with the message, or had left it to the queue, which may not have it. */
const hasLeft = (visit: Visit, unknown: readonly Attempt[]) =>
  hasClosed(visit) ||
  (unknown.some((attempt) => attempt.visit === visit) &&
    visit.records.some(({ to }) => to === 'queued') &&
    isQueueUnsure(visit));

/** Whether it took over the claim of a sandbox that seemed dead, and gave it back as it was. */
const hasGivenBack = ({ records }: Visit) =>
  records.filter(({ from, to }) => isHeld(from) && to === 'sending').length > 1;

/** A timestamp that is no further off than this is fresh by every sandbox's clock. */
const FRESH_MS = 45_000;
/** The longest pause between two receives, after one whose postponement failed. */
const LONGEST_PAUSE_MS = 90_000;
/** The last try comes 3 to 5 s before the deadline, and the queue may hand it out a little late. */
const LAST_TRY_MS = { from: 5000, to: 3000 };
/** On the way to a provider, with the calls that come before. */
const ON_THE_WAY_MS = 700;
/** How a message ends that was promised and that no provider took. */
const ENDS = ['expired', 'unconfirmed', 'rejected'];

/** Whether it met nothing but health, in time, and was refused for no good reason. */
function isCalm({ posts, timestamp, deadline }: Webhook, terms: Terms): boolean {
  const { calmFrom, timeBudgetMs, isAuthentic, areClocksApart } = terms;
  // Whose clock is ahead by more than a lease closes the claim of a sender that a cap then refuses.
  const isMisled = ({ metrics }: Visit) => areClocksApart && metrics.includes('unconfirmed');
  const isWell = ({ at, status, visit }: Post) =>
    at >= calmFrom &&
    at < deadline - timeBudgetMs &&
    Math.abs(at - timestamp) <= FRESH_MS &&
    status !== 429 &&
    !isMisled(visit) &&
    (status !== 401 || isAuthentic);
  return posts.length > 0 && posts.every(isWell);
}

/** Liveness: with a healthy provider and enough time everything is delivered. */
export function judgeDelivery(webhook: Webhook, terms: Terms): Found[] {
  const { clearsAt, pollMs, areClocksApart } = terms;
  const { channel, posts, attempts, visits, deadline, old, signature } = webhook;
  const isPromised = old === 'accepted' || posts.some(({ status }) => status === 202);
  if (signature !== 'authentic' || attempts.some(({ takenAt }) => takenAt !== undefined)) return [];
  if (isCalm(webhook, terms)) {
    const detail = String(posts[0]?.status);
    return [{ rule: 'while everything is well everything is delivered', detail }];
  }
  if (!isPromised || attempts.some(({ heard }) => heard === 'rejected')) return [];
  const isEnded = visits.some(({ metrics }) => metrics.some((metric) => ENDS.includes(metric)));
  if (!isEnded && !areClocksApart && !visits.some(isStruck)) {
    return [{ rule: 'what was answered 202 and is not delivered is counted', detail: '' }];
  }

  const areSmooth = !areClocksApart && visits.every(isSmooth);
  const unknown = attempts.filter((attempt) => isUnknown(attempt));
  const isCounted = visits.some(({ metrics }) => metrics.includes('unconfirmed'));
  // Nobody is left who could count what died with its sandbox, between its record and its metric.
  const isExplained =
    isCounted ||
    unknown.some(({ visit }) => isStruck(visit) && visit.records.length > 0 && channel === 'sms') ||
    visits.some((visit) => isStruck(visit) && visit.by === 'webhook' && hasLeft(visit, unknown));
  const hasTime = deadline > clearsAt + (areSmooth ? LAST_TRY_MS.from + 1000 : LONGEST_PAUSE_MS);
  if (hasTime && !isExplained) return [{ rule: 'what was answered 202 is delivered', detail: '' }];
  if (hasTime && areSmooth && channel === 'email' && unknown.length < 2) {
    return [{ rule: 'an email of unknown outcome is sent once more', detail: '' }];
  }
  // Who knew nothing of the row may have lost the claim to somebody who fails later, or whom a cap refuses.
  const isGuess =
    posts.some(({ status }) => status === 429) ||
    attempts.some(({ heard, isBlind }) => heard === undefined || heard === 'ambiguous' || isBlind);
  const failures = visits.flatMap(({ troubles }) =>
    troubles.filter(({ service }) => service !== 'parameters'),
  );
  // A sandbox whose clock is ahead by more than a lease takes who is at work for dead.
  // So does one that finds a claim which the table carried out when its maker had long answered.
  const isMisled =
    ((areClocksApart || posts.some(wasClaimedLate)) && visits.some(hasClosed)) ||
    (areClocksApart && visits.some(hasGivenBack));
  if (hasTime && !isGuess && !isMisled && !visits.some(isStruck) && failures.length < 2) {
    return [{ rule: 'what certainly was not sent is not given up', detail: '' }];
  }
  const last = attempts.at(-1);
  const isLate = posts.some(({ at }) => at > deadline - LAST_TRY_MS.from - terms.timeBudgetMs);
  if (!areSmooth || isLate || unknown.length > 0 || last === undefined) return [];
  const left = deadline - last.handedAtThere;
  const isLastTry = left <= LAST_TRY_MS.from && left >= LAST_TRY_MS.to - pollMs - ON_THE_WAY_MS;
  return isLastTry ? [] : [{ rule: 'the last try comes 3 to 5 s before the deadline', detail: `${left} ms` }];
}

/** What its row says when everything is over. */
export function judgeRow(world: World, { key, visits, deadline }: Webhook, terms: Terms): Found[] {
  const { clearsAt, areClocksApart } = terms;
  const row = world.table.rows.get(key)?.row;
  if (row === undefined || areClocksApart) return [];
  const isExcused = visits.some(
    (visit) =>
      (isStruck(visit) && visit.endedAt === undefined) ||
      hasGivenBack(visit) ||
      (row.state === 'queued' && isQueueUnsure(visit)) ||
      (isTableTroubled(visit) && (isHeld(row.state) || visit.metrics.includes('unconfirmed'))),
  );
  if (isExcused) return [];
  if (isHeld(row.state)) return [{ rule: 'no lease is held at the end', detail: row.holder }];
  const isLeft = row.state === 'queued' && deadline > clearsAt + LONGEST_PAUSE_MS;
  return isLeft ? [{ rule: 'nothing stays queued at the end', detail: row.holder }] : [];
}
