import type { RetryQueue } from '../../lib/delivery/queue.js';
import type { LedgerTable, Row } from '../../lib/ledger/table.js';
import { withDeadline } from '../../lib/net/deadline.js';
import type { Sandbox } from './sandbox.js';
import type { World } from './world.js';

/** DynamoDB, as far as one item goes: conditional writes, seconds for expiry, items that stay after they expired. */
export class SimulatedTable {
  readonly rows = new Map<string, { readonly row: Row; readonly expiresAt: number }>();
  readonly counters = new Map<string, number>();

  port(world: World, sandbox: Sandbox): LedgerTable {
    const { clock } = sandbox;
    return {
      isShared: true,
      swap: (key, expected, next, { expiresAt, timeoutMs }) => {
        const now = clock.now();
        const isLive = (item: { expiresAt: number } | undefined) =>
          item !== undefined && Math.ceil(item.expiresAt / 1000) > Math.floor(now / 1000);
        const visit = world.visitOfKey(sandbox, key);
        const what = `${visit?.code ?? key} ${show(expected)} -> ${show(next)}`;
        const apply = () => {
          const item = this.rows.get(key);
          const holds =
            expected === undefined
              ? !isLive(item)
              : item?.row.state === expected.state && item.row.holder === expected.holder;
          if (!holds) return { done: false, found: isLive(item) ? item?.row : undefined } as const;
          world.onTransition({
            from: isLive(item) ? (item?.row.state ?? 'absent') : 'absent',
            to: next?.state ?? 'absent',
            by: sandbox.kind === 'worker' ? 'worker' : 'webhook',
          });
          if (next === undefined) this.rows.delete(key);
          else this.rows.set(key, { row: next, expiresAt });
          return { done: true } as const;
        };
        return withDeadline(clock, timeoutMs, (deadline) =>
          world.call({
            sandbox,
            service: 'table',
            what,
            deadline,
            apply,
            show: (change) => (change.done ? 'done' : `found ${show(change.found)}`),
            onEnd: (isAnswered) => {
              if (visit === undefined) return;
              if (isAnswered) visit.hasSeen = true;
              else {
                visit.failedWrites.push(world.agenda.now);
                visit.countsAlone = true;
              }
            },
          }),
        );
      },
      add: async (key, amount, { limit, timeoutMs }) => {
        if (amount > limit) return false;
        const apply = () => {
          const count = this.counters.get(key) ?? 0;
          if (amount > 0 ? this.counters.has(key) && count > limit - amount : count < -amount) return false;
          this.counters.set(key, count + amount);
          return true;
        };
        const what = `${amount > 0 ? '+' : ''}${amount} ${key.slice(0, 24)}`;
        return withDeadline(clock, timeoutMs, (deadline) =>
          world.call({
            sandbox,
            service: 'table',
            what,
            deadline,
            apply,
            show: String,
            onEnd: (isAnswered) => {
              if (!isAnswered) for (const visit of sandbox.visits.values()) visit.countsAlone = true;
            },
          }),
        );
      },
    };
  }
}

function show(row: Pick<Row, 'state' | 'holder'> | undefined): string {
  return row === undefined ? 'absent' : `${row.state}(${row.holder})`;
}

const VISIBILITY_MS = 30_000;
const MAX_RECEIVES = 16;
const BATCH = 10;
const CALL_MS = 1500;

interface Entry {
  readonly id: string;
  readonly body: string;
  visibleAt: number;
  receives: number;
}

/** An SQS standard queue with a dead-letter queue, and Lambda's poller: at least once, in no particular order. */
export class SimulatedQueue {
  readonly entries = new Map<string, Entry>();
  readonly deadLetters: Entry[] = [];
  #ids = 0;

  port(world: World, sandbox: Sandbox): RetryQueue {
    return {
      send: (queued, { delaySeconds, timeoutMs }) => {
        const body = JSON.stringify(queued);
        const visit = world.visitOfKey(sandbox, queued.key);
        const apply = () => {
          const entry: Entry = {
            id: `m${(this.#ids += 1)}`,
            body,
            visibleAt: world.agenda.now + delaySeconds * 1000,
            receives: 0,
          };
          this.entries.set(entry.id, entry);
          if (visit !== undefined) world.parents.set(entry.id, visit);
          this.#handOutLater(world, entry);
        };
        const what = `send ${visit?.code ?? ''} claim ${queued.claim.holder || 'of another'}, in ${delaySeconds} s`;
        return withDeadline(sandbox.clock, timeoutMs, (deadline) =>
          world.call({ sandbox, service: 'queue', what, deadline, apply, show: () => 'taken' }),
        );
      },
      postpone: (receiptHandle, delaySeconds) => {
        const apply = () => {
          const entry = this.entries.get(receiptHandle);
          if (entry === undefined) return;
          entry.visibleAt = world.agenda.now + delaySeconds * 1000;
          this.#handOutLater(world, entry);
        };
        const what = `postpone ${receiptHandle} by ${delaySeconds} s`;
        return withDeadline(sandbox.clock, CALL_MS, (deadline) =>
          world.call({ sandbox, service: 'queue', what, deadline, apply, show: () => 'done' }),
        );
      },
    };
  }

  #handOutLater(world: World, { id, visibleAt }: Entry): void {
    const polledAt = visibleAt + world.director.pollMs();
    world.agenda.schedule(polledAt, undefined, `hand out ${id}`, () => {
      if (this.entries.get(id)?.visibleAt === visibleAt) this.#handOut(world);
    });
  }

  #handOut(world: World): void {
    const { now } = world.agenda;
    const due = [...this.entries.values()].filter(({ visibleAt }) => visibleAt <= now).slice(0, BATCH);
    const batch = due.filter((entry) => {
      entry.visibleAt = now + VISIBILITY_MS;
      this.#handOutLater(world, entry);
      entry.receives += 1;
      if (entry.receives <= MAX_RECEIVES) return true;
      this.entries.delete(entry.id);
      this.deadLetters.push(entry);
      return false;
    });
    if (batch.length === 0) return;
    const records = batch.map(({ id, body, receives }) => ({
      messageId: id,
      receiptHandle: id,
      body,
      attributes: { ApproximateReceiveCount: String(receives) },
    }));
    const times = world.director.handsOutTwice() ? 2 : 1;
    for (let time = 0; time < times; time += 1) {
      world.work(records, (kept) => {
        for (const { id } of batch) if (!kept.has(id)) this.entries.delete(id);
      });
    }
  }
}
