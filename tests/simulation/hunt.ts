/**
 * Looks for a broken rule until there is one, where it is found soonest. Prints it, and how to see it. With `--briefly` it
 * gives up after half a minute.
 */
import { DIRECTED_WORLDS } from './directed-worlds.js';
import { explore } from './explore.js';
import { strangers } from './protocol.js';
import { runRandomWorld } from './random-world.js';
import { SMALL_WORLDS, type SmallWorld } from './small-worlds.js';

async function inSmall(worlds: readonly SmallWorld[], faults?: number): Promise<string | undefined> {
  for (const small of worlds) {
    const { broken, transitions } = await explore(small, faults ?? small.faults ?? 0, { stopsAtFirst: true });
    for (const [rule, { schedule }] of broken) return `${rule} (--schedule ${schedule})`;
    for (const change of strangers(transitions)) return `a change that is not drawn: ${change}`;
  }
  return undefined;
}

async function inRandom(first: number, last: number): Promise<string | undefined> {
  for (let seed = first; seed <= last; seed += 1) {
    const { breaches, world } = await runRandomWorld(seed);
    for (const { rule, code } of breaches) return `${rule} (--seed ${seed} --trace --code ${code})`;
    for (const change of strangers(world.transitions)) return `a change that is not drawn: ${change}`;
  }
  return undefined;
}

const isBrief = process.argv.includes('--briefly');
const found =
  (await inRandom(1, 3)) ??
  (await inSmall(SMALL_WORLDS, 1)) ??
  (await inSmall(DIRECTED_WORLDS)) ??
  (await inRandom(4, isBrief ? 20 : 60)) ??
  (isBrief ? undefined : await inSmall(SMALL_WORLDS, 2));
console.log(found ?? 'nothing');
