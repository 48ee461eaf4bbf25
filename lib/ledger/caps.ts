import type { Clock } from '../clock.js';
import { createMemoryTable } from './memory.js';
import type { LedgerTable } from './table.js';

/** At most `limit` of one subject in each window of `windowMs`; nothing is refused where `limit` is `*`. */
export interface Cap {
  readonly name: 'recipient' | 'country' | 'total';
  /** Whose messages are counted, without personal data: a recipient's hash, a country's code. */
  readonly subject: string;
  readonly limit: number | '*';
  readonly windowMs: number;
  /** What the message counts as; 1 where it is not set. */
  readonly cost?: number;
}

/**
 * A total above this is counted on several items, so that no single one gets more writes than DynamoDB allows
 * (1,000 a second). Their limits add up to the total, and all are tried before anything is refused, so it stays exact.
 */
const SHARDED_ABOVE = 1000;
const SHARDS = 16;
/** How long a sandbox refuses without asking once a cap is reached. */
const REMEMBER_MS = 1000;

export interface CountOptions {
  readonly timeoutMs: number;
  readonly by: number;
  readonly isDown: boolean;
}

/** Takes a count back, which must have happened by a time in milliseconds since the Unix epoch. */
export type TakeBack = (by: number) => Promise<void>;

/** What takes it back again, or the cap that is reached. */
export type Count = { readonly takeBack: TakeBack } | { readonly reached: Cap['name'] | 'range' };

export interface Caps {
  /**
   * Counts a message against all caps. While the table is down they hold in this sandbox's memory.
   *
   * @param options.timeoutMs for one write, and `by` when all of them must have ended.
   * @param options.isDown where the table was found down just now, so that it is not asked again.
   * @returns after taking back the others where one is reached.
   */
  count(caps: readonly Cap[], options: CountOptions): Promise<Count>;
  /** Carries out writes on the table, or in this sandbox's memory where the table is down. */
  use<T>(isDown: boolean, work: (table: LedgerTable) => Promise<T>): Promise<T>;
}

/** @param options.random between 0 and 1, as `Math.random`. */
export function createCaps(options: {
  table: LedgerTable;
  clock: Clock;
  random: () => number;
  onDown: (error: unknown) => void;
}): Caps {
  const { table, clock, random, onDown } = options;
  const { now } = clock;
  const memory = createMemoryTable(now);
  const reachedUntil = new Map<string, number>();

  /** The function it resolves to takes the count back. */
  const countOn = async (
    on: LedgerTable,
    cap: Cap,
    { timeoutMs, by }: CountOptions,
  ): Promise<TakeBack | 'reached'> => {
    const { name, subject, limit, windowMs, cost = 1 } = cap;
    if (limit === '*') return () => Promise.resolve();
    const window = windowOf(subject, windowMs, now());
    const key = `cap:${name}:${subject}:${window.index}`;
    if ((reachedUntil.get(key) ?? 0) > now()) return 'reached';

    const shards = limit > SHARDED_ABOVE ? SHARDS : 1;
    const first = Math.floor(random() * shards);
    for (let index = 0; index < shards; index += 1) {
      const shard = (first + index) % shards;
      const add = (amount: number, until: number) =>
        on.add(`${key}:${shard}`, amount, {
          limit: Math.floor(limit / shards) + (shard < limit % shards ? 1 : 0),
          expiresAt: window.endsAt,
          timeoutMs: Math.min(timeoutMs, until - now()),
        });
      if (await add(cost, by)) {
        return async (until) => {
          if (now() < until) await add(-cost, until);
        };
      }
    }
    for (const [other, until] of reachedUntil) if (until <= now()) reachedUntil.delete(other);
    if (cost === 1) reachedUntil.set(key, now() + REMEMBER_MS);
    return 'reached';
  };

  const use: Caps['use'] = async (isDown, work) => {
    if (isDown) return work(memory);
    try {
      return await work(table);
    } catch (error) {
      onDown(error);
      return work(memory);
    }
  };

  return {
    use,
    count: async (caps, options) => {
      const counts = await Promise.all(
        caps.map((cap) => use(options.isDown, (on) => countOn(on, cap, options))),
      );
      const takeBack = async (by: number) => {
        // A count that stays refuses one message more until its window ends, which is on the safe side.
        await Promise.all(counts.flatMap((count) => (count === 'reached' ? [] : [count(by).catch(onDown)])));
      };
      const reached = caps[counts.indexOf('reached')];
      if (reached === undefined) return { takeBack };
      await takeBack(options.by);
      return { reached: reached.name };
    },
  };
}

/** Windows start at a time of their own for each subject, so that nobody can aim at the turn of all of them. */
export function windowOf(subject: string, windowMs: number, now: number): { index: number; endsAt: number } {
  let offset = 0;
  for (const character of subject) offset = (offset * 31 + (character.codePointAt(0) ?? 0)) % windowMs;
  const index = Math.floor((now + offset) / windowMs);
  return { index, endsAt: (index + 1) * windowMs - offset };
}
