import { isStruck, type Webhook } from './history.js';
import { judgeAnswers } from './judge-answers.js';
import { judgeCaps, type Limits } from './judge-caps.js';
import { judgeCounts, judgeLosses } from './judge-counts.js';
import { judgeDelivery, judgeRow } from './judge-delivery.js';
import { judgeMetrics } from './judge-metrics.js';
import { judgeOutcomes } from './judge-outcomes.js';
import { judgeRoute } from './judge-route.js';
import { judgeSends } from './judge-sends.js';
import { judgeSignatures } from './judge-signatures.js';
import type { World } from './world.js';

export interface Breach {
  readonly rule: string;
  readonly code: string;
  readonly detail: string;
}

/** What was promised in a world, and what excuses it has. Times are milliseconds. */
export interface Terms {
  readonly timeBudgetMs: number;
  readonly limits: Limits;
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
      ...judgeMetrics(webhook),
      ...judgeCounts(webhook, terms),
      ...judgeLosses(webhook),
      ...judgeOutcomes(webhook, terms),
      ...judgeSignatures(webhook, terms),
      ...judgeDelivery(webhook, terms),
      ...judgeRow(world, webhook, terms),
    ].map((found) => ({ ...found, code: webhook.code })),
  );
  for (const [sandbox, webhooks] of sandboxes) breaches.push(...judgeRoute(sandbox, webhooks, terms));
  if (!terms.areClocksApart) breaches.push(...judgeCaps(world, terms.limits));
  for (const { code, sandbox: detail } of world.overdue) {
    breaches.push({ rule: 'a function ends before it is killed', code, detail });
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
