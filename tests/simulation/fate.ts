import type { Event } from './agenda.js';

export type Service = 'table' | 'queue' | 'provider' | 'parameters';

/**
 * What happens to one request to a service. Effect and answer are independent: a request may be carried out, at once or
 * late, whatever its caller hears.
 */
export interface Fate {
  readonly name: string;
  /** How long after its arrival it is carried out; never where it is undefined. */
  readonly effectAfterMs: number | undefined;
  /**
   * What the caller hears: the service's answer, that the connection broke after or before the request was written, a
   * refusal by the service's own word (nothing was carried out then), or nothing.
   */
  readonly hears: 'answer' | 'reset' | 'unreached' | Refusal | 'nothing';
  readonly hearsAfterMs: number;
  /** Whether the caller knows that no byte of it was written, where it hears nothing. */
  readonly unwritten?: boolean;
  /** Whether a provider does not even give up at its deadline. */
  readonly isDeaf?: boolean;
  /** For how long nobody reaches the service, from this request on. */
  readonly outageMs?: number;
  /** What happens to the caller's sandbox when it was carried out, or would have been. */
  readonly sandbox?: 'dies' | { readonly freezesForMs: number };
}

export type Refusal = 'throttled' | 'rejected' | 'misconfigured';

/** One that is not carried out, and heard at once, but for what `more` says. */
export const fate = (name: string, hears: Fate['hears'], more: Partial<Fate> = {}): Fate => ({
  name,
  effectAfterMs: undefined,
  hears,
  hearsAfterMs: 0,
  ...more,
});

export const FINE: Fate = { name: '', effectAfterMs: 0, hears: 'answer', hearsAfterMs: 0 };

/** A request as its fate depends on it. */
export interface Call {
  readonly service: Service;
  readonly sandbox: string;
  readonly what: string;
}

/** Everything that the world leaves open. */
export interface Director {
  fate(call: Call, now: number): Fate;
  /** How long a request is on its way, in milliseconds. */
  latencyMs(service: Service): number;
  /** How long after an entry became visible the poller takes it, with all that have become visible meanwhile. */
  pollMs(): number;
  /** Whether the queue hands an entry out twice. */
  handsOutTwice(): boolean;
  /** Between 0 and 1, for the product. */
  random(): number;
  /** Which of the events that are due comes first. */
  choose(due: readonly Event[]): Event;
  /** How many milliseconds a new sandbox's clock is ahead. */
  skewMs(): number;
}
