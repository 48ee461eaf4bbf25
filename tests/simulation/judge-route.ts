import { type Attempt, isStruck, type Visit, type Webhook } from './history.js';
import type { Breach, Terms } from './judge.js';
import { START } from './world.js';

/** README: a provider that failed that often in a row is passed over for so long, then probed with one message. */
const FAILURES = 3;
const PASSED_OVER_MS = 10_000;
/** What a webhook keeps for the queue, how long a worker tries, and what an attempt takes at least. */
const QUEUE_MS = 500;
const WORKER_MS = 8000;
const LEAST_MS = 400;

type Fault = (rule: string, attempt: Attempt) => void;

/** Holds the attempts that a sandbox made against the route's order. */
export function judgeRoute(sandbox: string, webhooks: readonly Webhook[], terms: Terms): Breach[] {
  const breaches: Breach[] = [];
  for (const channel of ['email', 'sms']) {
    const messages = webhooks.filter((webhook) => webhook.channel === channel);
    const made = messages.flatMap(({ attempts }) =>
      attempts.filter(({ visit }) => visit.sandbox === sandbox),
    );
    const isOpen = (provider: string, before: Attempt) => isPassedOver(made, provider, before, terms);
    for (const { code, visits, attempts, deadline } of messages) {
      const fault: Fault = (rule, { provider, handedAt }) => {
        breaches.push({ rule, code, detail: `${provider} in ${sandbox} at ${handedAt - START} ms` });
      };
      for (const visit of visits.filter((one) => one.sandbox === sandbox && !one.isDouble)) {
        const own = attempts.filter((attempt) => attempt.visit === visit);
        judgeVisit(visit, own, { terms, isOpen, deadline, fault });
      }
    }
  }
  return breaches;
}

/** Whether a provider is passed over just then; undefined where nobody outside can know. */
function isPassedOver(
  made: readonly Attempt[],
  provider: string,
  { handedAt, place }: Attempt,
  { rotates }: Terms,
): boolean | undefined {
  const asked = made.filter((attempt) => attempt.provider === provider && attempt.place < place);
  // What a provider says after its time, or to a sandbox that thaws, is not heard by the one who asked.
  if (asked.some(({ heard, visit }) => heard === undefined || isStruck(visit))) return undefined;
  const ended = asked
    .filter(({ endedPlace = Infinity }) => endedPlace < place)
    .sort((one, other) => (one.endedPlace ?? 0) - (other.endedPlace ?? 0));
  const latest = ended.slice(-FAILURES);
  const isFailing =
    latest.length === FAILURES && latest.every(({ heard }) => heard !== 'accepted' && heard !== 'rejected');
  if (!isFailing) return false;
  const touchedAt = Math.max(latest.at(-1)?.endedAt ?? 0, ...asked.map((attempt) => attempt.handedAt));
  if (handedAt >= touchedAt + PASSED_OVER_MS) return false;
  // A new secret makes new connections, of which nothing is known.
  return rotates ? undefined : true;
}

function judgeVisit(
  { by, startedAt, struck }: Visit,
  attempts: readonly Attempt[],
  context: {
    terms: Terms;
    isOpen: (provider: string, before: Attempt) => boolean | undefined;
    deadline: number;
    fault: Fault;
  },
): void {
  const { terms, isOpen, deadline, fault } = context;
  const [first] = attempts;
  const last = attempts.at(-1);
  if (first === undefined || last === undefined) return;
  const start = () => terms.route.map((name) => ({ name, isFirstTurn: true }));
  let turns = start();
  let passes = 1;
  for (const attempt of attempts) {
    for (;;) {
      if (turns.length === 0) {
        if (by === 'worker' || passes === 2) {
          fault('a message goes through the route once, and once more in a webhook', attempt);
          return;
        }
        passes = 2;
        turns = start();
      }
      const turn = turns.shift();
      if (turn === undefined) return;
      const isOver = turn.isFirstTurn ? isOpen(turn.name, attempt) : false;
      if (turn.name === attempt.provider && isOver !== true) break;
      if (isOver === false) {
        fault('the providers are asked in their order', attempt);
        return;
      }
      turns.push({ ...turn, isFirstTurn: false });
    }
    const isCertain = attempt.heard === 'transient' || attempt.heard === 'misconfigured';
    if (attempt !== last && !isCertain)
      fault('nothing follows at once where a failure is not certain', attempt);
  }

  const skewMs = first.handedAtThere - first.handedAt;
  const ownEnd = by === 'webhook' ? startedAt + terms.timeBudgetMs - QUEUE_MS : startedAt + WORKER_MS;
  const endsAt = Math.min(ownEnd, deadline - skewMs);
  const latest = by === 'webhook' ? endsAt - LEAST_MS : deadline - skewMs - LEAST_MS;
  if (first.handedAt > latest) fault('what has no time for an attempt is not sent', first);
  const hasFailed = last.heard === 'transient' || last.heard === 'misconfigured';
  if (hasFailed && turns.length > 0 && (last.endedAt ?? Infinity) < endsAt && struck === undefined) {
    fault('every provider is tried before a message fails', last);
  }
}
