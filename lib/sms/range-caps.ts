import type { RangeCaps } from '../channel.js';
import type { Cap, Count, CountOptions, TakeBack } from '../ledger/caps.js';
import type { LedgerTable } from '../ledger/table.js';
import type { SmsMessage } from './message.js';
import { RANGE_SIZE, type RangeRows, rangeRows } from './range-rows.js';

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

    const countInRange = async (isDown: boolean): Promise<{ isFull: boolean; takeBack: TakeBack }> => {
      const met = await asked;
      const addNew = (rows: RangeRows) => async (on: LedgerTable) => {
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
      return { isFull: counted.includes(false), takeBack };
    };

    /** Called where the number has reached its own cap. */
    const insist = async (options: CountOptions) => {
      const lowered = await Promise.all(
        all.map(async ({ forget, lower }) => {
          await caps.use(options.isDown, forget);
          return caps.use(options.isDown, lower);
        }),
      );
      if (!lowered.includes(true)) return;
      await caps.count([{ ...country(message), cost: PER_INSISTENT }], options);
      report('range_lowered');
    };

    return {
      count: async (counted, options): Promise<Count> => {
        const [count, { isFull, takeBack }] = await Promise.all([
          caps.count(counted, options),
          countInRange(options.isDown),
        ]);
        if ('reached' in count || isFull) {
          await takeBack(options.by);
          if ('takeBack' in count) await count.takeBack(options.by);
          else if (count.reached === 'recipient') await insist(options);
          return 'reached' in count ? count : { reached: 'range' };
        }
        return {
          takeBack: async (end) => {
            await Promise.all([count.takeBack(end), takeBack(end)]);
          },
        };
      },
    };
  };
}
