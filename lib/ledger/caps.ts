import type { Clock } from '../clock.js';
import { createMemoryTable } from './memory.js';
import type { LedgerTable } from './table.js';

/** At most `limit` of one subject in each window of `windowMs`; nothing is refused where `limit` is `*`. */
export interface Cap {
  readonly name: 'recipient' | 'range' | 'country' | 'total';
  /** Whose messages are counted: a recipient's hash, the beginning of a range's numbers, a country's code. */
  readonly subject: string;
  readonly limit: number | '*';
  readonly windowMs: number;
  /** What the message counts as; 1 where it is not set. */
  readonly cost?: number;
  /** Once this cap is reached, that one is closed as well, for the rest of its window and the next. */
  readonly closes?: Cap | undefined;
  /** What each recipient that reached a cap of its own takes from this one, once in its window. */
  readonly perInsistent?: number;
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
type TakeBack = (by: number) => Promise<void>;

export interface Caps {
  /**
   * Counts a message against all caps. While the table is down they hold in this sandbox's memory.
   *
   * @param options.timeoutMs for one write, and `by` when all of them must have ended.
   * @param options.isDown where the table was found down just now, so that it is not asked again.
   * @returns a function that takes the counts back, or the cap that is reached, after taking back the others.
   */
  count(
    caps: readonly Cap[],
    options: CountOptions,
  ): Promise<{ readonly reached: Cap } | { readonly takeBack: TakeBack }>;
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

  /** Takes from other caps what a cap that was just reached weighs on them, once in its window. */
  const weighReached = async (
    on: LedgerTable,
    { name, closes }: Cap,
    others: readonly Cap[],
    { key, timeoutMs, by, expiresAt }: { key: string; timeoutMs: number; by: number; expiresAt: number },
  ): Promise<void> => {
    const lowered = name === 'recipient' ? others.filter(({ perInsistent = 0 }) => perInsistent > 0) : [];
    if (closes === undefined && lowered.length === 0) return;
    const add = (item: string, amount: number, options: { limit: number; expiresAt: number }) =>
      on.add(item, amount, { ...options, timeoutMs: Math.min(timeoutMs, by - now()) });
    if (!(await add(`${key}:weighed`, 1, { limit: 1, expiresAt }))) return;

    const take = ({ name: other, subject, limit, windowMs }: Cap, part: number | 'all', windows: number) => {
      if (limit === '*') return [];
      const amount = part === 'all' ? limit : part;
      const { index, endsAt } = windowOf(subject, windowMs, now());
      const shard = limit > SHARDED_ABOVE ? Math.floor(random() * SHARDS) : 0;
      return Array.from({ length: windows }, (_, later) =>
        add(`cap:${other}:${subject}:${index + later}:${shard}`, amount, {
          limit: limit + amount,
          expiresAt: endsAt + later * windowMs,
        }),
      );
    };
    await Promise.all([
      ...(closes === undefined ? [] : take(closes, 'all', 2)),
      ...lowered.flatMap((cap) => take(cap, cap.perInsistent ?? 0, 1)),
    ]);
  };

  /** The function it resolves to takes the count back. */
  const countOn = async (
    on: LedgerTable,
    cap: Cap,
    others: readonly Cap[],
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
    // Reached it is, whether or not that can be recorded elsewhere.
    await weighReached(on, cap, others, { key, expiresAt: window.endsAt, timeoutMs, by }).catch(onDown);
    for (const [other, until] of reachedUntil) if (until <= now()) reachedUntil.delete(other);
    if (cost === 1) reachedUntil.set(key, now() + REMEMBER_MS);
    return 'reached';
  };

  return {
    count: async (caps, options) => {
      const counts = await Promise.all(
        caps.map(async (cap) => {
          if (options.isDown) return countOn(memory, cap, caps, options);
          try {
            return await countOn(table, cap, caps, options);
          } catch (error) {
            onDown(error);
            return countOn(memory, cap, caps, options);
          }
        }),
      );
      const takeBack = async (by: number) => {
        // A count that stays refuses one message more until its window ends, which is on the safe side.
        await Promise.all(counts.flatMap((count) => (count === 'reached' ? [] : [count(by).catch(onDown)])));
      };
      const reached = caps[counts.indexOf('reached')];
      if (reached === undefined) return { takeBack };
      await takeBack(options.by);
      return { reached };
    },
  };
}

/** Windows start at a time of their own for each subject, so that nobody can aim at the turn of all of them. */
function windowOf(subject: string, windowMs: number, now: number): { index: number; endsAt: number } {
  let offset = 0;
  for (const character of subject) offset = (offset * 31 + (character.codePointAt(0) ?? 0)) % windowMs;
  const index = Math.floor((now + offset) / windowMs);
  return { index, endsAt: (index + 1) * windowMs - offset };
}
