import type { Rule } from './judge.js';
import { type Call, hasFailed, isWordOfTable, isProvider, isUnknown, type Visit } from './record.js';
import type { Story } from './run.js';

/** What is on its way when the deadline passes. */
const ON_THE_WAY_MS = 50;

/** What was taken by providers, and what was made of outcomes that nobody can know. */
export function judgeSends(story: Story, report: (rule: Rule) => void): void {
  const { channel, calls, visits, deadline } = story;
  const taken = calls
    .filter(({ takenAt }) => takenAt !== undefined)
    .sort((one, other) => one.sentAt - other.sentAt);
  // A function that was never answered about the request while the table was down had nothing to go by.
  const knowing = taken.filter((call) => !isBlind(call, story));
  const [, second, third] = knowing;
  if (channel === 'sms' && second !== undefined) report('an SMS is sent once');
  if (third !== undefined) report('an email is sent twice at most');
  if (channel === 'email' && second !== undefined) {
    const mayBeUnknown = (call: Call) =>
      call.sentAt < second.sentAt && isProvider(call.service) && (isUnsure(call) || !isRecorded(call, story));
    if (!calls.some(mayBeUnknown)) report('an email is sent again only after an unknown outcome');
  }
  for (const call of calls.filter(isUnknown)) {
    const next = calls.some(
      (other) => isProvider(other.service) && other.visit === call.visit && other.sentAt > call.sentAt,
    );
    if (next && call.visit !== undefined) report('nothing follows at once after an unknown outcome');
    if (call.visit?.to !== undefined && !call.visit.metrics.includes('unconfirmed')) {
      report('an unknown outcome is counted');
    }
  }
  if (calls.some((call) => isProvider(call.service) && (call.arrivedAt ?? 0) > deadline + ON_THE_WAY_MS)) {
    report('nothing is sent after the deadline');
  }
  const answers = visits.filter(({ by }) => by === 'webhook');
  const isPromised = answers.some(({ status }) => status === 202);
  if (!isPromised && taken.length > 0) report('nothing is sent after answers that are errors');
}

/** Whether its caller could not know, or perhaps not. */
export function isUnsure(call: Call): boolean {
  return isUnknown(call) || call.heard === undefined;
}

/** Whether the table took down what became of an attempt, as far as its sender heard. */
function isRecorded({ visit, endedAt = Infinity }: Call, { calls }: Story): boolean {
  if (visit === undefined) return calls.every((call) => call.service !== 'table' || !hasFailed(call));
  return calls.some((call) => call.visit === visit && isWordOfTable(call) && call.sentAt >= endedAt);
}

/** Whether an attempt was made without the table ever having said anything about the request to who made it. */
function isBlind({ visit, sentAt }: Call, story: Story): boolean {
  const sawNothing = (one: Visit) =>
    !story.calls.some((call) => call.visit === one && isWordOfTable(call) && (call.endedAt ?? 0) <= sentAt);
  const isUnseen = (one: Visit) => one.from <= sentAt && (one.to ?? 0) >= sentAt && sawNothing(one);
  const own = visit === undefined ? story.visits.some(isUnseen) : sawNothing(visit);
  // A worker goes on without the table only where the webhook that queued the message saw nothing either.
  const isWorkers = visit?.by === 'worker';
  return own && (!isWorkers || story.visits.some((one) => one.by === 'webhook' && sawNothing(one)));
}
