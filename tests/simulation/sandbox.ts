import type { Clock } from '../../lib/clock.js';
import type { Owner } from './agenda.js';
import type { Visit } from './history.js';

/** A process that Lambda runs a function in. */
export interface Sandbox extends Owner {
  readonly name: string;
  readonly kind: 'email' | 'sms' | 'worker';
  readonly clock: Clock;
  readonly skewMs: number;
  /** What it is at work on, by the webhook's code. */
  readonly visits: Map<string, Visit>;
  /** Stands for all that it has heard and when, and so for its memory: it is a function of nothing else. */
  memory: string;
}
