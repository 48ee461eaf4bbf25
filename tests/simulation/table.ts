import type { LedgerTable, Row } from '../../lib/ledger/table.js';
import { withDeadline } from '../../lib/net/deadline.js';
import type { Sandbox } from './sandbox.js';
import type { World } from './world.js';

/** How long after it expired a counter is gone at the earliest, which time to live does not promise. */
const GONE_AFTER_MS = 5000;

/** DynamoDB, as far as one item goes: conditional writes, seconds for expiry, rows that stay after they expired. */
export class SimulatedTable {
  readonly rows = new Map<string, { readonly row: Row; readonly expiresAt: number }>();
  readonly counters = new Map<string, number>();
  readonly #expiries = new Map<string, number>();

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
          const from = isLive(item) ? (item?.row.state ?? 'absent') : 'absent';
          world.onTransition(visit, from, next?.state ?? 'absent');
          if (next === undefined) this.rows.delete(key);
          else this.rows.set(key, { row: next, expiresAt });
          return { done: true } as const;
        };
        return withDeadline(clock, timeoutMs, (deadline) =>
          world.network.call({
            sandbox,
            service: 'table',
            what,
            deadline,
            apply,
            show: (change) => (change.done ? 'done' : `found ${show(change.found)}`),
            onEnd: (isAnswered) => {
              if (visit === undefined) return;
              visit.isCutOff = !isAnswered;
              if (isAnswered) visit.seen = world.nextPlace();
            },
          }),
        );
      },
      add: async (key, amount, { limit, part, expiresAt, timeoutMs }) => {
        if (amount > limit) return false;
        const counted = [{ item: key, most: limit }];
        if (part !== undefined) counted.push({ item: `${key}:${part.name}`, most: part.limit });
        const hasRoom = ({ item, most }: { item: string; most: number }) => {
          const count = this.counters.get(item) ?? 0;
          return amount > 0 ? !this.counters.has(item) || count <= most - amount : count >= -amount;
        };
        const apply = () => {
          if ((this.#expiries.get(key) ?? Infinity) + GONE_AFTER_MS <= world.agenda.now) {
            for (const { item } of counted) this.counters.delete(item);
          }
          if (!counted.every(hasRoom)) return false;
          for (const { item } of counted) this.counters.set(item, (this.counters.get(item) ?? 0) + amount);
          this.#expiries.set(key, expiresAt);
          return true;
        };
        const what = `${amount > 0 ? '+' : ''}${amount} ${key.slice(0, 24)}`;
        return withDeadline(clock, timeoutMs, (deadline) =>
          world.network.call({
            sandbox,
            service: 'table',
            what,
            deadline,
            apply,
            show: String,
          }),
        );
      },
    };
  }
}

function show(row: Pick<Row, 'state' | 'holder'> | undefined): string {
  return row === undefined ? 'absent' : `${row.state}(${row.holder})`;
}
