import type { Channel } from '../channel.js';
import { createChannelApps } from './channel-apps.js';
import type { Container } from './container.js';
import { deliverByRoute } from '../delivery/route.js';
import { DeliveryError } from '../errors.js';
import { hashRecipient, type LogRecord } from '../telemetry/log.js';
import type { Message } from '../ownid/message.js';
import { backoffSeconds, type QueueEntry } from '../delivery/queue.js';
import type { Outcome } from '../ownid/response.js';
import type { Ticket } from '../ledger/ticket.js';

/** What becomes of a queue entry after an attempt: it is finished, or kept for a later one. */
export type Resent =
  | { readonly keep: false; readonly outcome: Outcome; readonly reason?: string }
  | { readonly keep: true; readonly reason: string; readonly delaySeconds: number };

/** Makes one attempt at a queue entry; what may be logged of it goes into `record`. */
export type Resend = (entry: QueueEntry, attempts: number, record: LogRecord) => Promise<Resent>;

/** For one attempt through the whole route; nobody waits for an answer any more. */
const ATTEMPT_MS = 8000;
const LEASE_SLACK_MS = 2000;

/**
 * Makes the function that sends a channel's queue entries.
 *
 * @throws {SettingsError} listing every faulty setting.
 */
export function createResend<M extends Message>(channel: Channel<M>, container: Container): Resend {
  const { clock, now, random, guard, measure } = container;
  const apps = createChannelApps(channel, container);

  return async (entry, attempts, record) => {
    const { deadline, key } = entry;
    if (deadline <= now()) return { keep: false, outcome: 'expired' };
    const later = (reason: string): Resent => ({
      keep: true,
      reason,
      delaySeconds: backoffSeconds(attempts, random, deadline - now()),
    });

    const app = apps.find(entry.app);
    // Its settings were removed after it was queued; they may come back with the next deployment.
    if (app === undefined) return later('unknown_app');
    record.app = app.name === '' ? undefined : app.name;
    const settings = await app.settings();
    const message = entry.message as M;
    record.recipient = hashRecipient(message.to, settings.secrets[0]);
    record.country = message.country;
    const route = await settings.providers(message);

    const endsAt = Math.min(now() + ATTEMPT_MS, deadline);
    const delivery = {
      key,
      leaseUntil: endsAt + LEASE_SLACK_MS,
      expiresAt: deadline + ATTEMPT_MS,
      mayResend: settings.mayResend,
    };
    const admission = await guard.resume(delivery, entry);
    if (admission.verdict === 'in_progress') {
      const delaySeconds = Math.ceil((admission.until - now()) / 1000) + 1;
      return { keep: true, reason: 'copy_in_progress', delaySeconds };
    }
    if (admission.verdict === 'unconfirmed') return { keep: false, outcome: 'unconfirmed' };
    if (admission.verdict !== 'send') {
      return { keep: false, outcome: 'replayed', reason: admission.verdict };
    }

    const { ticket } = admission;
    const failures: string[] = [];
    record.failures = failures;
    try {
      const { provider, messageId, latencyMs } = await deliverByRoute(route, message, {
        id: ticket.admission,
        expiresAt: deadline,
        endsAt,
        clock,
        random,
        onFailure: (failure) => {
          failures.push(`${failure.provider}:${failure.kind}:${failure.code}`);
          const { provider: failed, kind: reason } = failure;
          measure({
            channel: channel.name,
            app: record.app,
            provider: failed,
            reason,
            count: 'providerFailure',
          });
        },
      });
      Object.assign(record, { provider, messageId, deliveryMs: latencyMs });
      await ticket.done();
      return { keep: false, outcome: 'accepted' };
    } catch (error) {
      if (!(error instanceof DeliveryError)) throw error;
      const ended = await settle(error, ticket, delivery.mayResend);
      if (ended !== undefined) return { keep: false, outcome: ended };
      // As where the webhook leaves such an email to the queue.
      if (error.kind === 'ambiguous')
        measure({ channel: channel.name, app: record.app, count: 'unconfirmed' });
      return later(error.kind);
    }
  };
}

/** Moves a delivery on after a failed attempt; undefined where the entry is to be tried again. */
async function settle(
  { kind }: DeliveryError,
  ticket: Ticket,
  mayResend: boolean,
): Promise<Outcome | undefined> {
  if (kind === 'rejected') {
    await ticket.done();
    return 'rejected';
  }
  if (kind === 'ambiguous') {
    if (mayResend && !ticket.resent && (await ticket.queued({ resent: true }))) return undefined;
    await ticket.done();
    return 'unconfirmed';
  }
  // Even where our settings are at fault: the 202 was given, and they may be mended before the deadline.
  await ticket.queued();
  return undefined;
}
