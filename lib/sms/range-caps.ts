import type { RangeCaps } from '../channel.js';
import type { Cap } from '../ledger/caps.js';
import type { LedgerTable } from '../ledger/table.js';
import type { SmsMessage } from './message.js';
import { RANGE_SIZE, rangeRows } from './range-rows.js';

/** SMS that a number which reached its own cap takes from its country: where every number asks on, half the cap is left. */
const PER_INSISTENT = 5;

/**
 * The caps that make it cheap to be pumped. They count SMS to numbers that are new: numbers in a row fill blocks, and the
 * second full block closes its range. docs/security.md has the rule.
 *
 * @param limit for a range and day.
 * @param exempt beginnings of numbers that are not counted by range, in E.164.
 * @param country the cap of a message's country.
 */
export function rangeCaps(
  limit: number | '*',
  exempt: readonly string[],
  country: (message: SmsMessage) => Cap,
): RangeCaps<SmsMessage> | undefined {
  if (limit === '*') return undefined;

  return (message, { caps, clock, log, measure, record, hashes, timeoutMs, by }) => {
    const { to } = message;
    if (exempt.some((beginning) => to.startsWith(beginning))) return undefined;
    const { now } = clock;
    let until = by;
    const options = { limit, now: now(), timeoutMs: () => Math.min(timeoutMs, until - now()) };
    const all = hashes.map((hash) => rangeRows(to, hash, options));
    const report = (reason: 'range_closed' | 'range_lowered') => {
      log('warn', { ...record, reason, rangeSize: RANGE_SIZE });
      measure({ channel: 'sms', app: record.app, reason, count: 'rangeCapped' });
    };

    // Asked while the request is claimed, so that it takes no time of its own.
    const asked = Promise.all(all.map(({ meet }) => caps.use(false, meet)));

    return {
      count: async ({ isDown }) => {
        const met = await asked;
        const addNew = (rows: (typeof all)[number]) => async (on: LedgerTable) => {
          if (await rows.add(on, 1)) return true;
          if (await rows.close(on)) report('range_closed');
          return false;
        };
        const counted = met.includes('known')
          ? []
          : await Promise.all(all.map((rows) => caps.use(isDown, addNew(rows))));
        const takeBack = async (end: number) => {
          until = end;
          if (now() >= until) return;
          await Promise.all(
            all.flatMap(({ forget, add }, index) => [
              ...(met[index] === 'new' ? [caps.use(isDown, forget)] : []),
              ...(counted[index] === true ? [caps.use(isDown, (on) => add(on, -1))] : []),
            ]),
          );
        };
        return { isReached: counted.includes(false), takeBack };
      },

      insist: async (counting) => {
        const lowered = await Promise.all(
          all.map(async ({ forget, lower }) => {
            await caps.use(counting.isDown, forget);
            return caps.use(counting.isDown, lower);
          }),
        );
        if (!lowered.includes(true)) return;
        await caps.count([{ ...country(message), cost: PER_INSISTENT }], counting);
        report('range_lowered');
      },
    };
  };
}
