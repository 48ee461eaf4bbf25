import { type Attempt, isSmooth, type Post, type Webhook } from './history.js';
import type { Found, Terms } from './judge.js';

/** With less time left than that, what failed may have no time for the queue. */
const QUEUE_MS = 900;

/** While nothing but providers is in trouble, a first webhook's answer says what they said. */
export function judgeOutcomes({ posts, attempts, deadline }: Webhook, { route }: Terms): Found[] {
  return posts.flatMap(({ status, answered = 0, answeredAt = 0, visit }) => {
    const isFirst = ({ came, visit: other }: Post) => other === visit || came > answered;
    const isPlain = isSmooth(visit) && posts.every(isFirst);
    const own = attempts.filter((attempt) => attempt.visit === visit);
    if (!isPlain || status === undefined || own.length === 0) return [];
    const hasTime = answeredAt + visit.skewMs < deadline - QUEUE_MS;
    const expected = statusAfter(own, own.slice(-route.length), hasTime);
    if (expected === undefined || status === expected) return [];
    return [{ rule: 'an answer says what the providers said', detail: `${status} for ${expected}` }];
  });
}

/** @param pass the last attempts, as many as the route has providers: one pass through it, if they are all of them. */
function statusAfter(own: readonly Attempt[], pass: readonly Attempt[], hasTime: boolean) {
  const isMaybeSent = ({ heard = 'ambiguous' }: Attempt) => heard === 'accepted' || heard === 'ambiguous';
  if (own.some(isMaybeSent)) return 202;
  if (own.at(-1)?.heard === 'rejected') return 422;
  if (new Set(pass.map(({ provider }) => provider)).size < pass.length) return undefined;
  if (!pass.some(({ heard }) => heard === 'transient')) return 500;
  return hasTime ? 202 : undefined;
}
