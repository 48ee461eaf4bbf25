import type { Attempt, Post, Visit, Webhook } from './history.js';
import type { World } from './world.js';

export interface Breach {
  readonly rule: string;
  readonly code: string;
  readonly detail: string;
}

/** An answer may come that much after the time budget. */
const GRACE_MS = 150;

export interface Terms {
  readonly timeBudgetMs: number;
  readonly recipientLimit: number | undefined;
  /** After that time everything was well. */
  readonly clearsAt: number;
  /** What was posted after that time met nothing but health. */
  readonly calmFrom: number;
}

/** Holds what was posted, answered, taken and measured against the promise. */
export function judge(world: World, terms: Terms): Breach[] {
  const breaches = [...world.webhooks.values()].flatMap((webhook) =>
    judgeWebhook(webhook, terms).map((breach) => ({ ...breach, code: webhook.code })),
  );
  if (terms.recipientLimit !== undefined) breaches.push(...judgeCaps(world, terms.recipientLimit));
  if (world.queue.entries.size > 0) {
    breaches.push({
      rule: 'the queue is empty at the end',
      code: '',
      detail: `${world.queue.entries.size} entries`,
    });
  }
  for (const [key, { row }] of world.table.rows) {
    const code = [...world.webhooks.values()].find((webhook) => webhook.key === key)?.code ?? '';
    const webhook = world.webhooks.get(code);
    const isExplained =
      webhook?.posts.some(({ visit }) => visit.isCutOff || visit.metrics.includes('unconfirmed')) === true;
    if (row.state === 'queued' && isSettled(webhook, terms) && !isExplained) {
      breaches.push({ rule: 'nothing stays queued at the end', code, detail: row.holder });
    }
  }
  return breaches;
}

function isSettled(webhook: Webhook | undefined, { clearsAt }: Terms): boolean {
  return webhook !== undefined && webhook.deadline > clearsAt + 90_000;
}

type Found = Omit<Breach, 'code'>;

function judgeWebhook(webhook: Webhook, terms: Terms): Found[] {
  const { posts, attempts, deadline } = webhook;
  return [
    ...judgeSends(webhook),
    ...attempts
      .filter(({ handedAt, clockSkewMs }) => handedAt + clockSkewMs >= deadline)
      .map(({ handedAt }) => ({
        rule: 'nothing is sent after the deadline',
        detail: `${handedAt - deadline} ms after it`,
      })),
    ...posts.flatMap((post) => judgePost(post, webhook, terms)),
    ...judgeOutcome(webhook, terms),
  ];
}

/** What was sent twice although there was no unknown outcome, or once more than an unknown outcome excuses. */
function judgeSends({ channel, attempts }: Webhook): Found[] {
  // A sandbox that never saw the request's row while the table was down had nothing to go by.
  const knowing = attempts.filter(({ takenAt, isBlind }) => takenAt !== undefined && !isBlind);
  const [first, second, third] = knowing;
  if (first === undefined || second === undefined) return [];
  const detail = knowing.map(({ visit, handedAt }) => `${visit.sandbox} at ${handedAt}`).join(', ');
  if (channel === 'sms') return [{ rule: 'an SMS is sent once', detail }];
  if (third !== undefined) return [{ rule: 'an email is sent twice at most', detail }];
  const isExcused = attempts.some((attempt) => attempt !== second && isUnknown(attempt));
  return isExcused ? [] : [{ rule: 'an email is sent twice only after an unknown outcome', detail }];
}

/** Whether those who come later cannot know how it ended. */
function isUnknown({ heard, visit, handedAt }: Attempt): boolean {
  return (
    heard === undefined ||
    heard === 'ambiguous' ||
    visit.isCutOff ||
    visit.failedWrites.some((at) => at >= handedAt)
  );
}

function judgePost(post: Post, { attempts, posts, deadline }: Webhook, terms: Terms): Found[] {
  const { at, visit, answeredAt, status } = post;
  if (answeredAt === undefined || status === undefined) {
    return visit.isCutOff ? [] : [{ rule: 'every webhook is answered', detail: visit.sandbox }];
  }
  const found: Found[] = [];
  const ms = answeredAt - at;
  if (!visit.isCutOff && ms > terms.timeBudgetMs + GRACE_MS) {
    found.push({ rule: 'an answer comes within the time budget', detail: `${ms} ms` });
  }
  if (status === 202) {
    const before = posts.some(
      (other) => other !== post && other.status === 202 && (other.answeredAt ?? Infinity) < at,
    );
    const own = attempts.filter((attempt) => attempt.visit === visit && !attempt.isBlind);
    const earlier = attempts.filter(({ visit: other }) => other !== visit);
    const wasSent = earlier.some(({ takenAt = Infinity, isBlind }) => takenAt < at && !isBlind);
    if (before && own.length > 0 && wasSent && !earlier.some(isUnknown)) {
      found.push({ rule: 'a replay is not sent', detail: visit.sandbox });
    }
    return found;
  }
  const sent = attempts.filter(
    (attempt) =>
      descendsFrom(attempt.visit, visit) && (attempt.takenAt !== undefined || attempt.visit !== visit),
  );
  if (sent.length > 0 && !visit.isCutOff) {
    found.push({
      rule: `after ${status} nothing is sent`,
      detail: sent.map(({ visit: { sandbox } }) => sandbox).join(),
    });
  }
  const isOfBlind = (other: Pick<Post, 'visit'>) =>
    attempts.some((attempt) => attempt.visit === other.visit && attempt.isBlind);
  const wasAccepted = posts.some(
    ({ status: other, answered = Infinity, ...rest }) =>
      other === 202 && answered < post.came && !isOfBlind(rest),
  );
  const wasSent = attempts.some(
    ({ taken = Infinity, isBlind, visit: other }) =>
      taken < (post.answered ?? 0) && !isBlind && other !== visit,
  );
  // Nobody listens any more to the answer of a sandbox that was frozen meanwhile.
  if (
    status >= 500 &&
    (wasAccepted || wasSent) &&
    visit.hasSeen &&
    !visit.isCutOff &&
    answeredAt < deadline
  ) {
    found.push({ rule: 'no copy of an accepted request is told 5xx', detail: `${visit.sandbox}: ${status}` });
  }
  return found;
}

function descendsFrom(visit: Visit, ancestor: Visit): boolean {
  return visit === ancestor || (visit.parent !== undefined && descendsFrom(visit.parent, ancestor));
}

function judgeOutcome(webhook: Webhook, terms: Terms): Found[] {
  const { posts, attempts } = webhook;
  const found: Found[] = [];
  for (const { visit } of posts) {
    const unknown = attempts.filter(
      (attempt) => attempt.visit === visit && attempt.heard === 'ambiguous',
    ).length;
    const counted = visit.metrics.filter((metric) => metric === 'unconfirmed').length;
    if (!visit.isCutOff && visit.endedAt !== undefined && counted < unknown) {
      found.push({ rule: 'an unknown outcome is counted', detail: visit.sandbox });
    }
  }
  const isPromised = posts.some(({ status }) => status === 202);
  const isSent = attempts.some(({ takenAt }) => takenAt !== undefined);
  const isExplained =
    attempts.some((attempt) => isUnknown(attempt) || attempt.heard === 'rejected') ||
    posts.some(({ visit }) => visit.isCutOff || visit.metrics.includes('unconfirmed'));
  if (isPromised && !isSent && !isExplained && isSettled(webhook, terms)) {
    found.push({ rule: 'what was answered 202 is delivered', detail: '' });
  }
  const isCalm = posts.every(({ at }) => at >= terms.calmFrom);
  if (isCalm && posts.length > 0 && !isSent && !posts.some(({ status }) => status === 429)) {
    found.push({
      rule: 'while everything is well everything is delivered',
      detail: `${posts[0]?.status ?? ''}`,
    });
  }
  return found;
}

/** No two windows side by side have room for more; a sandbox that counts by itself has one of its own. */
function judgeCaps(world: World, limit: number): Breach[] {
  const byRecipient = new Map<string, Attempt[]>();
  for (const { to, attempts } of world.webhooks.values()) {
    const taken = attempts.filter(({ takenAt }) => takenAt !== undefined);
    // A second send is no second message.
    if (taken[0] !== undefined) byRecipient.set(to, [...(byRecipient.get(to) ?? []), taken[0]]);
  }
  return [...byRecipient].flatMap(([to, taken]) => {
    const alone = new Set(taken.filter(({ visit }) => visit.countsAlone).map(({ visit }) => visit.sandbox));
    const isWithin = taken.length <= 2 * limit * (1 + alone.size);
    return isWithin ? [] : [{ rule: 'a cap holds', code: to, detail: `${taken.length} of ${limit}` }];
  });
}
