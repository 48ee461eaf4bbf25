import type { Call, Director, Fate, Service } from './fate.js';
import { FINE } from './fate.js';
import type { Chance } from './random.js';

/** Milliseconds that a call takes on a good day. */
const LATENCY: Record<Service, readonly [number, number]> = {
  table: [3, 25],
  queue: [5, 40],
  provider: [40, 300],
  parameters: [10, 60],
};

/** From when to when a service has which trouble, and for which share of its calls. */
export interface Storm {
  readonly service: Service;
  readonly from: number;
  readonly to: number;
  readonly share: number;
  readonly fates: readonly [Fate, ...Fate[]];
}

const answer = (name: string, hears: Fate['hears'], more: Partial<Fate> = {}): Fate => ({
  name,
  effectAfterMs: undefined,
  hears,
  hearsAfterMs: 10,
  ...more,
});

const UNREACHED = answer('cannot be reached', 'unreached');
const THROTTLED = answer('refuses for now', 'throttled');

/** Everything that may happen to a call to any service. Times are chosen where they are undefined here. */
export function troubles(chance: Chance): readonly [Fate, ...Fate[]] {
  const later = { effectAfterMs: chance.between(200, 12_000) };
  return [
    UNREACHED,
    THROTTLED,
    answer('gets the request, and the connection breaks', 'reset', { effectAfterMs: 0 }),
    answer('loses the request, and the connection breaks', 'reset'),
    answer('gets the request late, and the connection breaks', 'reset', later),
    answer('gets the request, and never answers', 'nothing', { effectAfterMs: 0 }),
    answer('never gets the request, and is silent', 'nothing'),
    answer('does not take the connection', 'nothing', { unwritten: true }),
    answer('gets the request late, and never answers', 'nothing', later),
    answer('answers slowly', 'answer', { effectAfterMs: 0, hearsAfterMs: chance.between(300, 4000) }),
    answer('hangs for good', 'nothing', { isDeaf: true, ...(chance.happens(0.5) && { effectAfterMs: 0 }) }),
  ];
}

/** How bad a world is. */
export interface Climate {
  /** The share of calls to which something happens out of the blue. */
  readonly trouble: number;
  readonly crashes: number;
  readonly storms: readonly Storm[];
  readonly skewMs: number;
  /** After that time everything is well. */
  readonly clearsAt: number;
}

export function createStorms(chance: Chance, start: number, lengthMs: number): Storm[] {
  return Array.from({ length: chance.between(0, 4) }, () => {
    const from = start + chance.between(0, lengthMs);
    const service = chance.of<Service>(['table', 'table', 'queue', 'provider', 'provider', 'parameters']);
    const outage: readonly [Fate, ...Fate[]] = chance.of([
      [UNREACHED],
      [THROTTLED],
      [answer('is silent', 'nothing')],
      troubles(chance),
    ]);
    return {
      service,
      from,
      to: from + chance.between(500, chance.of([2000, 30_000, 120_000])),
      share: chance.of([0.3, 0.9, 1]),
      fates: outage,
    };
  });
}

/** Decides by chance. */
export function createRandomDirector(chance: Chance, climate: Climate): Director {
  const fateOf = ({ service }: Call, now: number): Fate => {
    if (now >= climate.clearsAt) return FINE;
    for (const { service: troubled, from, to, share, fates } of climate.storms) {
      if (troubled === service && now >= from && now < to && chance.happens(share)) return chance.of(fates);
    }
    if (!chance.happens(climate.trouble)) return FINE;
    if (service === 'provider' && chance.happens(0.1)) {
      return answer('refuses', chance.of(['rejected', 'misconfigured']));
    }
    return chance.of(troubles(chance));
  };
  return {
    fate: (call, now) => {
      const fate = fateOf(call, now);
      if (now >= climate.clearsAt || !chance.happens(climate.crashes)) return fate;
      return {
        ...fate,
        name: `${fate.name} (its caller is struck)`,
        sandbox: chance.happens(0.5) ? 'dies' : { freezesForMs: chance.between(100, 14_000) },
      };
    },
    latencyMs: (service) => chance.between(...LATENCY[service]),
    pollMs: () => chance.between(0, 2000),
    handsOutTwice: () => chance.happens(0.05),
    random: () => chance.next(),
    choose: (due) => chance.of(due as [(typeof due)[number], ...typeof due]),
    skewMs: () => chance.between(-climate.skewMs, climate.skewMs),
  };
}
