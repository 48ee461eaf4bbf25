import { type Call, hasFailed as failed, isWordOfTable, isProvider, type Visit } from './record.js';
import { isUnsure, judgeSends } from './judge-sends.js';
import { ENOUGH_MS } from './plan.js';
import type { Run, Story } from './run.js';
import { TICK_MS } from './steady-clock.js';
import { TIME_BUDGET_MS } from './world.js';

/** The promises that a run is held to, each by what an outsider can see. */
export const RULES = [
  'an SMS is sent once',
  'an email is sent twice at most',
  'an email is sent again only after an unknown outcome',
  'nothing follows at once after an unknown outcome',
  'an unknown outcome is counted',
  'nothing is sent after the deadline',
  'nothing is sent after answers that are errors',
  'no copy of an accepted request is told 5xx',
  'every webhook is answered',
  'an answer comes within the time budget',
  'no 5xx without a cause',
  'no doubt without a cause',
  'what was answered 202 is delivered once all is well',
  'what was answered 202 and is not delivered was counted, and had a cause',
  'while all is well everything is delivered',
  'no call fails without a cause',
  'the queue is empty at the end',
  'only what crashes the worker ends in the dead-letter queue',
] as const;
export type Rule = (typeof RULES)[number];
export type Report = (rule: Rule, story?: Story) => void;

/** An answer may come that much after the time budget, with two ticks of the clock, to which each timer is rounded up. */
const GRACE_MS = 150 + 2 * TICK_MS;
/** A call may be given less time than a service takes, but not more. */
const SHORT_MS = 600;

export function judge(run: Run, report: Report): void {
  for (const story of run.stories) {
    judgeSends(story, (rule) => {
      report(rule, story);
    });
    judgeAnswers(story, run, (rule) => {
      report(rule, story);
    });
    judgeEnd(story, run, (rule) => {
      report(rule, story);
    });
  }
  for (const call of run.calls) {
    if (!failed(call) || call.fault !== undefined) continue;
    const { sentAt, endedAt = sentAt, heard, requests } = call;
    const isShort = endedAt - sentAt < SHORT_MS;
    if (typeof heard === 'object' && heard.code === 'TIMEOUT' && isShort) continue;
    report('no call fails without a cause', run.stories[requests[0] ?? -1]);
  }
  for (let entry = 0; entry < run.left; entry += 1) report('the queue is empty at the end');
  for (const request of run.dead) {
    const story = run.stories[request];
    if (story?.visits.some(({ isTroubled }) => isTroubled) === true) continue;
    report('only what crashes the worker ends in the dead-letter queue', story);
  }
}

function judgeAnswers({ visits, calls, route }: Story, run: Run, report: (rule: Rule) => void): void {
  const posts = visits.filter(({ by }) => by === 'webhook');
  for (const { from, to, status, ...post } of posts) {
    if (to === undefined || status === undefined) {
      report('every webhook is answered');
      continue;
    }
    if (to - from > TIME_BUDGET_MS + GRACE_MS) {
      report('an answer comes within the time budget');
    }
    if (status < 500) continue;
    const own = calls.filter(
      (call) => call.visit?.sandbox === post.sandbox && call.sentAt >= from && call.sentAt <= to,
    );
    // The table was asked, and told what it knows of the request.
    const hasSeen = own.some((call) => isWordOfTable(call));
    const wasInDoubt = calls.some((call) => isUnsureAttempt(call) && call.sentAt < from);
    // What was accepted without the table, nobody can know of. Who lost its claim to a copy, having sent nothing, is
    // answered 202 because that copy may send it: it may also fail.
    const wasAccepted = posts.some(
      (other) =>
        other.status === 202 &&
        (other.to ?? Infinity) < from &&
        (wasInDoubt || !other.metrics.includes('unconfirmed')) &&
        isTakenDown(other, calls),
    );
    if (wasAccepted && hasSeen) report('no copy of an accepted request is told 5xx');
    const mayFail = (call: Call) =>
      failed(call) && (own.includes(call) || isNearby(call, { from, to, route }));
    if (!own.some(failed) && !run.calls.some(mayFail)) report('no 5xx without a cause');
  }
}

/** Whether the table has a visit's row: it answered before the visit sent anything, or it carried out a write. */
function isTakenDown(visit: Visit, calls: readonly Call[]): boolean {
  const isItsOwn = (call: Call) =>
    call.visit === visit || (call.visit === undefined && call.sentAt >= visit.from);
  const sends = calls.filter(
    (call) => isItsOwn(call) && (isProvider(call.service) || call.service === 'queue'),
  );
  const sentAt = Math.min(...sends.map((call) => call.sentAt));
  return calls.some(
    (call) =>
      call.visit === visit &&
      isWordOfTable(call) &&
      (call.heard === 200 || (call.endedAt ?? Infinity) <= sentAt),
  );
}

/** Whether a call that cannot be told to be about a request may have been. */
function isNearby(
  { requests, visit, service, sentAt }: Call,
  { from, to, route }: { from: number; to: number; route: Story['route'] },
): boolean {
  const isLoose = requests.length === 0 || (visit === undefined && service !== 'token');
  const isConcerned = route.includes(service) || service === 'token' || service === 'parameters';
  return (
    (isLoose || service === 'token' || service === 'parameters') &&
    isConcerned &&
    sentAt <= to &&
    sentAt >= from - 10_000
  );
}

function judgeEnd(story: Story, run: Run, report: (rule: Rule) => void): void {
  const { visits, calls, deadline, channel, isPopular, route } = story;
  const { clearsAt } = run;
  const posts = visits.filter(({ by }) => by === 'webhook');
  const [first] = posts;
  if (first === undefined) return;
  const metrics = new Set(visits.flatMap((visit) => visit.metrics));
  const until = Math.max(...visits.map(({ to = 0 }) => to));
  const troubles = calls.filter(failed);
  const isTroubled =
    troubles.length > 0 ||
    visits.some((visit) => visit.isTroubled) ||
    run.calls.some((call) => failed(call) && isNearby(call, { from: first.from, to: until, route }));
  if (metrics.has('unconfirmed') && !isTroubled) report('no doubt without a cause');
  if (calls.some(({ takenAt }) => takenAt !== undefined)) return;

  const isCapped = posts.some(({ status }) => status === 429) && isPopular;
  if (first.from >= clearsAt && !isCapped) {
    report('while all is well everything is delivered');
    return;
  }
  if (!posts.some(({ status }) => status === 202) || calls.some(({ fault }) => fault?.isRejection === true))
    return;
  const unknown = calls.filter(isUnsureAttempt).length;
  const isHindered = troubles.some(({ service }) => service === 'table' || service === 'queue');
  // What nobody can know may be sent once more, by email, and is lost if that is unknown too or could not be arranged.
  const isGivenUp = unknown > (channel === 'sms' ? 0 : 1) || (isHindered && metrics.has('unconfirmed'));
  if (deadline >= clearsAt + ENOUGH_MS && !isGivenUp) {
    report('what was answered 202 is delivered once all is well');
    return;
  }
  const isCounted = ['unconfirmed', 'expired'].some((name) => metrics.has(name));
  if (!isCounted || !isTroubled) {
    report('what was answered 202 and is not delivered was counted, and had a cause');
  }
}

function isUnsureAttempt(call: Call): boolean {
  return isProvider(call.service) && isUnsure(call);
}
