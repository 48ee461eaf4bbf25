import { deliverByRoute, deliverWithRetry, MINIMUM_ATTEMPT_MS, type Provider } from '../delivery/route.js';
import { DeliveryError, type DeliveryErrorKind } from '../errors.js';
import type { LogRecord } from '../telemetry/log.js';
import type { Container } from './container.js';

/** How the attempts at one message ended: it was accepted, or failed with this kind of `DeliveryError`. */
export type SendResult = 'accepted' | DeliveryErrorKind;

/**
 * Makes the attempts at one message: through the route and, with `retries`, once more after a transient failure. Adds
 * what may be logged of them to `record`, and counts each failure.
 *
 * @param options.id identifies the message in every attempt.
 * @param options.endsAt milliseconds since the Unix epoch; nothing is sent afterwards.
 * @param options.expiresAt as in `Deliver`.
 */
export async function send<M>(
  { clock, random, measure }: Pick<Container, 'clock' | 'random' | 'measure'>,
  record: LogRecord & { readonly channel: string },
  options: {
    readonly route: readonly Provider<M>[];
    readonly message: M;
    readonly id: string;
    readonly endsAt: number;
    readonly expiresAt: number;
    readonly retries: boolean;
  },
): Promise<SendResult> {
  const { route, message, id, endsAt, expiresAt, retries } = options;
  if (clock.now() + MINIMUM_ATTEMPT_MS > endsAt) return 'transient';
  const failures: string[] = [];
  record.failures = failures;
  const onFailure = ({ provider, kind, code }: DeliveryError) => {
    failures.push(`${provider}:${kind}:${code}`);
    measure({ channel: record.channel, app: record.app, provider, reason: kind, count: 'providerFailure' });
  };
  try {
    const deliver = retries ? deliverWithRetry : deliverByRoute;
    const accepted = await deliver(route, message, { id, endsAt, expiresAt, clock, random, onFailure });
    record.provider = accepted.provider;
    record.messageId = accepted.messageId;
    record.deliveryMs = accepted.latencyMs;
    return 'accepted';
  } catch (error) {
    if (error instanceof DeliveryError) return error.kind;
    throw error;
  }
}
