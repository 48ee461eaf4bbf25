import type { Deliver } from '../../lib/delivery/route.js';
import type { QueueEntry, RetryQueue } from '../../lib/delivery/queue.js';
import type { Clock } from '../../lib/clock.js';
import { emailChannel } from '../../lib/email/channel.js';
import { DeliveryError, type DeliveryErrorKind } from '../../lib/errors.js';
import type { LedgerTable, Row } from '../../lib/ledger/table.js';
import { TransportError } from '../../lib/net/transport-error.js';
import type { Transport } from '../../lib/net/transport.js';
import type { Channel } from '../../lib/channel.js';
import type { Message } from '../../lib/ownid/message.js';
import { createWebhook } from '../../lib/relay/start/webhook-function.js';
import type { Surroundings } from '../../lib/relay/container.js';
import { workOf } from '../../lib/relay/receive.js';
import { createWorker } from '../../lib/relay/worker.js';
import { smsChannel } from '../../lib/sms/channel.js';
import type { Environment } from '../../lib/settings/settings.js';
import { EMAIL, signedEvent, SMS } from './event.js';
import { SECRET } from './relay.js';
import { createVirtualClock } from './virtual-clock.js';

/** What happens to a call: carried out and answered, or without one of the two, or neither, or never answered. */
export type Fault = 'none' | 'not carried out' | 'no answer' | 'hangs' | 'hangs, carried out';
/** What a provider does. `late` accepts and does not say so; while it `freezes` a minute passes for the sandbox. */
export type Turn = 'accept' | DeliveryErrorKind | 'hangs' | 'late' | 'freezes';

/**
 * Sandboxes of the real functions in virtual time, around a table, a queue and providers of which a test says how each
 * call goes. `table` and `queue` see every call as `claim`, `count`, `send` and so on.
 */
export function createRelayWorld(
  options: {
    environment?: Environment;
    providers?: readonly string[];
    transport?: (clock: Clock) => Transport;
  } = {},
) {
  const clock = createVirtualClock();
  const rows = new Map<string, Row>();
  const counters = new Map<string, number>();
  const entries: { readonly entry: QueueEntry; readonly delaySeconds: number }[] = [];
  const taken: { readonly provider: string; readonly id: string; readonly at: number }[] = [];
  const lines: Record<string, unknown>[] = [];
  const rule: { table: (call: string) => Fault; queue: () => Fault; provider: (name: string) => Turn } = {
    table: () => 'none',
    queue: () => 'none',
    provider: () => 'accept',
  };
  let names = 0;

  const call = async <T>(fault: Fault, timeoutMs: number, carryOut: () => T): Promise<T> => {
    const isCarriedOut = fault !== 'not carried out' && fault !== 'hangs';
    await pause(1);
    const result = isCarriedOut ? carryOut() : undefined;
    if (fault === 'none') return result as T;
    if (fault.startsWith('hangs')) await pause(timeoutMs);
    throw new TransportError(
      fault.startsWith('hangs') ? 'TIMEOUT' : 'ECONNRESET',
      fault !== 'not carried out',
    );
  };
  const pause = (ms: number) => new Promise<void>((resolve) => clock.after(ms, resolve));

  const table: LedgerTable = {
    isShared: true,
    swap: (key, expected, next, { timeoutMs }) => {
      const isClaim = key.startsWith('delivery:');
      const name = !isClaim
        ? 'count'
        : expected === undefined
          ? 'claim'
          : next === undefined
            ? 'release'
            : next.state;
      return call(rule.table(name), timeoutMs, () => {
        const found = rows.get(key);
        if (found?.state !== expected?.state || found?.holder !== expected?.holder)
          return { done: false, found };
        if (next === undefined) rows.delete(key);
        else rows.set(key, next);
        return { done: true };
      });
    },
    add: (key, amount, { limit, part, timeoutMs }) =>
      call(rule.table('count'), timeoutMs, () => {
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
    send: (entry, { delaySeconds, timeoutMs }) =>
      call(rule.queue(), timeoutMs, () => {
        entries.push({ entry: JSON.parse(JSON.stringify(entry)) as QueueEntry, delaySeconds });
      }),
    postpone: () => Promise.resolve(),
  };

  const deliver =
    (provider: string): Deliver<Message> =>
    async (_message, { deadline, id }) => {
      const turn = rule.provider(provider);
      await pause(1);
      if (turn === 'accept' || turn === 'late' || turn === 'ambiguous')
        taken.push({ provider, id, at: clock.now() });
      if (turn === 'accept') return { provider, messageId: `${provider}-1` };
      if (turn === 'hangs' || turn === 'late') {
        await new Promise((resolve) => {
          deadline.signal.addEventListener('abort', resolve);
        });
        throw new DeliveryError('ambiguous', { provider, code: 'TIMEOUT' });
      }
      if (turn === 'freezes') clock.freeze(60_000);
      throw new DeliveryError(turn === 'freezes' ? 'transient' : turn, { provider, code: 'X' });
    };
  const { providers = ['a'] } = options;
  const played = <M extends Message>(channel: Channel<M>): Channel<M> => ({
    ...channel,
    settings: (get, refuse) => ({
      ...channel.settings(get, refuse),
      route: providers.map((name) => ({ name, connect: () => Promise.resolve(deliver(name)) })),
      routeOf: () => providers,
    }),
  });

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
  const email = () => createWebhook(played(emailChannel), surroundings).handler;
  const sms = () => createWebhook(played(smsChannel), surroundings).handler;
  const worker = createWorker([workOf(played(emailChannel)), workOf(played(smsChannel))], surroundings);

  let stamps = 0;
  return {
    clock,
    rule,
    rows,
    counters,
    entries,
    taken,
    lines,
    /** Each a sandbox of its own. */
    sandbox: { email, sms },
    emailEvent: () => signedEvent(EMAIL, { path: '/email', time: clock.now() - (stamps += 1) }),
    smsEvent: () => signedEvent(SMS, { path: '/sms', time: clock.now() - (stamps += 1) }),
    /** Hands an entry of the queue to the worker, once; whether the queue is to keep it. */
    receive: async (entry: QueueEntry | string, receives = 1): Promise<boolean> => {
      const body = typeof entry === 'string' ? entry : JSON.stringify(entry);
      const record = {
        messageId: 'm',
        receiptHandle: 'h',
        body,
        attributes: { ApproximateReceiveCount: String(receives) },
      };
      const { batchItemFailures } = await clock.until(worker({ Records: [record] }));
      return batchItemFailures.length > 0;
    },
    counted: (name: string) => lines.filter((line) => '_aws' in line && line[name] === 1).length,
  };
}
