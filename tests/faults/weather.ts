import type { Clock } from '../../lib/clock.js';
import type { Chance } from '../simulation/random.js';
import { isProvider, type Service } from './record.js';

/** From when to when a service has which trouble. Times are milliseconds since the Unix epoch. */
interface Spell {
  readonly to: number;
  /** The share of calls that are struck. */
  readonly share: number;
  /** All in the same way, by this number. */
  readonly same?: number;
  /** How many calls a second are let through; the rest are throttled. */
  readonly limit?: number;
  readonly isClosed?: boolean;
  /** How many calls came in the second that began then. */
  second: number;
  calls: number;
}

/** A way in which a call can go wrong. */
export interface Fault {
  readonly kind: string;
  readonly isThrottle?: boolean;
}

export interface Weather {
  /** How the next call to a service goes wrong, if it does: in the way that struck it least so far. */
  strike<F extends Fault>(service: Service, faults: readonly F[]): F | undefined;
  /** Whether nobody listens where the service is. */
  isClosed(service: Service): boolean;
  happens(probability: number): boolean;
  between(low: number, high: number): number;
}

/** How often each kind of fault struck, by service, in all runs. */
export class Tally {
  readonly counts = new Map<string, number>();

  static key(service: Service, kind: string): string {
    return `${service}|${kind}`;
  }
  add(service: Service, kind: string): void {
    const key = Tally.key(service, kind);
    this.counts.set(key, (this.counts.get(key) ?? 0) + 1);
  }
  of(service: Service, kind: string): number {
    return this.counts.get(Tally.key(service, kind)) ?? 0;
  }
}

/** Fair spells are longer than they are bad, and the table's most of all: without it there is little to hold anybody to. */
const SPELLS: Record<
  'provider' | 'table' | 'other',
  readonly (readonly [weight: number, Omit<Spell, 'to' | 'second' | 'calls'>])[]
> = {
  provider: [
    [8, { share: 0.1 }],
    [3, { share: 0.4 }],
    [2, { share: 1, same: 0 }],
    [2, { share: 0, limit: 1 }],
    [1, { share: 0.1, isClosed: true }],
  ],
  table: [
    [16, { share: 0.02 }],
    [2, { share: 0.3 }],
    [1, { share: 1, same: 0 }],
    [1, { share: 0, limit: 60 }],
    [1, { share: 0, isClosed: true }],
  ],
  other: [
    [8, { share: 0.08 }],
    [2, { share: 0.4 }],
    [1, { share: 1, same: 0 }],
    [2, { share: 0, limit: 1 }],
    [1, { share: 0, isClosed: true }],
  ],
};

/** The weather of one run: spells of every kind until `endsAt`, and then none. */
export function createWeather(
  { now }: Clock,
  { chance, tally, endsAt }: { chance: Chance; tally: Tally; endsAt: number },
): Weather {
  const spells = new Map<Service, Spell>();
  const spellOf = (service: Service): Spell | undefined => {
    const time = now();
    if (time >= endsAt) return undefined;
    let spell = spells.get(service);
    if (spell === undefined || spell.to <= time) {
      const kinds = SPELLS[service === 'table' ? 'table' : isProvider(service) ? 'provider' : 'other'];
      const [, chosen] = chance.of(
        kinds.flatMap((kind) => Array.from({ length: kind[0] }, () => kind)) as [(typeof kinds)[number]],
      );
      const same = chosen.same === undefined ? {} : { same: chance.between(0, 1000) };
      spell = { ...chosen, ...same, to: time + chance.between(2000, 7000), second: time, calls: 0 };
      spells.set(service, spell);
    }
    return spell;
  };
  return {
    strike: (service, faults) => {
      const spell = spellOf(service);
      if (spell === undefined) return undefined;
      if (spell.limit !== undefined) {
        if (now() >= spell.second + 1000) Object.assign(spell, { second: now(), calls: 0 });
        spell.calls += 1;
        return spell.calls > spell.limit ? faults.find(({ isThrottle }) => isThrottle) : undefined;
      }
      if (!chance.happens(spell.share)) return undefined;
      if (spell.same !== undefined) return faults[spell.same % faults.length];
      const least = Math.min(...faults.map(({ kind }) => tally.of(service, kind)));
      const rarest = faults.filter(({ kind }) => tally.of(service, kind) === least);
      return rarest[chance.between(0, rarest.length - 1)];
    },
    isClosed: (service) => spellOf(service)?.isClosed === true,
    happens: (probability) => now() < endsAt && chance.happens(probability),
    between: (low, high) => chance.between(low, high),
  };
}
