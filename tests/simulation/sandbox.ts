import { hash } from 'node:crypto';
import type { Clock } from '../../lib/clock.js';
import type { Handler } from '../../lib/relay/webhook.js';
import type { QueueHandler } from '../../lib/relay/worker.js';
import type { Owner } from './agenda.js';
import type { Service } from './fate.js';
import type { Visit } from './history.js';

/** A process that Lambda runs a function in. */
export interface Sandbox extends Owner {
  readonly name: string;
  readonly kind: 'email' | 'sms' | 'worker';
  readonly clock: Clock;
  /** What it is at work on, by the webhook's code. */
  readonly visits: Map<string, Visit>;
  /** Calls that it makes. */
  readonly calls: Set<{ readonly service: Service }>;
  /** Stands for all that it has heard and when, and so for its memory: it is a function of nothing else. */
  memory: string;
}

/** A sandbox with the product's function in it. */
export interface Running {
  readonly sandbox: Sandbox;
  readonly handle: Handler | QueueHandler;
}

export function remember(sandbox: Sandbox, now: number, what: string): void {
  sandbox.memory = hash('sha256', `${sandbox.memory}|${now}|${what}`, 'base64').slice(0, 16);
}
