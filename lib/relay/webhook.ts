import type { Channel } from '../channel.js';
import type { QueueEntry } from '../delivery/queue.js';
import { Refusal, SettingsError } from '../errors.js';
import { watch } from '../ledger/watch.js';
import type { Message } from '../ownid/message.js';
import { type HttpEvent, readRequest } from '../ownid/request.js';
import { type HttpResult, type Outcome, respond, STATUS } from '../ownid/response.js';
import { hashRecipient, type LogRecord } from '../telemetry/log.js';
import { measureOutcome } from '../telemetry/outcome-metrics.js';
import { admit, claimOrWait } from './admission.js';
import { authenticate } from './authenticate.js';
import type { ChannelApps } from './channel-apps.js';
import type { Container } from './container.js';
import { enqueue } from './enqueue.js';
import { ledgerRequest, requestKey } from './lease.js';
import { send } from './sender.js';
import { afterRelease, afterTransient, afterUnknown, SETTLE_RESERVE_MS } from './unaccepted.js';

/** A Lambda handler behind an HTTP API, a REST API, a function URL or a load balancer. */
export type Handler = (event: HttpEvent, context?: { readonly awsRequestId?: string }) => Promise<HttpResult>;

/** The part of the time budget that is reserved for the queue. */
const QUEUE_RESERVE_MS = 500;

/** The handler of a channel's webhooks: verifies, parses, claims, counts, sends or queues, and answers. */
export function createPipeline<M extends Message>(
  channel: Channel<M>,
  container: Container,
  apps: ChannelApps<M>,
): Handler {
  const { clock, log, measure } = container;
  const { now } = clock;

  async function handle(event: HttpEvent, record: LogRecord & { channel: string }): Promise<Outcome> {
    const startedAt = now();
    const request = readRequest(event);
    const app = apps.find(request.app);
    if (app === undefined) throw new Refusal('unauthenticated', 'unknown_app');
    record.app = app.name === '' ? undefined : app.name;

    const { body, timestamp, signature, settings } = await authenticate(app, request, {
      now,
      until: startedAt + app.outline.timeBudgetMs - QUEUE_RESERVE_MS,
    });
    const { secrets, secondSends } = settings;
    const message = channel.parse(body, request);
    record.recipient = hashRecipient(message.to, secrets[0]);
    record.country = message.country;
    settings.permit(message);
    const doubt = channel.doubt?.(message);
    if (doubt !== undefined) {
      record.reason = doubt;
      measure({ channel: channel.name, app: record.app, reason: doubt, count: 'doubtful' });
    }

    const deadline = timestamp + settings.ttlMs;
    if (deadline <= now()) throw new Refusal('expired', 'deadline_passed');
    // Before the message is claimed, so that nothing has to be released should a provider fail to load.
    const route = await settings.providers(message);

    const answerBy = startedAt + settings.timeBudgetMs;
    const settleBy = answerBy + SETTLE_RESERVE_MS;
    const sendBy = answerBy - (container.queue === undefined ? SETTLE_RESERVE_MS : QUEUE_RESERVE_MS);
    const key = requestKey(signature);
    const timeoutMs = settings.stateTimeoutMs;
    const hashes = secrets.map((secret) => (text: string) => hashRecipient(text, secret));
    const range = settings.ranges?.(message, { ...container, record, hashes, timeoutMs, by: answerBy });
    const claimed = ledgerRequest({ key, endsAt: answerBy, deadline, secondSends, timeoutMs });
    const verdict = await claimOrWait(container, claimed, {
      waitUntil: Math.min(secondSends > 0 ? sendBy : answerBy, deadline),
      by: settleBy,
    });

    const entryOf = (claim: QueueEntry['claim']): QueueEntry => ({
      version: 2,
      channel: channel.name,
      app: app.name,
      message,
      key,
      claim,
      deadline,
      requestId: record.requestId,
    });
    if (verdict.verdict === 'in_progress') {
      // The holder may have died or sent the message, so a 503 could be untrue. If a second send is allowed, the worker
      // makes it should the lease end without a record.
      if (deadline <= now()) throw new Refusal('expired', 'deadline_passed');
      if (secondSends === 0) return 'unconfirmed';
      const entry = entryOf({ id: verdict.id, holder: '', unsure: 0, isRecorded: false });
      const queued = await enqueue(container, entry, { by: answerBy, notBefore: verdict.until });
      if (queued !== 'yes') return 'unconfirmed';
      await watch(container.ledger, claimed, verdict, settleBy);
      return 'queued';
    }
    if (verdict.verdict !== 'send') return verdict.verdict === 'unconfirmed' ? 'unconfirmed' : 'replayed';

    const { claim } = verdict;
    if (claim.lapsed !== undefined) measure({ channel: channel.name, app: record.app, count: 'unconfirmed' });
    const recipientCaps = hashes.map((hash) => ({
      name: 'recipient' as const,
      // One for every live secret, so that a rotation does not reset the cap.
      subject: hash(channel.mailbox(message)),
      limit: settings.recipientLimit,
      windowMs: settings.recipientWindowMs,
    }));
    // The holder that died has already counted the message.
    const isCounted = claim.lapsed === undefined;
    const admission = await admit(
      (isCounted ? range : undefined) ?? container.caps,
      claim,
      isCounted ? [...recipientCaps, ...settings.totals.map((total) => total(message))] : [],
      { timeoutMs, by: answerBy },
    );
    if ('reached' in admission) {
      record.reason = `cap_${admission.reached}`;
      return afterRelease(claim, admission.released, 'cap_reached');
    }
    if (settings.dryRunAllowed && request.header('x-otp-dry-run') === '1') {
      await admission.release(settleBy);
      return 'dry_run';
    }

    const endsAt = Math.min(sendBy, deadline);
    const result = await send(container, record, {
      route,
      message,
      id: claim.row.id,
      endsAt,
      expiresAt: deadline,
      retries: true,
    });
    if (result === 'accepted') {
      await claim.settle('done', { by: settleBy });
      return 'accepted';
    }
    const times = { deadline, answerBy, settleBy };
    if (result === 'ambiguous')
      return afterUnknown(container, claim, entryOf(claim.entry), secondSends, times);
    if (result === 'transient') return afterTransient(container, admission, entryOf(claim.entry), times);
    const released = await admission.release(settleBy);
    return afterRelease(claim, released, result);
  }

  return async (event, context) => {
    const startedAt = now();
    const record = { requestId: context?.awsRequestId, channel: channel.name } as LogRecord & {
      channel: string;
    };
    let outcome: Outcome;
    try {
      outcome = await handle(event, record);
    } catch (error) {
      outcome = outcomeOf(error, record);
    }
    log(STATUS[outcome] >= 500 ? 'error' : 'info', { ...record, outcome, durationMs: now() - startedAt });
    measureOutcome(measure, outcome, record);
    return respond(outcome);
  };
}

function outcomeOf(error: unknown, record: LogRecord): Outcome {
  if (!(error instanceof Refusal)) {
    record.reason = 'internal_error';
    return 'failed';
  }
  record.reason = error.reason;
  if (error.cause instanceof SettingsError) record.faults = error.cause.faults;
  return error.outcome;
}
