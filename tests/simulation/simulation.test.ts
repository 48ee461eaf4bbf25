import { explore, SMALL_WORLDS } from './explore.js';
import { strangers } from './protocol.js';
import { runRandomWorld } from './random-world.js';

test('one seed is one history', async () => {
  const histories = [];
  for (let run = 0; run < 2; run += 1) {
    const { world } = await runRandomWorld(6, { webhooks: 60, keepsHistory: true });
    histories.push(world.history.lines.join('\n'));
  }
  expect(histories[0]?.length).toBeGreaterThan(10_000);
  expect(histories[1]).toBe(histories[0]);
});

// Each broke a rule once.
test.each([15, 23, 94])('world %i keeps the promise', async (seed) => {
  const { world, breaches } = await runRandomWorld(seed);
  expect(breaches).toEqual([]);
  expect(strangers(world.transitions)).toEqual([]);
});

test.each(SMALL_WORLDS)(
  '$channel over a route of $route keeps the promise whatever goes wrong once',
  async (small) => {
    const { isComplete, schedules, breaches, transitions } = await explore({ ...small, faults: 1 });
    expect([...breaches]).toEqual([]);
    expect(strangers(transitions)).toEqual([]);
    expect(isComplete).toBe(true);
    expect(schedules).toBeGreaterThan(200);
  },
);
