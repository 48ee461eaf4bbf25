import * as v from 'valibot';
import type { Behaviour } from '../loopback/provider.js';

/** How a loopback provider is told to answer: a behaviour, or a late acceptance. */
export type Choice = Behaviour | 'slow';

/** Longer than the time that the relay has for its answer. */
const SLOW_MS = 5000;

const choices = ['accept', 'slow', 'transient', 'ambiguous', 'rejected', 'misconfigured'] as const;

/** How each loopback provider answers for now; at first they all accept. */
export interface Behaviours {
  /** For `LoopbackOptions.behaviour`. */
  readonly of: (provider: string) => { readonly answer: Behaviour; readonly delayMs?: number };
  list(): readonly { readonly name: string; readonly behaviour: Choice }[];
  /** Returns false for input that names no provider or no behaviour. */
  set(input: unknown): boolean;
}

export function createBehaviours(providers: readonly string[]): Behaviours {
  const chosen = new Map<string, Choice>(providers.map((name) => [name, 'accept']));
  const input = v.object({ name: v.picklist(providers), behaviour: v.picklist(choices) });
  return {
    of: (provider) => {
      const choice = chosen.get(provider) ?? 'accept';
      return choice === 'slow' ? { answer: 'accept', delayMs: SLOW_MS } : { answer: choice };
    },
    list: () => [...chosen].map(([name, behaviour]) => ({ name, behaviour })),
    set: (value) => {
      const { success, output } = v.safeParse(input, value);
      if (success) chosen.set(output.name, output.behaviour);
      return success;
    },
  };
}
