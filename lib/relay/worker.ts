import { backoffSeconds } from '../delivery/backoff.js';
import { parseEntry, type QueueEntry } from '../delivery/queue.js';
import { Refusal, SettingsError } from '../errors.js';
import type { LogRecord } from '../telemetry/log.js';
import { measureOutcome } from '../telemetry/outcome-metrics.js';
import { type Container, createContainer, type Surroundings } from './container.js';
import type { ChannelWork, Receive, Work } from './receive.js';

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

/** Lambda's partial batch response: the entries that the queue must keep. */
export interface QueueResult {
  readonly batchItemFailures: { readonly itemIdentifier: string }[];
}

export type QueueHandler = (event: QueueEvent) => Promise<QueueResult>;

/**
 * Makes the handler of the retry queue. Entries that it cannot read stay in the queue, and so end up in the dead-letter
 * queue.
 *
 * @throws {SettingsError} when the settings of no channel are complete.
 */
export function createWorker(channels: readonly ChannelWork[], surroundings: Surroundings): QueueHandler {
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

  /** True if the queue must keep the entry. */
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
            // Whoever has claimed it may be at work on it or have died, and no later receive will see which.
            outcome: received.notBefore === undefined ? 'expired' : 'unconfirmed',
            reason: received.reason,
          }
        : received;

    const { keep, reason } = result;
    log(keep ? 'warn' : 'info', {
      ...record,
      outcome: keep ? 'retried' : result.outcome,
      reason,
      durationMs: clock.now() - startedAt,
    });
    if (keep) {
      measure({ channel, app: (record as LogRecord).app, count: 'retried' });
      const notBefore = Math.ceil(((result.notBefore ?? 0) - clock.now()) / 1000);
      // If this fails, the entry comes back after the queue's own visibility timeout.
      await queue?.postpone(receiptHandle, Math.max(backoff ?? 0, notBefore)).catch(() => undefined);
    } else {
      measureOutcome(measure, result.outcome, record);
      await result.after?.();
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

/** A stage may use one channel only: the other's settings are then incomplete, which does not stop the worker. */
function configuredChannels(
  channels: readonly ChannelWork[],
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
