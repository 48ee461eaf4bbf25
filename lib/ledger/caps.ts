import type { StateStore } from './store.js';

/** At most `limit` messages of one subject in each window of `windowMs`; none is refused where `limit` is `*`. */
export interface Cap {
  readonly name: 'recipient' | 'country' | 'total';
  /** Whose messages are counted, without personal data: a recipient's hash, a country's code. */
  readonly subject: string;
  readonly limit: number | '*';
  readonly windowMs: number;
  /** How many messages it counts as, 1 where it is not given. */
  readonly cost?: number;
}

/**
 * A total above this is counted on several items, so that no single one gets more writes than DynamoDB allows
 * (1,000 a second). Their limits add up to the total, and all are tried before anything is refused, so it stays exact.
 */
const SHARDED_ABOVE = 1000;
const SHARDS = 16;
/** Once a cap is reached, this container refuses without asking for so long. */
const REMEMBER_MS = 1000;

/** Counts a message; the function it resolves to takes the count back. */
export type Count = (cap: Cap) => Promise<(() => Promise<void>) | 'reached'>;

/** @param random between 0 and 1, as `Math.random`. */
export function createCounting(store: StateStore, now: () => number, random: () => number): Count {
  const reached = new Map<string, number>();

  return async ({ name, subject, limit, windowMs }) => {
    if (limit === '*') return () => Promise.resolve();
    if (limit === 0) return 'reached';
    const window = windowOf(subject, windowMs, now());
    const key = `cap:${name}:${subject}:${window.index}`;
    if ((reached.get(key) ?? 0) > now()) return 'reached';

    const shards = limit > SHARDED_ABOVE ? SHARDS : 1;
    const first = Math.floor(random() * shards);
    for (let index = 0; index < shards; index += 1) {
      const shard = (first + index) % shards;
      const shardKey = `${key}:${shard}`;
      const shardLimit = Math.floor(limit / shards) + (shard < limit % shards ? 1 : 0);
      if (await store.increment(shardKey, shardLimit, window.endsAt)) return () => store.decrement(shardKey);
    }
    for (const [other, until] of reached) if (until <= now()) reached.delete(other);
    reached.set(key, now() + REMEMBER_MS);
    return 'reached';
  };
}

/** Windows start at a time of their own for each subject, so that nobody can aim at the turn of all of them. */
function windowOf(subject: string, windowMs: number, now: number): { index: number; endsAt: number } {
  let offset = 0;
  for (const character of subject) offset = (offset * 31 + (character.codePointAt(0) ?? 0)) % windowMs;
  const index = Math.floor((now + offset) / windowMs);
  return { index, endsAt: (index + 1) * windowMs - offset };
}
