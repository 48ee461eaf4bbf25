import type { Fate, Service } from './fate.js';
import type { Webhook } from './history.js';

/** A world that is explored completely. Times are milliseconds after its start. */
export interface SmallWorld {
  /** Of letters, digits and hyphens. */
  readonly name: string;
  readonly channel: 'email' | 'sms';
  /** How many providers there are. */
  readonly route: number;
  /** The codes of the webhooks that are posted, and when; one of these lists is chosen. */
  readonly posts: readonly (readonly Posted[])[];
  /** When their timestamps say that they were made, which may be before the start; when each is first posted where it is not set. */
  readonly madeAt?: number;
  /** Of the passcodes; ten minutes where it is not set. */
  readonly ttlMs?: number;
  /** How many faults of any kind come on top of what is given; 2 where it is not set. */
  readonly faults?: number;
  /** What befalls certain requests: each applies to the first one that is left whose label has its text. */
  readonly given?: readonly (readonly [text: string, fate: Fate])[];
  /** Until when nobody reaches a service. */
  readonly outages?: ReadonlyMap<Service, number>;
  /** How many messages there may be to the one recipient. */
  readonly recipientLimit?: number;
  /**
   * When the shared secret, which is in the parameter store then, gets a successor. OwnID signs with that ten seconds later;
   * after a minute more the first one is taken out.
   */
  readonly rotatesAt?: number;
}

export type Posted = readonly [code: string, at: number, signature?: Webhook['signature']];

/** Two copies, which come together, one after the other's answer, or after its lease. */
export const COPIES = [0, 1000, 4000].map((later): Posted[] => [
  ['C1', 0],
  ['C1', later],
]);

export const SMALL_WORLDS: readonly SmallWorld[] = (['email', 'sms'] as const).flatMap((channel) =>
  [1, 2].map((route) => ({ name: `${channel}-${route}`, channel, route, posts: COPIES })),
);
