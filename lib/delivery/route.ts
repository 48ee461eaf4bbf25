import { type Clock, sleep } from '../clock.js';
import { DeliveryError } from '../errors.js';
import { type Deadline, withDeadline } from '../net/deadline.js';
import type { Breaker } from './breaker.js';

/** A provider's answer that it accepted a message. */
export interface Acceptance {
  readonly provider: string;
  readonly messageId?: string | undefined;
}

/**
 * Hands one message to a provider. Nothing may be sent after the deadline.
 *
 * @param options.id identifies the webhook's message, and is the same in every attempt.
 * @param options.expiresAt when the passcode expires, in milliseconds since the Unix epoch. Passed on to providers that
 *   can drop a message after a given time.
 * @throws {DeliveryError} and nothing else.
 */
export type Deliver<M> = (
  message: M,
  options: { deadline: Deadline; id: string; expiresAt: number },
) => Promise<Acceptance>;

/** One provider of a route, with what this sandbox knows about its health. */
export interface Provider<M> {
  readonly name: string;
  readonly deliver: Deliver<M>;
  readonly breaker: Breaker;
}

/** An acceptance, and how long the provider took to give it, in milliseconds. */
export interface Delivered extends Acceptance {
  readonly latencyMs: number;
}

export interface DeliveryOptions {
  /** As in {@link Deliver}. */
  readonly id: string;
  /** As in {@link Deliver}. */
  readonly expiresAt: number;
  /** When the last attempt must have ended, in milliseconds since the Unix epoch. */
  readonly endsAt: number;
  readonly clock: Clock;
  /** Between 0 and 1, as `Math.random`. */
  readonly random: () => number;
  /** Called on every failed attempt, even where another provider then takes the message. */
  readonly onFailure: (failure: DeliveryError) => void;
}

/** Maximum of the random pause before the second try. */
const MAXIMUM_PAUSE_MS = 200;
/** An attempt with less time than this would only turn a certain failure into an uncertain one. */
export const MINIMUM_ATTEMPT_MS = 400;
/** How long after its deadline a provider may still report the outcome. */
const GRACE_MS = 100;

/**
 * Tries the route and, after a transient failure and while time is left, once more.
 *
 * @throws {DeliveryError} as {@link deliverByRoute}.
 */
export async function deliverWithRetry<M>(
  route: readonly Provider<M>[],
  message: M,
  options: DeliveryOptions,
): Promise<Delivered> {
  try {
    return await deliverByRoute(route, message, options);
  } catch (error) {
    const { clock, endsAt } = options;
    const pause = options.random() * MAXIMUM_PAUSE_MS;
    const isTransient = error instanceof DeliveryError && error.kind === 'transient';
    if (!isTransient || clock.now() + pause + MINIMUM_ATTEMPT_MS > endsAt) throw error;
    await sleep(clock, pause);
    return deliverByRoute(route, message, options);
  }
}

/**
 * Tries the providers in turn, and goes on to the next one only if a provider certainly did not accept the message.
 * Each gets an equal share of the remaining time. A provider that keeps failing is passed over when its turn comes, and
 * tried after all others.
 *
 * @throws {DeliveryError} `rejected` and `ambiguous` at once; otherwise, after the last provider, the failure most
 *   worth retrying.
 */
export async function deliverByRoute<M>(
  route: readonly Provider<M>[],
  message: M,
  options: DeliveryOptions,
): Promise<Delivered> {
  const { endsAt, clock, onFailure } = options;
  const turns = [...route];
  let failure: DeliveryError | undefined;

  for (const [index, provider] of turns.entries()) {
    const startedAt = clock.now();
    if (startedAt >= endsAt) break;
    // It is tried after all others.
    if (index < route.length && !provider.breaker.allows()) {
      turns.push(provider);
      continue;
    }
    try {
      const acceptance = await attempt(
        provider,
        message,
        (endsAt - startedAt) / (turns.length - index),
        options,
      );
      provider.breaker.succeeded();
      return { ...acceptance, latencyMs: clock.now() - startedAt };
    } catch (error) {
      const current = asDeliveryError(error, provider.name);
      onFailure(current);
      if (current.kind === 'rejected') provider.breaker.succeeded();
      else provider.breaker.failed();
      if (current.kind === 'rejected' || current.kind === 'ambiguous') throw current;
      if (failure?.kind !== 'transient') failure = current;
    }
  }
  if (route.length === 0) throw new DeliveryError('misconfigured', { provider: 'none', code: 'EMPTY_ROUTE' });
  throw failure ?? new DeliveryError('transient', { provider: 'none', code: 'NO_TIME_LEFT' });
}

async function attempt<M>(
  provider: Provider<M>,
  message: M,
  timeoutMs: number,
  { clock, id, expiresAt }: DeliveryOptions,
): Promise<Acceptance> {
  return withDeadline(clock, timeoutMs, (deadline) =>
    withDeadline(clock, timeoutMs + GRACE_MS, ({ signal }) => {
      const unresponsive = new Promise<never>((_, reject) => {
        signal.addEventListener('abort', () => {
          reject(new DeliveryError('ambiguous', { provider: provider.name, code: 'UNRESPONSIVE' }));
        });
      });
      return Promise.race([provider.deliver(message, { deadline, id, expiresAt }), unresponsive]);
    }),
  );
}

// Providers classify the errors of their transport. Any other error may have been thrown after the message was written.
function asDeliveryError(error: unknown, provider: string): DeliveryError {
  if (error instanceof DeliveryError) return error;
  return new DeliveryError('ambiguous', { provider, code: 'INTERNAL', cause: error });
}
