import type { Webhook } from './history.js';
import { type Breach, judge } from './judge.js';
import { PROVIDERS } from './providers.js';
import { type Chance, createChance } from './random.js';
import { type Climate, createClimate, createRandomDirector } from './weather.js';
import { rotateSecret, START, World } from './world.js';

export interface Run {
  readonly seed: number;
  readonly world: World;
  readonly breaches: readonly Breach[];
}

const LENGTH_MS = 240_000;
const CALM_MS = 180_000;
/** More than the difference of clocks that a lease has room for. */
const APART_MS = 1000;

/** A world of that many webhooks, each with its copies, in which everything may happen at once, and which then clears up. */
export async function runRandomWorld(
  seed: number,
  { webhooks = 200, keepsHistory = false }: { webhooks?: number; keepsHistory?: boolean } = {},
): Promise<Run> {
  const chance = createChance(seed);
  const climate = createClimate(chance, START, LENGTH_MS);
  const ttlMs = chance.of([60, 60, 300, 600]) * 1000;
  const timeBudgetMs = chance.of([1500, 2500, 5000]);
  const limits = {
    recipient: chance.of([undefined, 3]),
    recipientWindowMs: chance.of([60_000, 86_400_000]),
    total: chance.of([undefined, undefined, Math.ceil(webhooks / 5)]),
  };
  const route = chance.between(1, 3);
  const hasParameters = chance.happens(0.5);
  const forgeries = chance.of([0, 0.02, 0.3]);
  const rotates = hasParameters && chance.happens(0.5);
  const world = new World({
    director: createRandomDirector(chance, climate),
    route,
    keepsHistory,
    hasParameters,
    environment: {
      OTP_TTL_SECONDS: String(ttlMs / 1000),
      TIME_BUDGET_MS: String(timeBudgetMs),
      STATE_TIMEOUT_MS: String(chance.of([300, 600])),
      RECIPIENT_LIMIT: String(limits.recipient ?? '*'),
      RECIPIENT_WINDOW_SECONDS: String(limits.recipientWindowMs / 1000),
      SMS_DAILY_LIMIT: String(limits.total ?? '*'),
    },
  });
  if (rotates) rotateSecret(world, START + chance.between(0, LENGTH_MS));
  if (chance.happens(0.3)) {
    world.agenda.schedule(START + chance.between(0, LENGTH_MS), undefined, 'operator', () => {
      world.deploy();
    });
  }
  const recipients = limits.recipient === undefined ? webhooks : Math.ceil(webhooks / 12);
  populate(world, chance, { webhooks, recipients, ttlMs, forgeries, climate });
  await world.agenda.run();

  const { clearsAt, pollMs, trouble, storms } = climate;
  const terms = {
    timeBudgetMs,
    limits,
    route: PROVIDERS.slice(0, route),
    clearsAt,
    calmFrom: clearsAt + 60_000,
    rotates,
    // After a flood of forgeries the store is asked less often.
    isAuthentic:
      !rotates ||
      (trouble === 0 && forgeries < 0.1 && storms.every(({ service }) => service !== 'parameters')),
    pollMs,
    areClocksApart: climate.skewMs > APART_MS,
  };
  return { seed, world, breaches: judge(world, terms) };
}

function populate(
  world: World,
  chance: Chance,
  options: { webhooks: number; recipients: number; ttlMs: number; forgeries: number; climate: Climate },
): void {
  const { webhooks, recipients, ttlMs, forgeries, climate } = options;
  // OwnID's clock and the sandboxes' differ.
  const skewMs = climate.skewMs > APART_MS ? 0 : chance.of([0, 0, -30_000, 25_000]);
  const arrivalMs = chance.of([LENGTH_MS / 4, LENGTH_MS]);
  const old = chance.happens(0.3) ? Math.ceil(webhooks / 10) : 0;
  for (let index = 0; index < webhooks; index += 1) {
    const recipient = chance.between(1, recipients);
    const channel = chance.of(['email', 'sms'] as const);
    const to =
      channel === 'email' ? `user-${recipient}@example.org` : `+4474001${String(recipient).padStart(5, '0')}`;
    const create = (
      more: { old?: 'accepted' | 'refused'; signature?: Webhook['signature'] },
      heldUpMs = 0,
    ) => {
      const timestamp = world.agenda.now + skewMs - heldUpMs;
      return world.webhook({ code: `C${index}`, channel, to, timestamp, ttlMs, ...more });
    };
    if (index < old) {
      const [isTracked, delaySeconds] = [chance.happens(0.7), chance.between(1, 20)];
      const isReleased = isTracked && chance.happens(0.3);
      world.inherit(create({ old: isReleased ? 'refused' : 'accepted' }), { isTracked, delaySeconds });
      continue;
    }
    const at = START + chance.between(0, chance.happens(0.9) ? arrivalMs : LENGTH_MS + CALM_MS);
    world.agenda.schedule(at, undefined, 'OwnID', () => {
      const signature = chance.happens(forgeries) ? 'forged' : 'authentic';
      // On its way, or from a clock that is ahead.
      const heldUpMs = chance.happens(0.05)
        ? chance.of([chance.between(20_000, 55_000 + Math.min(0, skewMs)), -300_000])
        : 0;
      const webhook = create({ signature }, heldUpMs);
      if (chance.happens(0.05)) world.post(webhook, at + chance.between(90_000, 200_000));
      const copies = chance.of([1, 1, 1, 2, 2, 3]);
      for (let copy = 0; copy < copies; copy += 1) {
        const laterMs = copy === 0 ? 0 : chance.between(0, chance.of([30, 2500, 28_000]));
        world.post(webhook, at + laterMs);
      }
    });
  }
}
