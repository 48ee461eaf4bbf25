import { windowOf } from '../ledger/caps.js';
import type { LedgerTable, Row } from '../ledger/table.js';

/** A range is the 10,000 numbers that differ in their last four digits alone, the unit in which regulators assign them. */
const RANGE_DIGITS = 4;
export const RANGE_SIZE = 10 ** RANGE_DIGITS;
/** A block is the 100 of them that differ in the last two. */
const BLOCK_DIGITS = 2;
/** What a block may have of its range's limit: numbers in a row fill it, those of people do not. */
const BLOCK_SHARE = 0.025;
/** How many blocks may be full while their range is open. */
const FULL_BLOCKS = 1;
/** SMS that a number which reached its own cap takes from its range. */
const PER_INSISTENT = 20;

const DAY_MS = 86_400_000;
/** As long as a range may stay closed, so that no number of an attack is known while it lasts. */
const KNOWN_AFTER_MS = 2 * DAY_MS;
const KNOWN_FOR_MS = 30 * DAY_MS;

/** What the table has of a number, its block and its range on one day. Only keyed hashes are in it. */
export interface RangeRows {
  /** Records when the number first had an SMS, where nothing says so yet. */
  readonly meet: (table: LedgerTable) => Promise<'new' | 'met' | 'known'>;
  readonly forget: (table: LedgerTable) => Promise<unknown>;
  /** Counts an SMS to a new number, or takes one back; false where its block or range is full. */
  readonly add: (table: LedgerTable, amount: 1 | -1) => Promise<boolean>;
  /** Called where one of them is full; true where that closes the range, for the rest of the day and the next. */
  readonly close: (table: LedgerTable) => Promise<boolean>;
  /** Lowers the range's cap by what an insistent number weighs, once a day; true where it does. */
  readonly lower: (table: LedgerTable) => Promise<boolean>;
}

/**
 * @param hash of a text, keyed.
 * @param options.limit of a range and day.
 * @param options.timeoutMs for the next write.
 */
export function rangeRows(
  to: string,
  hash: (text: string) => string,
  { limit, now, timeoutMs }: { limit: number; now: number; timeoutMs: () => number },
): RangeRows {
  const range = hash(to.slice(0, -RANGE_DIGITS));
  const { index, endsAt } = windowOf(range, DAY_MS, now);
  const day = { key: `cap:range:${range}:${index}`, expiresAt: endsAt };
  const nextDay = { key: `cap:range:${range}:${index + 1}`, expiresAt: endsAt + DAY_MS };
  const number = hash(to);
  const known = `known:${number}`;
  const first: Row = { state: 'done', id: 'first', holder: 'first', until: now, unsure: 0 };
  // The row of a range and day has up to a hundred of them.
  const block = `b${hash(to.slice(0, -BLOCK_DIGITS)).slice(0, 6)}`;

  const count = (
    table: LedgerTable,
    { key, expiresAt }: { key: string; expiresAt: number },
    [amount, most]: readonly [amount: number, most: number],
    part?: { name: string; limit: number },
  ) => table.add(key, amount, { limit: most, part, expiresAt, timeoutMs: timeoutMs() });
  /** True for as many as `most` callers on a day. */
  const mark = (table: LedgerTable, { key, expiresAt }: typeof day, name: string, most = 1) =>
    count(table, { key: `${key}:${name}`, expiresAt }, [1, most]);

  return {
    meet: async (table) => {
      const options = { expiresAt: now + KNOWN_FOR_MS, timeoutMs: timeoutMs() };
      const change = await table.swap(known, undefined, first, options);
      if (change.done) return 'new';
      return Number(change.found?.until) <= now - KNOWN_AFTER_MS ? 'known' : 'met';
    },
    forget: (table) => table.swap(known, first, undefined, { expiresAt: 0, timeoutMs: timeoutMs() }),

    add: (table, amount) =>
      count(table, day, [amount, limit], { name: block, limit: Math.ceil(limit * BLOCK_SHARE) }),

    close: async (table) => {
      const isSeen = !(await mark(table, day, `full:${block}`));
      if (isSeen || (await mark(table, day, 'full', FULL_BLOCKS))) return false;
      // A range that is closed since the day before is not closed for longer.
      if (!(await mark(table, day, 'closed'))) return false;
      await Promise.all([
        count(table, day, [limit, 2 * limit]),
        count(table, nextDay, [limit, 2 * limit]),
        mark(table, nextDay, 'closed'),
      ]);
      return true;
    },

    lower: async (table) =>
      (await mark(table, day, `insistent:${number}`)) &&
      count(table, day, [PER_INSISTENT, limit + PER_INSISTENT]),
  };
}
