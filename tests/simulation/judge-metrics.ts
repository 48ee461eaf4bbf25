import { isHeld, isStruck, type Post, type Trouble, type Visit, type Webhook } from './history.js';
import type { Found } from './judge.js';
import { LAST_TRY_MS } from './judge-sends.js';

/** The metric that counts a service's failures, for an alarm. */
const ALARMS = [
  { service: 'table', metric: 'stateStoreDown' },
  { service: 'queue', metric: 'queueDown' },
] as const;
/** So many calls of a visit, for which no time is left, are not even made. */
const WITHOUT_TIME = 2;

/** docs/failures.md: what OwnID sees beside each metric of how a webhook ended. */
const STATUSES: Readonly<Record<string, readonly number[]>> = {
  accepted: [202],
  queued: [202],
  replayed: [202],
  unconfirmed: [202],
  refused: [400, 401, 413, 429, 503],
  rejected: [422],
  expired: [422],
  misconfigured: [500],
  failed: [500],
  transient: [503],
};
/** How one that left nothing in the queue ended, without an attempt. */
const DROPPED = ['expired', 'unconfirmed'];
/** How a receive ended that left its entry in the queue. */
const KEPT = 'retried';

/** Every event is counted by how it ended, and every call that fails, once. */
export function judgeMetrics(webhook: Webhook): Found[] {
  const { posts, visits, attempts } = webhook;
  const closed = visits.filter(
    (visit) =>
      visit.by === 'worker' &&
      isAlone(visit) &&
      visit.records.some(({ from, to }) => isHeld(from) && to === 'done') &&
      attempts.every((attempt) => attempt.visit !== visit),
  );
  const unsaid = closed.filter(({ metrics }) => !metrics.includes('unconfirmed'));
  return [
    ...unsaid.map(({ sandbox: detail }) => ({
      rule: 'a lapsed claim is counted before it is closed',
      detail,
    })),
    ...visits
      .filter(isWhole)
      .flatMap((visit) => [
        ...judgeEnd(visit),
        ...(isAlone(visit) ? judgeAlone(visit, webhook) : []),
        ...posts.filter((post) => post.visit === visit).flatMap(judgeStatus),
      ]),
  ];
}

/** Whether its sandbox has measured all that there was. */
function isWhole(visit: Visit): boolean {
  return !isStruck(visit) && visit.endedAt !== undefined;
}

/** Whether what its sandbox measured is all about it. */
const isAlone = ({ entries, isDouble }: Visit) => entries === 1 && !isDouble;

const hasFailed = ({ ended }: Trouble) => ended !== 'done';

function judgeAlarm(
  { by, sandbox, troubles, metrics }: Visit,
  { service, metric }: (typeof ALARMS)[number],
): Found[] {
  // A worker that cannot postpone an entry leaves it to the queue's own visibility timeout, which needs no alarm.
  if (service === 'queue' && by === 'worker') return [];
  const own = troubles.filter((trouble) => trouble.service === service);
  const failed = own.filter(hasFailed).length;
  const counted = metrics.filter((name) => name === metric).length;
  const detail = `${sandbox}: ${counted} for ${failed}`;
  if (counted < failed) return [{ rule: `what fails is counted as ${metric}`, detail }];
  const most = own.length === 0 ? 0 : failed + WITHOUT_TIME;
  return counted > most ? [{ rule: `${metric} counts what fails once`, detail }] : [];
}

function judgeEnd({ sandbox, entries, metrics }: Visit): Found[] {
  const ends = metrics.filter((name) => name in STATUSES || name === KEPT);
  const doubts = ends.filter((name) => name === 'unconfirmed').length;
  const isEach = ends.length >= entries && ends.length - doubts <= entries;
  const detail = `${sandbox}: ${ends.join()} for ${entries}`;
  return isEach ? [] : [{ rule: 'how an event ended is counted once', detail }];
}

function judgeAlone(visit: Visit, { attempts, deadline }: Webhook): Found[] {
  const { by, sandbox: detail, metrics, endedAt = 0, skewMs, seen } = visit;
  const found = ALARMS.flatMap((alarm) => judgeAlarm(visit, alarm));
  const own = attempts.filter((attempt) => attempt.visit === visit);
  const isCertain = own.every(({ heard, isDoubtful }) => heard !== undefined && isDoubtful !== true);
  if (isCertain && own.some(({ heard }) => heard === 'accepted') !== metrics.includes('accepted')) {
    found.push({ rule: 'what is counted as accepted was accepted', detail });
  }
  const isDropped = by === 'worker' && own.length === 0 && DROPPED.some((name) => metrics.includes(name));
  if (isDropped && seen === undefined && deadline - (endedAt + skewMs) > LAST_TRY_MS) {
    found.push({ rule: 'nothing is dropped because the table does not answer', detail });
  }
  return found;
}

function judgeStatus({ status = 0, visit: { sandbox, metrics } }: Post): Found[] {
  const ends = metrics.filter((name) => name in STATUSES);
  const last = ends.at(-1) ?? '';
  if (STATUSES[last]?.includes(status) === true) return [];
  return [{ rule: 'an answer and its metric agree', detail: `${sandbox}: ${status} for ${last}` }];
}
