import type { Container } from './container.js';
import { createContainer, type Surroundings } from './container.js';
import { Refusal, SettingsError } from '../errors.js';
import type { LogRecord } from '../telemetry/log.js';
import { measureOutcome } from '../telemetry/outcome-metrics.js';
import { backoffSeconds, type QueueEntry } from '../delivery/queue.js';
import type { Resend, Resent } from './resend.js';

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

/**
 * Makes the handler of the retry queue. Entries that it cannot read stay in the queue, and so end in the dead-letter
 * queue.
 *
 * @param channels makes each channel's resender.
 * @throws {SettingsError} when the settings of no channel are complete.
 */
export function createWorker(
  channels: Readonly<Record<QueueEntry['channel'], (container: Container) => Resend>>,
  surroundings: Surroundings,
): QueueHandler {
  const container = createContainer('retry', surroundings);
  const { now, random, log, measure, queue } = container;
  const resenders = createResenders(channels, container);

  async function attempt(entry: QueueEntry, attempts: number, record: LogRecord): Promise<Resent> {
    const resend = resenders.get(entry.channel);
    const delaySeconds = backoffSeconds(attempts, random, entry.deadline - now());
    if (resend === undefined) return { keep: true, reason: 'channel_not_configured', delaySeconds };
    try {
      return await resend(entry, attempts, record);
    } catch (error) {
      return { keep: true, reason: error instanceof Refusal ? error.reason : 'internal_error', delaySeconds };
    }
  }

  /** True where the queue is to keep the entry. */
  async function handle({ body, receiptHandle, attributes }: QueueRecord): Promise<boolean> {
    const startedAt = now();
    const attempts = Number(attributes.ApproximateReceiveCount);
    const entry = parseEntry(body);
    if (entry === undefined) {
      log('error', { channel: 'retry', reason: 'entry_malformed', attempt: attempts });
      return true;
    }
    const { requestId, channel } = entry;
    const record: LogRecord = { requestId, channel, attempt: attempts };
    const result = await attempt(entry, attempts, record);

    const { keep, reason } = result;
    log(keep ? 'warn' : 'info', {
      ...record,
      outcome: keep ? 'retried' : result.outcome,
      ...(reason !== undefined && { reason }),
      durationMs: now() - startedAt,
    });
    if (keep) {
      measure({ channel, app: record.app, count: 'retried' });
      // Without it the entry comes back after the queue's own visibility timeout.
      await queue?.postpone(receiptHandle, result.delaySeconds).catch(() => undefined);
    } else {
      measureOutcome(measure, result.outcome, { ...record, channel });
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

/** A stage may use one channel only: the other's settings are then incomplete, which stops nothing. */
function createResenders(
  channels: Readonly<Record<string, (container: Container) => Resend>>,
  container: Container,
): ReadonlyMap<string, Resend> {
  const resenders = new Map<string, Resend>();
  const faults: string[] = [];
  for (const [name, create] of Object.entries(channels)) {
    try {
      resenders.set(name, create(container));
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      container.log('warn', { channel: name, reason: 'channel_not_configured', faults: error.faults });
      faults.push(...error.faults);
    }
  }
  if (resenders.size === 0) throw new SettingsError([...new Set(faults)]);
  return resenders;
}

function parseEntry(body: string): QueueEntry | undefined {
  try {
    const entry = JSON.parse(body) as QueueEntry;
    return typeof entry.deadline === 'number' && typeof entry.key === 'string' ? entry : undefined;
  } catch {
    return undefined;
  }
}
