/** Chance that is the same for the same seed: splitmix32, by Guy Steele and others. */
export interface Chance {
  /** At least 0, and less than 1. */
  next(): number;
  /** A whole number of that range, both ends included. */
  between(low: number, high: number): number;
  of<T>(items: readonly [T, ...T[]]): T;
  happens(probability: number): boolean;
}

export function createChance(seed: number): Chance {
  let state = seed | 0;
  const next = () => {
    state = (state + 0x9e3779b9) | 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
  };
  return {
    next,
    between: (low, high) => low + Math.floor(next() * (high - low + 1)),
    of: (items) => items[Math.floor(next() * items.length)] ?? items[0],
    happens: (probability) => next() < probability,
  };
}
