import { isStruck, type Trouble, type Visit, type Webhook } from './history.js';
import type { Found } from './judge.js';

/** The metric that counts a service's failures, for an alarm. */
const ALARMS = [
  { service: 'table', metric: 'stateStoreDown' },
  { service: 'queue', metric: 'queueDown' },
] as const;

/** So many calls of a visit, for which no time is left, are not even made. */
const WITHOUT_TIME = 2;

const hasFailed = ({ ended }: Trouble) => ended !== 'done';

/** Every call that fails is measured once, and no other but for want of time. */
export function judgeAlarms({ visits }: Webhook): Found[] {
  return visits.flatMap((visit) => (isOwn(visit) ? ALARMS.flatMap((alarm) => judgeAlarm(visit, alarm)) : []));
}

/** Whether what its sandbox measured is all about it, and complete. */
function isOwn(visit: Visit): boolean {
  return !visit.isShared && !visit.isDouble && !isStruck(visit) && visit.endedAt !== undefined;
}

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
