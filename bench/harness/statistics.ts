export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const position = (sorted.length - 1) * q;
  const below = sorted[Math.floor(position)] ?? NaN;
  const above = sorted[Math.ceil(position)] ?? NaN;
  return below + (above - below) * (position % 1);
}

export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** A figure with the interval that holds it in 95 of 100 resamplings. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

const RESAMPLINGS = 2000;

/** The median of the ratios within each round, bootstrapped: whatever slows a whole round cancels out. */
export function pairedRatio(values: readonly number[], others: readonly number[]): Estimate {
  return bootstrapped(values.map((value, round) => value / (others[round] ?? NaN)));
}

/** The median of the differences within each round, bootstrapped. */
export function pairedDifference(values: readonly number[], others: readonly number[]): Estimate {
  return bootstrapped(values.map((value, round) => value - (others[round] ?? NaN)));
}

function bootstrapped(values: readonly number[]): Estimate {
  const random = seeded(1);
  const medians = Array.from({ length: RESAMPLINGS }, () =>
    median(values.map(() => values[Math.floor(random() * values.length)] ?? NaN)),
  );
  return { value: median(values), low: quantile(medians, 0.025), high: quantile(medians, 0.975) };
}

export function formatEstimate({ value, low, high }: Estimate, digits = 2): string {
  return `${value.toFixed(digits)} (${low.toFixed(digits)}–${high.toFixed(digits)})`;
}

export function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, order: Math.random() }))
    .sort((a, b) => a.order - b.order)
    .map(({ item }) => item);
}

/** Numbers between 0 and 1 that are the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
