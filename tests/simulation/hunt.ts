/** Looks for a broken rule until there is one: in small worlds first, then in random ones. Prints it, and how to see it. */
import { explore, SMALL_WORLDS } from './explore.js';
import { strangers } from './protocol.js';
import { runRandomWorld } from './random-world.js';

const RANDOM_WORLDS = 60;

async function hunt(): Promise<string | undefined> {
  for (const faults of [0, 1]) {
    for (const small of SMALL_WORLDS) {
      const { breaches, transitions } = await explore({ ...small, faults, stopsAtFirst: true });
      for (const [rule, { again }] of breaches) return `${rule} (${again})`;
      for (const change of strangers(transitions)) return `a change that is not drawn: ${change}`;
    }
  }
  for (let seed = 1; seed <= RANDOM_WORLDS; seed += 1) {
    const { breaches, world } = await runRandomWorld(seed);
    for (const { rule, code } of breaches) return `${rule} (--seed ${seed} --code ${code})`;
    for (const change of strangers(world.transitions)) return `a change that is not drawn: ${change}`;
  }
  for (const small of SMALL_WORLDS) {
    const { breaches } = await explore({ ...small, faults: 2, stopsAtFirst: true });
    for (const [rule, { again }] of breaches) return `${rule} (${again})`;
  }
  return undefined;
}

const found = await hunt();
console.log(found ?? 'nothing');
