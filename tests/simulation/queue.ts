import type { RetryQueue } from '../../lib/delivery/queue.js';
import { withDeadline } from '../../lib/net/deadline.js';
import type { Sandbox } from './sandbox.js';
import type { World } from './world.js';

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
        visit?.dues.push(sandbox.clock.now() + delaySeconds * 1000);
        const apply = () => {
          const id = this.put(world, body, delaySeconds);
          if (visit !== undefined) world.parents.set(id, visit);
        };
        const what = `send ${visit?.code ?? ''} claim ${queued.claim.holder || 'of another'}, in ${delaySeconds} s`;
        return withDeadline(sandbox.clock, timeoutMs, (deadline) =>
          world.network.call({ sandbox, service: 'queue', what, deadline, apply, show: () => 'taken' }),
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
          world.network.call({ sandbox, service: 'queue', what, deadline, apply, show: () => 'done' }),
        );
      },
    };
  }

  /** @returns the id of the new entry. */
  put(world: World, body: string, delaySeconds: number): string {
    const id = `m${(this.#ids += 1)}`;
    const entry: Entry = { id, body, visibleAt: world.agenda.now + delaySeconds * 1000, receives: 0 };
    this.entries.set(id, entry);
    this.#handOutLater(world, entry);
    return id;
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
