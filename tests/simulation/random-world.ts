import { type Breach, judge } from './judge.js';
import { createChance } from './random.js';
import { type Climate, createRandomDirector, createStorms } from './weather.js';
import { START, World } from './world.js';

export interface Run {
  readonly seed: number;
  readonly world: World;
  readonly breaches: readonly Breach[];
}

const LENGTH_MS = 240_000;
const CALM_MS = 180_000;
const TTLS = [60, 300, 600] as const;
const BUDGETS = [1500, 2500, 5000] as const;

/** A world of that many webhooks, each with its copies, in which everything may happen at once, and which then clears up. */
export async function runRandomWorld(
  seed: number,
  { webhooks = 200, keepsHistory = false }: { webhooks?: number; keepsHistory?: boolean } = {},
): Promise<Run> {
  const chance = createChance(seed);
  const clearsAt = START + LENGTH_MS;
  const climate: Climate = {
    trouble: chance.of([0, 0.005, 0.03, 0.2]),
    crashes: chance.of([0, 0, 0.002, 0.02]),
    storms: createStorms(chance, START, LENGTH_MS),
    skewMs: chance.of([0, 0, 500]),
    clearsAt,
  };
  const ttlMs = chance.of(TTLS) * 1000;
  const timeBudgetMs = chance.of(BUDGETS);
  const recipientLimit = chance.of([undefined, 3]);
  const recipients = recipientLimit === undefined ? webhooks : Math.ceil(webhooks / 12);
  const world = new World({
    director: createRandomDirector(chance, climate),
    route: chance.between(1, 3),
    keepsHistory,
    hasParameters: chance.happens(0.5),
    environment: {
      OTP_TTL_SECONDS: String(ttlMs / 1000),
      TIME_BUDGET_MS: String(timeBudgetMs),
      STATE_TIMEOUT_MS: String(chance.of([300, 600])),
      ...(recipientLimit !== undefined && {
        RECIPIENT_LIMIT: String(recipientLimit),
        RECIPIENT_WINDOW_SECONDS: '86400',
      }),
    },
  });
  // OwnID's clock and the sandboxes' differ.
  const ownIdSkewMs = chance.of([0, 0, -30_000, 25_000]);
  for (let index = 0; index < webhooks; index += 1) {
    const at = START + chance.between(0, chance.happens(0.9) ? LENGTH_MS : LENGTH_MS + CALM_MS);
    const recipient = chance.between(1, recipients);
    const channel = chance.of(['email', 'sms'] as const);
    world.agenda.schedule(at, undefined, 'OwnID', () => {
      const webhook = world.webhook({
        code: `C${index}`,
        channel,
        to:
          channel === 'email'
            ? `user-${recipient}@example.org`
            : `+4474001${String(recipient).padStart(5, '0')}`,
        timestamp: at + ownIdSkewMs,
        ttlMs,
      });
      const copies = chance.of([1, 1, 1, 2, 2, 3]);
      for (let copy = 0; copy < copies; copy += 1) {
        world.post(webhook, at + (copy === 0 ? 0 : chance.between(0, chance.of([30, 2500, 28_000]))));
      }
    });
  }
  if (chance.happens(0.3)) {
    world.agenda.schedule(START + chance.between(0, LENGTH_MS), undefined, 'operator', () => {
      world.deploy();
    });
  }
  await world.agenda.run();
  return {
    seed,
    world,
    breaches: judge(world, { timeBudgetMs, recipientLimit, clearsAt, calmFrom: clearsAt + 60_000 }),
  };
}
