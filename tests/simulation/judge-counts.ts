import { type Attempt, descendsFrom, isHeld, isStruck, type Visit, type Webhook } from './history.js';
import type { Found, Terms } from './judge.js';

/** Every unknown outcome is counted as unconfirmed, and once: by who made the attempt, or by who found its claim lapsed. */
export function judgeCounts(
  { channel, visits, attempts }: Webhook,
  { timeBudgetMs, areClocksApart }: Terms,
): Found[] {
  const found: Found[] = [];
  const quick: Visit[] = [];
  for (const visit of visits) {
    const { endedAt, startedAt, sandbox } = visit;
    if (visit.entries > 1 || isStruck(visit) || endedAt === undefined) continue;
    const own = attempts.filter((attempt) => attempt.visit === visit);
    if (visit.by === 'worker' && own.at(-1)?.heard === 'rejected' && !visit.metrics.includes('rejected')) {
      found.push({ rule: 'what a worker heard rejected is counted', detail: sandbox });
    }
    const unknown = own.filter(({ heard }) => heard === 'ambiguous' || heard === undefined).length;
    const counted = visit.metrics.filter((metric) => metric === 'unconfirmed').length;
    const tookOver = visit.records.some(({ from, to }) => isHeld(from) && to === 'sending');
    const detail = `${sandbox}: ${counted} of ${unknown}`;
    if (counted < unknown) found.push({ rule: 'an unknown outcome is counted', detail });
    // A claim that turned out to be somebody else's by now, or a queue that may have what was refused, is unconfirmed too.
    const isCertain = own.length > 0 && !tookOver && visit.troubles.length === 0 && !areClocksApart;
    const mayBe = own.filter(({ isDoubtful }) => isDoubtful === true).length;
    const most = Math.max(unknown + mayBe, isCertain ? 0 : 1) + (tookOver ? 1 : 0);
    if (counted > most) found.push({ rule: 'an unknown outcome is counted once', detail });
    // One that waited until its answer was due answers for itself.
    const waited = visit.by === 'webhook' && endedAt - startedAt >= timeBudgetMs - 600;
    if (channel === 'sms' && own.length === 0 && counted > 0 && !waited && visit.troubles.length === 0) {
      quick.push(visit);
    }
  }
  const isTwice = quick.some((one) =>
    quick.some(({ startedAt }) => one.endedAt !== undefined && startedAt > one.endedAt),
  );
  if (isTwice && !areClocksApart) {
    const detail = quick.map(({ sandbox }) => sandbox).join();
    found.push({ rule: 'a lapsed claim is counted once', detail });
  }
  return found;
}

/** Whether somebody sent it once more whose sender had died or was frozen, and nobody counted that. */
export function judgeLosses({ visits, attempts }: Webhook): Found[] {
  if (visits.some(({ metrics }) => metrics.includes('unconfirmed'))) return [];
  const isWhole = ({ visit, isBlind }: Attempt) =>
    !isBlind && !isStruck(visit) && visit.endedAt !== undefined;
  const finders = attempts.filter(
    (later) => isWhole(later) && attempts.some((first) => isLost(first, later)),
  );
  return finders.map(({ visit: { sandbox: detail } }) => ({
    rule: 'a loss that is found is counted',
    detail,
  }));
}

/** Whether a sender was struck before it could say, in the table or to the queue, how the first attempt ended. */
function isLost({ visit, place, endedPlace = Infinity, isBlind }: Attempt, later: Attempt): boolean {
  const isOver = endedPlace < later.place || visit.records.some((record) => record.place > place);
  return !isBlind && isStruck(visit) && place < later.place && !isOver && !descendsFrom(later.visit, visit);
}
