import type { Channel } from '../channel.js';
import { backoffSeconds, isLastTry } from '../delivery/backoff.js';
import { parseEntry, type QueueEntry } from '../delivery/queue.js';
import { Refusal, SettingsError } from '../errors.js';
import type { Message } from '../ownid/message.js';
import type { Outcome } from '../ownid/response.js';
import { hashRecipient, type LogRecord } from '../telemetry/log.js';
import { measureOutcome } from '../telemetry/outcome-metrics.js';
import { createChannelApps } from './channel-apps.js';
import { type Container, createContainer, type Surroundings } from './container.js';
import { ledgerRequest } from './lease.js';
import { type SendResult, send } from './sender.js';

/** The part of an SQS event that the worker reads. */
export interface QueueEvent {
  readonly Records: readonly QueueRecord[];
}

interface QueueRecord {
  readonly messageId: string;
  readonly receiptHandle: string;
  readonly body: string;
  readonly attributes: { readonly ApproximateReceiveCount: string };
}

/** Lambda's partial batch response: the entries that the queue is to keep. */
export interface QueueResult {
  readonly batchItemFailures: { readonly itemIdentifier: string }[];
}

export type QueueHandler = (event: QueueEvent) => Promise<QueueResult>;

/** For the attempts through the whole route; nobody waits for an answer any more. */
const ATTEMPT_MS = 8000;
/** How long table and parameter store are waited for in one receive; a later one may find them again. */
const PATIENCE_MS = 2000;

/** How one receive of an entry ended: it is finished, or kept for a later one. */
type Receive =
  | { readonly keep: false; readonly outcome: Outcome; readonly reason?: string }
  /** `notBefore` is when somebody else, who is at work on it, will have ended. */
  | { readonly keep: true; readonly reason: string; readonly notBefore?: number };

/** Makes one receive of an entry; what may be logged of it goes into `record`. */
type Work = (entry: QueueEntry, record: LogRecord & { channel: string }) => Promise<Receive>;

/**
 * Makes the handler of the retry queue. Entries that it cannot read stay in the queue, and so end in the dead-letter
 * queue.
 *
 * @throws {SettingsError} when the settings of no channel are complete.
 */
export function createWorker(
  channels: readonly ((container: Container) => readonly [Channel<Message>['name'], Work])[],
  surroundings: Surroundings,
): QueueHandler {
  const container = createContainer('retry', surroundings);
  const { clock, random, log, measure, queue } = container;
  const works = configuredChannels(channels, container);

  async function receive(entry: QueueEntry, record: LogRecord & { channel: string }): Promise<Receive> {
    if (entry.deadline <= clock.now()) return { keep: false, outcome: 'expired' };
    const work = works.get(entry.channel);
    if (work === undefined) return { keep: true, reason: 'channel_not_configured' };
    try {
      return await work(entry, record);
    } catch (error) {
      return { keep: true, reason: error instanceof Refusal ? error.reason : 'internal_error' };
    }
  }

  /** True where the queue is to keep the entry. */
  async function handle({ body, receiptHandle, attributes }: QueueRecord): Promise<boolean> {
    const startedAt = clock.now();
    const receives = Number(attributes.ApproximateReceiveCount);
    const entry = parseEntry(body);
    if (entry === undefined) {
      log('error', { channel: 'retry', reason: 'entry_malformed', attempt: receives });
      return true;
    }
    const { requestId, channel, deadline } = entry;
    const record = { requestId, channel, attempt: receives };
    const received = await receive(entry, record);
    const backoff = backoffSeconds(receives, random, deadline - clock.now());
    const result: Receive =
      received.keep && backoff === undefined
        ? {
            keep: false,
            outcome: received.notBefore === undefined ? 'expired' : 'replayed',
            reason: received.reason,
          }
        : received;

    const { keep, reason } = result;
    log(keep ? 'warn' : 'info', {
      ...record,
      outcome: keep ? 'retried' : result.outcome,
      ...(reason !== undefined && { reason }),
      durationMs: clock.now() - startedAt,
    });
    if (keep) {
      measure({ channel, app: (record as LogRecord).app, count: 'retried' });
      const notBefore = Math.ceil(((result.notBefore ?? 0) - clock.now()) / 1000);
      // Without it the entry comes back after the queue's own visibility timeout.
      await queue?.postpone(receiptHandle, Math.max(backoff ?? 0, notBefore)).catch(() => undefined);
    } else {
      measureOutcome(measure, result.outcome, record);
    }
    return keep;
  }

  return async ({ Records }) => {
    const kept = await Promise.all(
      Records.map(async (record) => ((await handle(record)) ? [{ itemIdentifier: record.messageId }] : [])),
    );
    return { batchItemFailures: kept.flat() };
  };
}

/**
 * The work of one channel, for {@link createWorker}.
 *
 * @throws {SettingsError} listing every faulty setting.
 */
export function workOf<M extends Message>(channel: Channel<M>) {
  return (container: Container): readonly [Channel<M>['name'], Work] => [
    channel.name,
    createWork(channel, container),
  ];
}

function createWork<M extends Message>(channel: Channel<M>, container: Container): Work {
  const { clock, ledger, measure } = container;
  const apps = createChannelApps(channel, container);

  return async (entry, record) => {
    const { deadline, key } = entry;
    const app = apps.find(entry.app);
    // Its settings were removed after it was queued; they may come back with the next deployment.
    if (app === undefined) return { keep: true, reason: 'unknown_app' };
    record.app = app.name === '' ? undefined : app.name;
    const message = channel.readMessage(entry.message);
    if (message === undefined) return { keep: true, reason: 'entry_malformed' };
    const settings = await app.settings(clock.now() + PATIENCE_MS);
    record.recipient = hashRecipient(message.to, settings.secrets[0]);
    record.country = message.country;
    const route = await settings.providers(message);

    const endsAt = Math.min(clock.now() + ATTEMPT_MS, deadline);
    const { secondSends, stateTimeoutMs: timeoutMs } = settings;
    const request = ledgerRequest({ key, endsAt, deadline, secondSends, timeoutMs });
    const verdict = await ledger.take(request, entry.claim, clock.now() + PATIENCE_MS);
    // A request about which anything was seen is not sent again without the table. A copy that watches saw its holder.
    const isBlind = verdict.verdict === 'down' && !entry.claim.isRecorded && entry.claim.holder !== '';
    if (verdict.verdict === 'down' && !(isBlind && isLastTry(deadline - clock.now()))) {
      return { keep: true, reason: 'state_store_down' };
    }
    if (verdict.verdict === 'in_progress') {
      return { keep: true, reason: 'copy_in_progress', notBefore: verdict.until };
    }
    if (!('claim' in verdict)) {
      const { verdict: reason } = verdict;
      return { keep: false, outcome: reason === 'unconfirmed' ? reason : 'replayed', reason };
    }

    const { claim } = verdict;
    const countUnconfirmed = () => {
      measure({ channel: channel.name, app: record.app, count: 'unconfirmed' });
    };
    if (claim.lapsed !== undefined) countUnconfirmed();
    const result = await send(container, record, {
      route,
      message,
      id: claim.row.id,
      endsAt,
      expiresAt: deadline,
      retries: false,
    });
    const { to, unsure } = nextState(result, claim.row.unsure, secondSends);
    await claim.settle(to, { by: request.until, unsure });
    if (result === 'accepted' || result === 'rejected') return { keep: false, outcome: result };
    if (to === 'done') return { keep: false, outcome: 'unconfirmed' };
    if (result === 'ambiguous') countUnconfirmed();
    return { keep: true, reason: result };
  };
}

/** Even where our settings are at fault the message stays queued: the 202 was given, and they may change in time. */
function nextState(result: SendResult, unsure: number, secondSends: number) {
  if (result === 'accepted' || result === 'rejected') return { to: 'done', unsure } as const;
  if (result !== 'ambiguous') return { to: 'queued', unsure } as const;
  return { to: unsure < secondSends ? 'queued' : 'done', unsure: unsure + 1 } as const;
}

/** A stage may use one channel only: the other's settings are then incomplete, which does not stop the worker. */
function configuredChannels(
  channels: Parameters<typeof createWorker>[0],
  container: Container,
): ReadonlyMap<string, Work> {
  const works = new Map<string, Work>();
  const faults: string[] = [];
  for (const create of channels) {
    try {
      works.set(...create(container));
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      container.log('warn', { channel: 'retry', reason: 'channel_not_configured', faults: error.faults });
      faults.push(...error.faults);
    }
  }
  if (works.size === 0) throw new SettingsError([...new Set(faults)]);
  return works;
}
