/** Who asks for codes and when, for `bench/pumping.ts`. It does not know the rules that it tests. */

/** Somebody asks for a code. */
export interface Ask {
  /** Milliseconds from the start. */
  readonly at: number;
  readonly to: string;
  /** Lets some requests be counted separately. */
  readonly who: string;
}

/** A day on which every figure is as the tables say, times `scale`. */
export interface Traffic {
  readonly seed: number;
  readonly scale: number;
}

const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** Area codes of the United States, of twenty states. */
const AREAS = '205 212 213 303 305 312 313 404 415 503 512 602 617 702 713 804 816 917 919 972'.split(' ');

export function createTraffic({ seed, scale }: Traffic) {
  let state = seed;
  /** Between 0 and 1, the same in every run (mulberry32). */
  const random = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let value = Math.imul(state ^ (state >>> 15), 1 | state);
    value = (value + Math.imul(value ^ (value >>> 7), 61 | value)) ^ value;
    return ((value ^ (value >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (end: number) => Math.floor(random() * end);
  const digits = (count: number) => String(below(10 ** count)).padStart(count, '0');
  const scaled = (count: number) => Math.round(count * scale);

  /** One in six does not see the code in time, and asks again half a minute to a minute and a half later; up to three times. */
  const withRepeats = (asks: readonly Ask[]): Ask[] =>
    asks.flatMap((ask) => {
      const all = [ask];
      while (all.length < 4 && random() < scale / 6) {
        all.push({ ...ask, at: (all.at(-1) ?? ask).at + MINUTE / 2 + below(MINUTE) });
      }
      return all;
    });
  /** A time of day: an eighth of the messages in the peak hour, the rest over the sixteen hours around it. */
  const timeOfDay = () => (random() < scale / 8 ? 12 * HOUR + below(HOUR) : 7 * HOUR + below(16 * HOUR));
  const nineOClock = () => 9 * HOUR - 10 * MINUTE + below(30 * MINUTE);

  const people = (count: number, number: (index: number) => string, time = timeOfDay, who = 'people') =>
    withRepeats(
      Array.from({ length: scaled(count) }, (_, index) => ({ at: time(), to: number(index), who })),
    );

  return {
    random,
    /** Numbers in a row, one a second. */
    attack: (at: number, first = 2_125_565_000): Ask[] =>
      Array.from({ length: scaled(10_000) }, (_, index) => ({
        at: at + Math.round((index * 1000) / scale),
        to: `+1${first + index}`,
        who: 'attacker',
      })),
    /** 2,000 a day. */
    unitedStates: () =>
      people(2000, () => `+1${AREAS[below(AREAS.length)] ?? ''}${2 + below(7)}${digits(6)}`),
    /** 20,000 a day, to 40 ranges of Malta: 400,000 people. */
    smallCountry: () => people(20_000, () => `+35679${String(below(40)).padStart(2, '0')}${digits(4)}`),
    /** An office of 300 within half an hour, anywhere in one range. */
    office: () => people(300, () => `+1212556${digits(4)}`, nineOClock),
    /** The same with numbers in a row. */
    officeInARow: (day = 0) =>
      people(
        300,
        (index) => `+1212556${4000 + index}`,
        () => day * DAY + nineOClock(),
        `day ${day}`,
      ),
    /** The same people in the two weeks before, each once. */
    officeMovesIn: () =>
      people(
        300,
        (index) => `+1212556${4000 + index}`,
        () => below(14) * DAY + timeOfDay(),
      ),
    /** 500 a day in the range of the attack: those of day 0, of whom half ask again on `day` beside as many who are new. */
    neighbours: (day: number) => {
      const step = Math.floor(10_000 / scaled(500));
      const at = (index: number) => `+1212556${String(index).padStart(4, '0')}`;
      const old = people(500, (index) => at(index * step), timeOfDay, 'before');
      const later = (asks: readonly Ask[]) => asks.map((ask) => ({ ...ask, at: ask.at + day * DAY }));
      return [
        ...old,
        ...later(people(250, (index) => at(index * 2 * step), timeOfDay, 'known')),
        ...later(people(250, (index) => at(index * 2 * step + 1), timeOfDay, 'new')),
      ];
    },
  };
}
