import type { Cap } from '../ledger/caps.js';
import type { SmsMessage } from './message.js';

/** A range is the 10,000 numbers that differ in their last four digits alone, the unit in which regulators assign them. */
const RANGE_DIGITS = 4;
/** A block is the 100 of them that differ in the last two. */
const BLOCK_DIGITS = 2;
/** What a block may have of its range's limit in an hour: numbers in a row fill it, those of people do not. */
const BLOCK_SHARE = 0.025;
const BLOCK_WINDOW_MS = 3_600_000;
const DAY_MS = 86_400_000;

/** SMS that a number which reached its own cap takes from the cap of its range … */
const PER_INSISTENT = 20;
/** … and of its country: where every number asks on, half the cap is left. With the defaults it had five itself. */
export const PER_INSISTENT_IN_COUNTRY = 5;

/**
 * The caps that make it cheap to be pumped: a block of numbers that is filled in a row closes its range, and a range that
 * is full is closed for the day after, too.
 *
 * @param limit for a range and day.
 * @param exempt beginnings of numbers that are not counted by range, in E.164.
 */
export function rangeCaps(limit: number | '*', exempt: readonly string[]): ((message: SmsMessage) => Cap)[] {
  if (limit === '*') return [];
  const range = ({ to }: SmsMessage): Cap => ({
    name: 'range',
    subject: to.slice(0, -RANGE_DIGITS),
    limit: exempt.some((beginning) => to.startsWith(beginning)) ? '*' : limit,
    windowMs: DAY_MS,
    perInsistent: PER_INSISTENT,
  });
  return [
    (message) => {
      const day = range(message);
      return { ...day, closes: day };
    },
    (message) => {
      const day = range(message);
      return {
        name: 'range',
        subject: message.to.slice(0, -BLOCK_DIGITS),
        limit: day.limit === '*' ? '*' : Math.ceil(limit * BLOCK_SHARE),
        windowMs: BLOCK_WINDOW_MS,
        closes: day,
      };
    },
  ];
}
