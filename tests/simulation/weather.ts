import { type Call, type Director, type Fate, fate, FINE, type Service } from './fate.js';
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
  /** Of a service that is a provider, which one; all of them where it is not given. */
  readonly provider?: string;
  readonly from: number;
  readonly to: number;
  readonly share: number;
  readonly fates: readonly [Fate, ...Fate[]];
}

const UNREACHED = fate('cannot be reached', 'unreached');
const THROTTLED = fate('refuses for now', 'throttled');
const REFUSES_ACCOUNT = fate('refuses the account', 'misconfigured');

/** Everything that may happen to a call to any service. Times are chosen where they are undefined here. */
export function troubles(chance: Chance): readonly [Fate, ...Fate[]] {
  const later = { effectAfterMs: chance.between(200, 12_000) };
  return [
    UNREACHED,
    THROTTLED,
    REFUSES_ACCOUNT,
    fate('gets the request, and the connection breaks', 'reset', { effectAfterMs: 0 }),
    fate('loses the request, and the connection breaks', 'reset'),
    fate('gets the request late, and the connection breaks', 'reset', later),
    fate('gets the request, and never answers', 'nothing', { effectAfterMs: 0 }),
    fate('never gets the request, and is silent', 'nothing'),
    fate('does not take the connection', 'nothing', { unwritten: true }),
    fate('gets the request late, and never answers', 'nothing', later),
    fate('answers slowly', 'answer', { effectAfterMs: 0, hearsAfterMs: chance.between(300, 4000) }),
    fate('hangs for good', 'nothing', { isDeaf: true, ...(chance.happens(0.5) && { effectAfterMs: 0 }) }),
  ];
}

/** How bad a world is. */
export interface Climate {
  /** The share of calls to which something happens out of the blue. */
  readonly trouble: number;
  readonly crashes: number;
  readonly storms: readonly Storm[];
  readonly skewMs: number;
  /** How late the queue is polled at most: what has become visible meanwhile makes a batch. */
  readonly pollMs: number;
  /** After that time everything is well. */
  readonly clearsAt: number;
}

/** A climate of any kind: nothing happens, or everything, or only providers fail, or the workers of a long outage die. */
export function createClimate(chance: Chance, start: number, lengthMs: number): Climate {
  const kind = chance.of([
    'calm',
    'providers',
    'providers',
    'providers',
    'workers',
    'mixed',
    'mixed',
    'mixed',
    'apart',
  ]);
  const rough = {
    trouble: chance.of([0.005, 0.03, 0.2]),
    crashes: chance.of([0, 0.002, 0.02]),
    storms: createStorms(chance, start, lengthMs),
    skewMs: chance.of([0, 0, 500]),
    pollMs: chance.of([50, 2000]),
    clearsAt: start + lengthMs,
  };
  const refusals = Array.from({ length: chance.between(1, 4) }, () => createRefusal(chance, start, lengthMs));
  const clearsAt = Math.max(...refusals.map(({ to }) => to));
  switch (kind) {
    case 'calm':
      return { ...rough, trouble: 0, crashes: 0, storms: [], clearsAt: start };
    case 'providers':
      return { ...rough, trouble: 0, crashes: 0, storms: refusals, skewMs: 0, clearsAt };
    case 'workers':
      return { ...rough, trouble: 0, crashes: 0.05, storms: refusals };
    case 'apart':
      return { ...rough, skewMs: 15_000 };
    default:
      return rough;
  }
}

/** A time in which one provider, or all, certainly refuse. */
function createRefusal(chance: Chance, start: number, lengthMs: number): Storm {
  const from = start + chance.between(0, lengthMs / 2);
  const provider = chance.of([undefined, undefined, 'first', 'second']);
  return {
    service: 'provider',
    ...(provider !== undefined && { provider }),
    from,
    to: from + chance.between(10_000, chance.of([30_000, 120_000, 240_000])),
    share: chance.of([0.5, 1, 1]),
    fates: chance.of([[UNREACHED], [THROTTLED], [THROTTLED, REFUSES_ACCOUNT]]),
  };
}

function createStorms(chance: Chance, start: number, lengthMs: number): Storm[] {
  return Array.from({ length: chance.between(0, 6) }, () => {
    const from = start + chance.between(0, lengthMs);
    const service = chance.of<Service>(['table', 'table', 'queue', 'provider', 'provider', 'parameters']);
    const outage: readonly [Fate, ...Fate[]] = chance.of([
      [UNREACHED],
      [THROTTLED],
      [REFUSES_ACCOUNT],
      [fate('is silent', 'nothing')],
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
  const { storms, trouble, crashes, skewMs, pollMs, clearsAt } = climate;
  const decide = ({ service, what }: Call, now: number): Fate => {
    for (const storm of storms) {
      const isHit = storm.service === service && what.startsWith(storm.provider ?? '');
      if (isHit && now >= storm.from && now < storm.to && chance.happens(storm.share)) {
        return chance.of(storm.fates);
      }
    }
    if (!chance.happens(trouble)) return FINE;
    if (service === 'provider' && chance.happens(0.1)) {
      return fate('refuses', chance.of(['rejected', 'misconfigured']));
    }
    return chance.of(troubles(chance));
  };
  return {
    fate: (call, now) => {
      if (now >= clearsAt) return FINE;
      const decided = decide(call, now);
      if (!chance.happens(crashes)) return decided;
      return {
        ...decided,
        name: `${decided.name || 'is well'} (its caller is struck)`,
        sandbox: chance.happens(0.5) ? 'dies' : { freezesForMs: chance.between(100, 14_000) },
      };
    },
    latencyMs: (service) => chance.between(...LATENCY[service]),
    pollMs: () => chance.between(0, pollMs),
    handsOutTwice: () => chance.happens(0.05),
    random: () => chance.next(),
    choose: (due) => chance.of(due as [(typeof due)[number], ...typeof due]),
    skewMs: () => chance.between(-skewMs, skewMs),
  };
}
