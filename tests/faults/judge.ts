import type { Fault } from './fault.js';
import type { Story } from './run.js';
import type { Call } from './world.js';

/** A broken promise: which one, and to what end. */
export type Breach =
  | 'lost'
  | 'double SMS'
  | 'double email'
  | 'sent late'
  | 'replay sent'
  | 'refused but sent'
  | 'unconfirmed without cause'
  | 'expired without cause'
  | 'not answered';

/** How a request ended, as the promise tells ends apart. */
export type Ending =
  | 'sent at once'
  | 'sent by the worker'
  | 'sent, unconfirmed'
  | 'unconfirmed, not sent'
  | 'expired'
  | 'refused'
  | 'lost';

export interface Judgement {
  readonly breaches: readonly Breach[];
  readonly ending: Ending;
  /** What the table allows while the store is down: it was as if the guard had passed. */
  readonly sentUnguarded: boolean;
}

/** After a last try that close to the deadline a message has expired. */
const LAST_TRY_MS = 5000;

/** What is on its way when the deadline passes arrives later: TCP repeats after a second what a busy machine dropped. */
const IN_FLIGHT_MS = 1500;

/**
 * Holds one request's story against the promise of the failure table.
 *
 * @param isCalm false where the machine was too busy to answer in time, so that there need be no other cause of trouble.
 */
export function judge(story: Story, isCalm: boolean): Judgement {
  const { plan, posts, logged, calls, sends, deadline } = story;
  const outcomes = new Set(logged.map(({ outcome }) => outcome));
  const isPromised = posts.some(({ status }) => status === 202);
  const isUnconfirmed = outcomes.has('unconfirmed');
  const isExpired = logged.some(({ outcome, at }) => outcome === 'expired' && at >= deadline - LAST_TRY_MS);
  // The product's own alarm: without it, nothing excuses that a message was sent twice.
  const isUnguarded = logged.some(({ reason }) => reason === 'state_store_down');
  // The worker, too, sends an email once more after an attempt of unknown outcome.
  const isAmbiguous = logged.some(({ failures = [] }) =>
    failures.some((text) => text.includes(':ambiguous:')),
  );
  const allowed = plan.channel === 'email' && (isUnconfirmed || isAmbiguous) ? 2 : 1;
  const isDouble = sends.length > allowed;
  const isReplay = sentByReplay(story);

  const breaches: Breach[] = [];
  if (isPromised && sends.length === 0 && !isUnconfirmed && !isExpired) breaches.push('lost');
  if (isDouble && !isUnguarded) breaches.push(plan.channel === 'sms' ? 'double SMS' : 'double email');
  if (isReplay && !isUnguarded) breaches.push('replay sent');
  if (calls.some(({ service, at }) => service === 'provider' && at > deadline + IN_FLIGHT_MS)) {
    breaches.push('sent late');
  }
  const isUnpromised = !isPromised && sends.length > 0;
  if (isUnpromised && !isUnguarded) breaches.push('refused but sent');
  if (isCalm && isUnconfirmed && !mayBeUnconfirmed(story)) breaches.push('unconfirmed without cause');
  if (isCalm && isExpired && !hasTrouble(story)) breaches.push('expired without cause');
  if (posts.some(({ status }) => status === undefined)) breaches.push('not answered');

  const sentUnguarded = isUnguarded && (isDouble || isReplay || isUnpromised);
  return { breaches, ending: endingOf(), sentUnguarded };

  function endingOf(): Ending {
    if (sends.length > 0) {
      if (isUnconfirmed) return 'sent, unconfirmed';
      const byWorker = logged.some(({ outcome, attempt }) => outcome === 'accepted' && attempt !== undefined);
      return byWorker ? 'sent by the worker' : 'sent at once';
    }
    if (!isPromised) return 'refused';
    if (isUnconfirmed) return 'unconfirmed, not sent';
    return isExpired ? 'expired' : 'lost';
  }
}

/** Whether a post that came after a 202 was sent or queued. */
function sentByReplay({ posts, logged }: Story): boolean {
  const promisedAt = Math.min(
    ...posts.filter(({ status }) => status === 202).map(({ answeredAt }) => answeredAt),
  );
  const replays = new Set(posts.filter(({ at }) => at > promisedAt).map(({ id }) => id));
  return logged.some(
    ({ requestId = '', outcome = '', attempt }) =>
      attempt === undefined && replays.has(requestId) && ['accepted', 'queued'].includes(outcome),
  );
}

const isSlow = (ms: number) => ms >= 100;

function isHarmful(fault: Fault): boolean {
  switch (fault.kind) {
    case 'none':
      return false;
    case 'delayRequest':
    case 'delayResponse':
      return isSlow(fault.ms);
    case 'reset':
    case 'silence':
    case 'garbage':
    case 'nonsense':
    case 'truncate':
    case 'refuse':
      return true;
  }
}

function mayBeUnconfirmed(story: Story): boolean {
  // Throttling proves that nothing was accepted; a 5xx in which the service itself names no error proves nothing.
  const isUncertain = ({ service, fault }: Call) =>
    isHarmful(fault) && !(service === 'provider' && fault.kind === 'refuse' && fault.status === 429);
  return hasTrouble(story) && (story.outage || story.batchTroubled || story.calls.some(isUncertain));
}

function hasTrouble({ calls, outage, batchTroubled, plan }: Story): boolean {
  // So little time is left that waiting in line for a container, or for its cold start, may use it up.
  const isShort = plan.deadlineIn < 3000;
  return outage || batchTroubled || isShort || calls.some(({ fault }) => isHarmful(fault));
}
