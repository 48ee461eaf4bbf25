import type { QueueEntry } from '../../lib/delivery/queue.js';
import type { LogRecord } from '../../lib/telemetry/log.js';
import { type Call, type Fate, FINE } from './fate.js';
import { START, World, type WorldOptions } from './world.js';

/** A world of one provider in which a test says what happens to each call, and posts one webhook after the other. */
export function createScriptedWorld(
  options: Pick<WorldOptions, 'environment' | 'hasParameters' | 'hasQueue'> = {},
) {
  const rule: { fate: (call: Call) => Fate; latencyMs: number } = { fate: () => FINE, latencyMs: 1 };
  const world = new World({
    ...options,
    route: 1,
    director: {
      fate: (call) => rule.fate(call),
      latencyMs: () => rule.latencyMs,
      pollMs: () => 0,
      handsOutTwice: () => false,
      random: () => 0.5,
      choose: ([first]) => {
        if (first === undefined) throw new Error('nothing is due');
        return first;
      },
      skewMs: () => 0,
    },
  });
  const { agenda, history } = world;
  const logged = (lines: readonly string[]) =>
    lines.flatMap((line) => {
      const [, level, record] = / logs (\w+) (\{.*)$/.exec(line) ?? [];
      return record === undefined ? [] : [{ level, ...(JSON.parse(record) as LogRecord) }];
    });
  const queued: { entry: QueueEntry; delayMs: number; at: number }[] = [];
  const put = world.queue.put.bind(world.queue);
  world.queue.put = (where, body, delaySeconds) => {
    queued.push({
      entry: JSON.parse(body) as QueueEntry,
      delayMs: delaySeconds * 1000,
      at: agenda.now - START,
    });
    return put(where, body, delaySeconds);
  };
  let posted = 0;
  /**
   * Posts copies of a webhook that was made just now, so many milliseconds later, and lets time pass until nothing is left
   * to happen.
   */
  const postAt = async (channel: 'email' | 'sms', to: string, times: readonly number[]) => {
    const from = agenda.now;
    const code = `C${(posted += 1)}`;
    const line = history.lines.length;
    const signed = world.webhook({ code, channel, to, timestamp: from, ttlMs: 300_000 });
    for (const ms of times)
      agenda.schedule(from + ms, undefined, 'OwnID', () => {
        world.post(signed, from + ms);
      });
    await agenda.run();
    const logs = logged(history.lines.slice(line));
    return signed.webhook.posts.map(({ at, answeredAt, status, visit: { metrics } }, index) => {
      const log = logs.find((record) => record.requestId === `${code}-${index + 1}` && 'outcome' in record);
      return { status, ms: (answeredAt ?? Infinity) - at, metrics, ...log };
    });
  };
  return {
    world,
    rule,
    postAt,
    post: async (channel: 'email' | 'sms', to: string) => {
      const [only] = await postAt(channel, to, [0]);
      if (only === undefined) throw new Error('nothing was posted');
      return only;
    },
    pass: async (ms: number) => {
      agenda.schedule(agenda.now + ms, undefined, 'time passes', () => undefined);
      await agenda.run();
    },
    /** How many messages the provider took. */
    taken: () =>
      [...world.webhooks.values()]
        .flatMap(({ attempts }) => attempts)
        .filter(({ takenAt }) => takenAt !== undefined).length,
    /** What the queue took: entries, how long they stay hidden, and when that was, in milliseconds of the world. */
    queued,
    /** What the functions logged, line by line. */
    logs: () => logged(history.lines),
    /** What they logged and measured, as it was written. */
    written: () => history.lines.filter((line) => / (?:logs|measures) /.test(line)),
    counted: (name: string) =>
      [...world.webhooks.values()]
        .flatMap(({ visits }) => visits.flatMap(({ metrics }) => metrics))
        .filter((metric) => metric === name).length,
  };
}
