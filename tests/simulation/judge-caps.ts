import { hashRecipient } from '../../lib/telemetry/log.js';
import { decodeSecret } from '../../lib/ownid/signature.js';
import { isStruck, isTableTroubled, type Post, type Visit, type Webhook } from './history.js';
import type { Breach } from './judge.js';
import { NEXT_SECRET, SECRET, type World } from './world.js';

/** How many messages there may be to one recipient in a window, and how many SMS in a day; undefined where that is not capped. */
export interface Limits {
  readonly recipient: number | undefined;
  readonly recipientWindowMs: number;
  readonly total: number | undefined;
}

/** Webhooks that are counted together. */
interface Cap {
  readonly name: string;
  readonly limit: number;
  readonly windowMs: number;
  readonly webhooks: readonly Webhook[];
  /** Counters by how their keys begin, and which of OwnID's secrets they belong to, if any. */
  readonly counters: readonly { readonly prefix: string; readonly secret?: string }[];
}

const DAY_MS = 86_400_000;
/** A webhook is counted that long after it came, at most. */
const BUDGET_MS = 5000;

/** A cap is exact: nothing above it is sent, and nothing below it is refused. */
export function judgeCaps(world: World, limits: Limits): Breach[] {
  const webhooks = [...world.webhooks.values()];
  const caps = [...recipientCaps(webhooks, limits), ...totalCaps(webhooks, limits)];
  const refused = webhooks.flatMap((webhook) =>
    webhook.posts.flatMap((post) => (post.status === 429 ? [{ webhook, post }] : [])),
  );
  return [
    ...caps.flatMap((cap) => cap.counters.flatMap((counter) => judgeAbove(world, cap, counter))),
    ...refused.flatMap(({ webhook, post }) => {
      const its = caps.filter((cap) => cap.webhooks.includes(webhook));
      const counts = its.map((cap) => ({ ...cap, most: mostCounted(cap, webhook, post) }));
      if (counts.some(({ most, limit }) => most >= limit)) return [];
      const detail = counts.map(({ name, most, limit }) => `${name}: ${most} of ${limit}`).join();
      return [{ rule: 'nothing below a cap is refused', code: webhook.code, detail }];
    }),
  ];
}

function recipientCaps(
  webhooks: readonly Webhook[],
  { recipient: limit, recipientWindowMs: windowMs }: Limits,
): Cap[] {
  if (limit === undefined) return [];
  return [...new Set(webhooks.map(({ to }) => to))].map((to) => ({
    name: to,
    limit,
    windowMs,
    webhooks: webhooks.filter((webhook) => webhook.to === to),
    counters: [SECRET, NEXT_SECRET].map((secret) => ({
      prefix: `cap:recipient:${hashRecipient(to, decodeSecret(secret))}:`,
      secret,
    })),
  }));
}

function totalCaps(webhooks: readonly Webhook[], { total: limit }: Limits): Cap[] {
  if (limit === undefined) return [];
  const counted = webhooks.filter(({ channel }) => channel === 'sms');
  return [
    { name: 'sms', limit, windowMs: DAY_MS, webhooks: counted, counters: [{ prefix: 'cap:total:sms:' }] },
  ];
}

/** A cap that is counted under a secret holds across its rotation, until the first one is taken out. */
function judgeAbove(
  world: World,
  { name: code, limit, windowMs, webhooks }: Cap,
  { prefix, secret }: Cap['counters'][number],
): Breach[] {
  // A second send is no second message, and version 0.1.0 counted its own.
  const senders = webhooks.flatMap(({ attempts, visits, old }) => {
    const first = attempts.find(({ takenAt }) => takenAt !== undefined);
    if (first === undefined || old !== undefined) return [];
    const root = rootOf(first.visit);
    const isOurs = secret === undefined || root.startedAt < world.retiresAt === (secret === SECRET);
    return isOurs ? [{ ...root, isAlone: visits.some(isAlone) }] : [];
  });
  if (senders.length === 0) return [];
  const times = senders.map(({ startedAt }) => startedAt);
  const keys = [...world.table.counters.keys()].filter((key) => key.startsWith(prefix)).length;
  const windows = Math.min(keys, Math.floor((Math.max(...times) - Math.min(...times)) / windowMs) + 2);
  const alone = senders.filter((sender) => sender.isAlone);
  const counted = senders.filter((sender) => !sender.isAlone);
  const isFull = counted.some(({ startedAt: from }) => {
    const near = counted.filter(
      ({ startedAt }) => startedAt >= from && startedAt < from + windowMs - BUDGET_MS,
    );
    return near.length > 2 * limit;
  });
  const isAbove = isFull || counted.length > limit * windows;
  const found = isAbove ? [{ rule: 'a cap holds', code, detail: `${counted.length}` }] : [];
  const bySandbox = new Map<string, number>();
  for (const { sandbox } of alone) bySandbox.set(sandbox, (bySandbox.get(sandbox) ?? 0) + 1);
  for (const [sandbox, count] of bySandbox) {
    // In its memory, and on what the table took without saying so.
    if (count > 2 * limit * Math.max(windows, 1)) {
      found.push({ rule: 'a cap holds in the memory of a sandbox', code, detail: `${sandbox}: ${count}` });
    }
  }
  return found;
}

/**
 * How many may have been counted when one was refused. Counts that stay, of a sandbox that was struck or could not take
 * them back, refuse a message more, and so does one that is taken back in a moment, be it a copy's.
 */
function mostCounted(
  { webhooks, windowMs }: Cap,
  webhook: Webhook,
  { answeredAt = 0, visit: refused }: Post,
): number {
  const isNear = ({ at }: Post) => at <= answeredAt && at >= answeredAt - windowMs - BUDGET_MS;
  const others = webhooks.filter((other) => other !== webhook && other.posts.some(isNear));
  const mayHaveCounted = others.filter(({ posts }) =>
    posts.some(({ status: its }) => its === 202 || its === undefined),
  );
  // One is counted until its answer takes it back.
  const pending = [...others, webhook].filter(
    (other) =>
      !mayHaveCounted.includes(other) &&
      other.posts.some(
        ({ at, answeredAt: its = Infinity, visit }) =>
          visit !== refused && at <= answeredAt && its + 1100 >= answeredAt,
      ),
  );
  const stuck = webhooks.flatMap(({ visits }) =>
    visits.filter((visit) => visit.by === 'webhook' && isAlone(visit)),
  );
  return mayHaveCounted.length + pending.length + stuck.length;
}

function rootOf(visit: Visit): Visit {
  return visit.parent === undefined ? visit : rootOf(visit.parent);
}

/** Whether its sandbox may have counted by itself, or not at all. */
function isAlone(visit: Visit): boolean {
  return isStruck(visit) || isTableTroubled(visit);
}
