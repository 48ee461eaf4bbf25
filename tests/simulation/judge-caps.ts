import { hashRecipient } from '../../lib/telemetry/log.js';
import { decodeSecret } from '../../lib/ownid/signature.js';
import { isStruck, isTableTroubled, type Visit, type Webhook } from './history.js';
import type { Breach } from './judge.js';
import { NEXT_SECRET, SECRET, type World } from './world.js';

/** A recipient's cap is exact: nothing above it is sent, and nothing below it is refused. */
export function judgeCaps(world: World, limit: number): Breach[] {
  const byRecipient = new Map<string, Webhook[]>();
  for (const webhook of world.webhooks.values()) {
    byRecipient.set(webhook.to, [...(byRecipient.get(webhook.to) ?? []), webhook]);
  }
  return [...byRecipient].flatMap(([to, webhooks]) => [
    ...judgeAbove(world, limit, to, webhooks, SECRET),
    ...judgeAbove(world, limit, to, webhooks, NEXT_SECRET),
    ...judgeBelow(limit, to, webhooks),
  ]);
}

/** Under a secret: a cap holds across its rotation, until the first one is taken out. */
function judgeAbove(
  world: World,
  limit: number,
  to: string,
  webhooks: readonly Webhook[],
  secret: string,
): Breach[] {
  const prefix = `cap:recipient:${hashRecipient(to, decodeSecret(secret))}:`;
  const windows = [...world.table.counters.keys()].filter((key) => key.startsWith(prefix)).length;
  // A second send is no second message, and version 0.1.0 counted its own.
  const senders = webhooks.flatMap(({ attempts, visits, old }) => {
    const first = attempts.find(({ takenAt }) => takenAt !== undefined);
    if (first === undefined || old !== undefined) return [];
    const root = rootOf(first.visit);
    const isOurs = root.startedAt < world.retiresAt === (secret === SECRET);
    return isOurs ? [{ ...root, isAlone: visits.some(isAlone) }] : [];
  });
  const alone = senders.filter((sender) => sender.isAlone);
  const counted = senders.length - alone.length;
  const found = counted <= limit * windows ? [] : [{ rule: 'a cap holds', code: to, detail: `${counted}` }];
  const bySandbox = new Map<string, number>();
  for (const { sandbox } of alone) bySandbox.set(sandbox, (bySandbox.get(sandbox) ?? 0) + 1);
  for (const [sandbox, count] of bySandbox) {
    // In its memory, and on what the table took without saying so.
    if (count > 2 * limit * Math.max(windows, 1)) {
      found.push({
        rule: 'a cap holds in the memory of a sandbox',
        code: to,
        detail: `${sandbox}: ${count}`,
      });
    }
  }
  return found;
}

/**
 * Counts that stay, of a sandbox that was struck or could not take them back, refuse a message more, and so does one that
 * is taken back in a moment, be it a copy's.
 */
function judgeBelow(limit: number, to: string, webhooks: readonly Webhook[]): Breach[] {
  return webhooks.flatMap((webhook) =>
    webhook.posts.flatMap(({ status, answeredAt = 0, visit: refused }) => {
      if (status !== 429) return [];
      const others = webhooks.filter(
        (other) => other !== webhook && other.posts.some(({ at }) => at <= answeredAt),
      );
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
      const most = mayHaveCounted.length + pending.length + stuck.length;
      return most >= limit
        ? []
        : [{ rule: 'nothing below a cap is refused', code: webhook.code, detail: `${most} to ${to}` }];
    }),
  );
}

function rootOf(visit: Visit): Visit {
  return visit.parent === undefined ? visit : rootOf(visit.parent);
}

/** Whether its sandbox may have counted by itself, or not at all. */
function isAlone(visit: Visit): boolean {
  return isStruck(visit) || isTableTroubled(visit);
}
