import { type Attempt, isHeld, type Post, type Visit, type Webhook } from './history.js';
import { judgeAnswers } from './judge-answers.js';
import { judgeCaps } from './judge-caps.js';
import { judgeCounts, judgeLosses } from './judge-counts.js';
import { judgeRoute } from './judge-route.js';
import { isUnknown, judgeSends } from './judge-sends.js';
import type { World } from './world.js';

export interface Breach {
  readonly rule: string;
  readonly code: string;
  readonly detail: string;
}

/** What was promised in a world, and what excuses it has. Times are milliseconds. */
export interface Terms {
  readonly timeBudgetMs: number;
  readonly recipientLimit: number | undefined;
  /** The providers, in their order. */
  readonly route: readonly string[];
  /** After that time everything was well. */
  readonly clearsAt: number;
  /** What was posted after that time met nothing but health. */
  readonly calmFrom: number;
  /** Whether the shared secret changed meanwhile. */
  readonly rotates: boolean;
  /** Whether every sandbox had the chance to know the secret that OwnID signed with. */
  readonly isAuthentic: boolean;
  /** How late the queue hands out an entry at most. */
  readonly pollMs: number;
  /** Whether the sandboxes' clocks differ by more than a lease has room for: nobody can tell then who is still alive. */
  readonly areClocksApart: boolean;
}

export type Found = Omit<Breach, 'code'>;

/** Holds what was posted, answered, taken and measured against the promise. */
export function judge(world: World, terms: Terms): Breach[] {
  const sandboxes = new Map<string, Webhook[]>();
  for (const webhook of world.webhooks.values()) {
    for (const { sandbox } of webhook.visits) {
      const others = sandboxes.get(sandbox) ?? [];
      if (!others.includes(webhook)) sandboxes.set(sandbox, [...others, webhook]);
    }
  }
  const breaches = [...world.webhooks.values()].flatMap((webhook) =>
    [
      ...judgeSends(webhook, terms),
      ...judgeAnswers(webhook, terms),
      ...judgeCounts(webhook, terms),
      ...judgeLosses(webhook),
      ...judgeDelivery(webhook, terms),
      ...judgeRow(world, webhook, terms),
    ].map((found) => ({ ...found, code: webhook.code })),
  );
  for (const [sandbox, webhooks] of sandboxes) breaches.push(...judgeRoute(sandbox, webhooks, terms));
  if (terms.recipientLimit !== undefined && !terms.areClocksApart) {
    breaches.push(...judgeCaps(world, terms.recipientLimit));
  }
  const { entries, deadLetters } = world.queue;
  if (entries.size > 0) {
    breaches.push({ rule: 'the queue is empty at the end', code: '', detail: `${entries.size} entries` });
  }
  for (const { id } of deadLetters) {
    const webhook = world.webhooks.get(world.parents.get(id)?.code ?? '');
    if (webhook?.visits.some(isStruck) === true) continue;
    breaches.push({
      rule: 'only what crashes the worker 16 times ends in the dead-letter queue',
      code: '',
      detail: id,
    });
  }
  return breaches;
}

const isStruck = ({ struck }: Visit) => struck !== undefined;
const failed = (service: string) => (visit: Visit) =>
  visit.troubles.some((trouble) => trouble.service === service);

const hasClosed = ({ records }: Visit) => records.some(({ from, to }) => isHeld(from) && to === 'done');

/** Whether it recorded that it was done with the message, or had left it to the queue, which may not have it. */
const hasLeft = (visit: Visit, unknown: readonly Attempt[]) =>
  hasClosed(visit) ||
  (unknown.some((attempt) => attempt.visit === visit) &&
    visit.records.some(({ to }) => to === 'queued') &&
    visit.troubles.some(({ service, isAnswered }) => service === 'queue' && !isAnswered));

const wasClaimedLate = ({ visit, answered = Infinity }: Post) =>
  visit.records.some(({ place, to }) => to === 'sending' && place > answered);

/** The longest pause between two receives, after one whose postponement failed. */
const LONGEST_PAUSE_MS = 90_000;
/** The last try comes 3 to 5 s before the deadline, and the queue may hand it out a little late. */
const LAST_TRY_MS = { from: 5000, to: 3000 };
/** On the way to a provider, with the calls that come before. */
const ON_THE_WAY_MS = 700;

/** Liveness: with a healthy provider and enough time everything is delivered. */
function judgeDelivery(webhook: Webhook, terms: Terms): Found[] {
  const { clearsAt, calmFrom, pollMs, areClocksApart } = terms;
  const { channel, posts, attempts, visits, deadline, old } = webhook;
  const isPromised = old === 'accepted' || posts.some(({ status }) => status === 202);
  if (attempts.some(({ takenAt }) => takenAt !== undefined)) return [];
  const isCalm = old === undefined && posts.length > 0 && posts.every(({ at }) => at >= calmFrom);
  if (isCalm && !posts.some(({ status }) => status === 429)) {
    const detail = String(posts[0]?.status);
    return [{ rule: 'while everything is well everything is delivered', detail }];
  }
  if (!isPromised || attempts.some(({ heard }) => heard === 'rejected')) return [];

  const isSmooth =
    !areClocksApart && visits.every((visit) => !isStruck(visit) && visit.troubles.length === 0);
  const unknown = attempts.filter(isUnknown);
  const isCounted = visits.some(({ metrics }) => metrics.includes('unconfirmed'));
  // Nobody is left who could count what died with its sandbox, between its record and its metric.
  const isExplained =
    isCounted ||
    unknown.some(({ visit }) => isStruck(visit) && visit.records.length > 0 && channel === 'sms') ||
    visits.some((visit) => isStruck(visit) && visit.by === 'webhook' && hasLeft(visit, unknown));
  const hasTime = deadline > clearsAt + (isSmooth ? LAST_TRY_MS.from + 1000 : LONGEST_PAUSE_MS);
  if (hasTime && !isExplained) return [{ rule: 'what was answered 202 is delivered', detail: '' }];
  if (hasTime && isSmooth && channel === 'email' && unknown.length < 2) {
    return [{ rule: 'an email of unknown outcome is sent once more', detail: '' }];
  }
  const isGuess = attempts.some(({ heard }) => heard === undefined || heard === 'ambiguous');
  const failures = visits.flatMap(({ troubles }) =>
    troubles.filter(({ service }) => service !== 'parameters'),
  );
  // A sandbox whose clock is ahead by more than a lease takes who is at work for dead.
  // So does one that finds a claim which the table carried out when its maker had long answered.
  const isMisled = (areClocksApart || posts.some(wasClaimedLate)) && visits.some(hasClosed);
  if (hasTime && !isGuess && !isMisled && !visits.some(isStruck) && failures.length < 2) {
    return [{ rule: 'what certainly was not sent is not given up', detail: '' }];
  }
  const last = attempts.at(-1);
  if (!isSmooth || unknown.length > 0 || last === undefined) return [];
  const left = deadline - last.handedAtThere;
  const isLastTry = left <= LAST_TRY_MS.from && left >= LAST_TRY_MS.to - pollMs - ON_THE_WAY_MS;
  return isLastTry ? [] : [{ rule: 'the last try comes 3 to 5 s before the deadline', detail: `${left} ms` }];
}

/** What its row says when everything is over. */
function judgeRow(world: World, { key, visits, deadline }: Webhook, terms: Terms): Found[] {
  const { clearsAt, areClocksApart } = terms;
  const row = world.table.rows.get(key)?.row;
  const isExcused = visits.some(
    (visit) =>
      isStruck(visit) ||
      failed('queue')(visit) ||
      (failed('table')(visit) && (isHeld(row?.state) || visit.metrics.includes('unconfirmed'))),
  );
  if (row === undefined || isExcused || areClocksApart) return [];
  if (isHeld(row.state)) return [{ rule: 'no lease is held at the end', detail: row.holder }];
  const isLeft = row.state === 'queued' && deadline > clearsAt + LONGEST_PAUSE_MS;
  return isLeft ? [{ rule: 'nothing stays queued at the end', detail: row.holder }] : [];
}
