import type { App } from '../settings/apps.js';
import type { Channel } from '../channel.js';
import type { AppSettings, ChannelApps } from './channel-apps.js';
import type { Container } from './container.js';
import { dispatch } from './dispatch.js';
import { DeliveryError, Refusal, SettingsError } from '../errors.js';
import { deliveryKey } from '../ledger/guard.js';
import { hashRecipient, type LogRecord } from '../telemetry/log.js';
import type { Message } from '../ownid/message.js';
import { measureOutcome } from '../telemetry/outcome-metrics.js';
import { type HttpEvent, type RawRequest, readRequest } from '../ownid/request.js';
import { HEADER_MISMATCH, requireHeader } from '../ownid/required-header.js';
import { type HttpResult, type Outcome, respond, STATUS } from '../ownid/response.js';
import { TOLERANCE_MS, type VerifiedBody, verify } from '../ownid/signature.js';

/** A Lambda handler behind an HTTP API, a REST API, a function URL or a load balancer. */
export type Handler = (event: HttpEvent, context?: { readonly awsRequestId?: string }) => Promise<HttpResult>;

/** How long after the answer was due another container may take this one for dead. */
const LEASE_SLACK_MS = 2000;

/** What a change in the parameter store may mend. */
const MISMATCHES = new Set(['signature_mismatch', HEADER_MISMATCH]);

/** Makes what becomes of a channel's webhooks: verified, parsed, admitted, delivered or queued, answered. */
export function createPipeline<M extends Message>(
  channel: Channel<M>,
  container: Container,
  apps: ChannelApps<M>,
): Handler {
  const { now, log, measure, guard } = container;

  async function handle(event: HttpEvent, record: LogRecord): Promise<Outcome> {
    const startedAt = now();
    const request = readRequest(event);
    const app = apps.find(request.app);
    if (app === undefined) throw new Refusal('unauthenticated', 'unknown_app');
    record.app = app.name === '' ? undefined : app.name;

    const { body, settings } = await authenticate(app, request, now);
    const message = channel.parse(body, request);
    const recipient = hashRecipient(message.to, settings.secrets[0]);
    record.recipient = recipient;
    record.country = message.country;
    settings.permit(message);

    const timestamp = Number(request.header('ownid-timestamp'));
    const deadline = timestamp + settings.ttlMs;
    if (deadline <= now()) throw new Refusal('expired', 'deadline_passed');

    const answerBy = startedAt + settings.timeBudgetMs;
    const { mayResend } = settings;
    const delivery = {
      key: deliveryKey(request.header('ownid-signature') ?? ''),
      leaseUntil: answerBy + LEASE_SLACK_MS,
      // Afterwards a copy is stale, and an entry of the queue past its deadline.
      expiresAt: Math.max(deadline, timestamp + 2 * TOLERANCE_MS) + LEASE_SLACK_MS,
      mayResend,
    };
    // Before the message is admitted, so that nothing has to be released should a provider fail to load.
    const route = await settings.providers(message);
    const recipientCap = {
      name: 'recipient',
      subject: recipient,
      limit: settings.recipientLimit,
      windowMs: settings.recipientWindowMs,
    } as const;
    const admission = await guard.admit(delivery, {
      caps: [recipientCap, ...settings.totals.map((total) => total(message))],
      waitUntil: answerBy,
    });
    if (admission.verdict === 'in_progress') throw new Refusal('in_progress', 'copy_in_progress');
    if (admission.verdict === 'unconfirmed') return 'unconfirmed';
    if (admission.verdict !== 'send') return 'replayed';

    const { ticket } = admission;
    if (settings.dryRunAllowed && request.header('x-otp-dry-run') === '1') {
      await ticket.release();
      return 'dry_run';
    }
    const { requestId } = record;
    const failures: string[] = [];
    record.failures = failures;
    return dispatch(container, {
      route,
      message,
      ticket,
      entry: { channel: channel.name, app: app.name, message, key: delivery.key, deadline, requestId },
      answerBy,
      mayResend,
      onDelivered: ({ provider, messageId, latencyMs }) => {
        Object.assign(record, { provider, messageId, deliveryMs: latencyMs });
      },
      onFailure: ({ provider, kind, code }) => {
        failures.push(`${provider}:${kind}:${code}`);
        measure({ channel: channel.name, app: record.app, provider, reason: kind, count: 'providerFailure' });
      },
    });
  }

  return async (event, context) => {
    const startedAt = now();
    const record: LogRecord = { requestId: context?.awsRequestId, channel: channel.name };
    let outcome: Outcome;
    try {
      outcome = await handle(event, record);
    } catch (error) {
      outcome = outcomeOf(error, record);
    }
    log(STATUS[outcome] >= 500 ? 'error' : 'info', { ...record, outcome, durationMs: now() - startedAt });
    measureOutcome(measure, outcome, { ...record, channel: channel.name });
    return respond(outcome);
  };
}

/** Verifies with the secrets at hand and, where one of them does not match, once more with those the store has now. */
async function authenticate<M>(
  app: App<AppSettings<M>>,
  request: RawRequest,
  now: () => number,
): Promise<{ body: VerifiedBody; settings: AppSettings<M> }> {
  const check = (settings: AppSettings<M>) => {
    const body = verify(request, { secrets: settings.secrets, now: now() });
    requireHeader(request, settings.requiredHeader);
    return { body, settings };
  };
  const settings = await app.settings();
  try {
    return check(settings);
  } catch (error) {
    if (!(error instanceof Refusal) || !MISMATCHES.has(error.reason)) throw error;
    const refreshed = await app.refreshedSettings();
    if (refreshed === settings) throw error;
    return check(refreshed);
  }
}

function outcomeOf(error: unknown, record: LogRecord): Outcome {
  if (error instanceof Refusal) {
    record.reason = error.reason;
    if (error.cause instanceof SettingsError) record.faults = error.cause.faults;
    return error.outcome;
  }
  // `dispatch` turns ambiguous failures into an outcome of their own.
  if (error instanceof DeliveryError && error.kind !== 'ambiguous') return error.kind;
  record.reason = 'internal_error';
  return 'failed';
}
