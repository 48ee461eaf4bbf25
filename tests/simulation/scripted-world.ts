import { type Call, type Fate, FINE } from './fate.js';
import { World, type WorldOptions } from './world.js';

/** A world of one provider in which a test says what happens to each call, and posts one webhook after the other. */
export function createScriptedWorld(options: Pick<WorldOptions, 'environment' | 'hasParameters'> = {}) {
  const rule: { fate: (call: Call) => Fate } = { fate: () => FINE };
  const world = new World({
    ...options,
    route: 1,
    director: {
      fate: (call) => rule.fate(call),
      latencyMs: () => 1,
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
      const [, record] = / logs (\{.*)$/.exec(line) ?? [];
      return record === undefined ? [] : [JSON.parse(record) as Record<string, unknown>];
    });
  let posted = 0;
  return {
    world,
    rule,
    /** Posts a webhook, and lets time pass until nothing is left to happen. */
    post: async (channel: 'email' | 'sms', to: string) => {
      const at = agenda.now;
      const line = history.lines.length;
      const code = `C${(posted += 1)}`;
      const signed = world.webhook({ code, channel, to, timestamp: at, ttlMs: 300_000 });
      world.post(signed, at);
      await agenda.run();
      const [post] = signed.webhook.posts;
      if (post?.answeredAt === undefined) throw new Error(`${code} was not answered`);
      const { status, answeredAt, visit } = post;
      const [outcome] = logged(history.lines.slice(line)).filter((record) => 'outcome' in record);
      return { status, ms: answeredAt - at, metrics: visit.metrics, reason: outcome?.['reason'] };
    },
    pass: async (ms: number) => {
      agenda.schedule(agenda.now + ms, undefined, 'time passes', () => undefined);
      await agenda.run();
    },
    /** What the functions logged, line by line. */
    logs: () => logged(history.lines),
    counted: (name: string) =>
      [...world.webhooks.values()]
        .flatMap(({ visits }) => visits.flatMap(({ metrics }) => metrics))
        .filter((metric) => metric === name).length,
  };
}
