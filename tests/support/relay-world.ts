import type { Deliver } from '../../lib/delivery/route.js';
import type { RetryQueue } from '../../lib/delivery/queue.js';
import type { Clock } from '../../lib/clock.js';
import { emailChannel } from '../../lib/email/channel.js';
import { DeliveryError, type DeliveryErrorKind } from '../../lib/errors.js';
import type { LedgerTable, Row } from '../../lib/ledger/table.js';
import { TransportError } from '../../lib/net/transport-error.js';
import type { Transport } from '../../lib/net/transport.js';
import type { Message } from '../../lib/ownid/message.js';
import { createWebhook } from '../../lib/relay/start/webhook-function.js';
import type { Surroundings } from '../../lib/relay/container.js';
import { smsChannel } from '../../lib/sms/channel.js';
import type { Environment } from '../../lib/settings/settings.js';
import { EMAIL, signedEvent, SMS } from './event.js';
import { playedChannel } from './played-channel.js';
import { SECRET } from './relay.js';
import { createVirtualClock } from './virtual-clock.js';

/** What happens to a call: carried out and answered, or carried out alone, or neither. */
type Fault = 'none' | 'no answer' | 'hangs';
type Turn = 'accept' | DeliveryErrorKind | 'hangs';

/**
 * Sandboxes of the real webhooks in virtual time, around a table, a queue and a provider of which a test says how each call
 * goes.
 */
export function createRelayWorld(
  options: {
    environment?: Environment;
    transport?: (clock: Clock) => Transport;
  } = {},
) {
  const clock = createVirtualClock();
  const rows = new Map<string, Row>();
  const counters = new Map<string, number>();
  /** How many messages the provider accepted, and how many entries the queue took. */
  const state = { taken: 0, queued: 0 };
  const lines: Record<string, unknown>[] = [];
  const rule: { table: () => Fault; queue: () => Fault; provider: () => Turn } = {
    table: () => 'none',
    queue: () => 'none',
    provider: () => 'accept',
  };
  let names = 0;

  const call = async <T>(fault: Fault, timeoutMs: number, carryOut: () => T): Promise<T> => {
    await pause(1);
    if (fault === 'hangs') {
      await pause(timeoutMs);
      throw new TransportError('TIMEOUT', true);
    }
    const result = carryOut();
    if (fault === 'none') return result;
    throw new TransportError('ECONNRESET', true);
  };
  const pause = (ms: number) => new Promise<void>((resolve) => clock.after(ms, resolve));

  const table: LedgerTable = {
    isShared: true,
    swap: (key, expected, next, { timeoutMs }) =>
      call(rule.table(), timeoutMs, () => {
        const found = rows.get(key);
        if (found?.state !== expected?.state || found?.holder !== expected?.holder)
          return { done: false, found };
        if (next === undefined) rows.delete(key);
        else rows.set(key, next);
        return { done: true };
      }),
    add: (key, amount, { limit, part, timeoutMs }) =>
      call(rule.table(), timeoutMs, () => {
        const counted = [
          [key, limit] as const,
          ...(part ? [[`${key}:${part.name}`, part.limit] as const] : []),
        ];
        const sums = counted.map(([item, most]) => [item, (counters.get(item) ?? 0) + amount, most] as const);
        if (sums.some(([, sum, most]) => sum < 0 || sum > most)) return false;
        for (const [item, sum] of sums) counters.set(item, sum);
        return true;
      }),
  };
  const queue: RetryQueue = {
    send: (_entry, { timeoutMs }) =>
      call(rule.queue(), timeoutMs, () => {
        state.queued += 1;
      }),
    postpone: () => Promise.resolve(),
  };

  const deliver: Deliver<Message> = async (_message, { deadline }) => {
    const turn = rule.provider();
    await pause(1);
    if (turn === 'hangs') {
      await new Promise((resolve) => {
        deadline.signal.addEventListener('abort', resolve);
      });
      throw new DeliveryError('ambiguous', { provider: 'a', code: 'TIMEOUT' });
    }
    if (turn !== 'accept') throw new DeliveryError(turn, { provider: 'a', code: 'X' });
    state.taken += 1;
    return { provider: 'a', messageId: 'a-1' };
  };
  const write = (line: unknown) => lines.push(JSON.parse(String(line)) as Record<string, unknown>);
  const surroundings: Surroundings = {
    environment: {
      OWNID_SHARED_SECRET: SECRET,
      EMAIL_FROM: 'login@relay.example',
      SMS_ALLOWED_COUNTRIES: 'US',
      RECIPIENT_LIMIT: '*',
      ...options.environment,
    },
    clock,
    random: () => 0.5,
    newId: () => `id-${(names += 1)}`,
    logSink: { info: write, warn: write, error: write },
    writeMetric: write,
    table,
    queue,
    ...(options.transport !== undefined && { transport: options.transport(clock) }),
  };
  const email = () => createWebhook(playedChannel(emailChannel, { a: deliver }), surroundings).handler;
  const sms = () => createWebhook(playedChannel(smsChannel, { a: deliver }), surroundings).handler;

  let stamps = 0;
  return {
    clock,
    rule,
    rows,
    counters,
    state,
    lines,
    /** Each a sandbox of its own. */
    sandbox: { email, sms },
    emailEvent: () => signedEvent(EMAIL, { path: '/email', time: clock.now() - (stamps += 1) }),
    smsEvent: () => signedEvent(SMS, { path: '/sms', time: clock.now() - (stamps += 1) }),
    counted: (name: string) => lines.filter((line) => '_aws' in line && line[name] === 1).length,
  };
}
