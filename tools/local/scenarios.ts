import * as v from 'valibot';
import type { Behaviour } from '../loopback/provider.js';
import { providerLabel } from './provider-labels.js';

type Choice = Behaviour | 'slow';

const LIST = new Intl.ListFormat('en-GB');

/** Longer than the time that the relay has for its answer. */
const SLOW_MS = 5000;

/** Something that happens to whatever is sent while it is played. */
export interface Scenario {
  readonly id: string;
  readonly channel: 'email' | 'sms';
  readonly title: string;
  /** What there is to see. */
  readonly note: string;
  /** How each provider answers; those that are not named accept. */
  readonly behaviours: Readonly<Record<string, Choice>>;
}

/** The scenarios there are, of which one at most is played. */
export interface Scenarios {
  readonly list: readonly Scenario[];
  active(): Scenario | undefined;
  /** For `LoopbackOptions.behaviour`. */
  readonly of: (provider: string) => { readonly answer: Behaviour; readonly delayMs?: number };
  /** Takes a scenario's id, or null to end it; returns false for anything else. */
  set(input: unknown): boolean;
  /** Calls the listener when one starts or ends; returns the function that ends that. */
  readonly subscribe: (listener: () => void) => () => void;
}

/** The routes of a channel's apps and countries, each with its providers in the order in which they are tried. */
export type Routes = Readonly<Record<'email' | 'sms', readonly (readonly string[])[]>>;

/** @param isPlayed says of a provider whether it is played here; nobody can make a real one fail. */
export function createScenarios(routes: Routes, isPlayed: (provider: string) => boolean): Scenarios {
  const list = [...scenariosOf('email', routes.email, isPlayed), ...scenariosOf('sms', routes.sms, isPlayed)];
  const input = v.object({ id: v.nullable(v.picklist(list.map(({ id }) => id))) });
  let active: Scenario | undefined;
  const listeners = new Set<() => void>();
  return {
    list,
    active: () => active,
    of: (provider) => {
      const choice = active?.behaviours[provider] ?? 'accept';
      return choice === 'slow' ? { answer: 'accept', delayMs: SLOW_MS } : { answer: choice };
    },
    set: (value) => {
      const { success, output } = v.safeParse(input, value);
      if (!success) return false;
      active = list.find(({ id }) => id === output.id);
      listeners.forEach((listener) => {
        listener();
      });
      return true;
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

function scenariosOf(
  channel: 'email' | 'sms',
  routes: Routes['email'],
  isPlayed: (provider: string) => boolean,
): Scenario[] {
  const make = (name: string, title: string, note: string, behaviours: Scenario['behaviours']): Scenario => ({
    id: `${channel}_${name}`,
    channel,
    title,
    note,
    behaviours,
  });
  const all = unique(routes.flat());
  const everything = LIST.format(all.map(providerLabel));
  const firsts = unique(routes.flatMap(([first]) => first ?? [])).filter(isPlayed);
  const takeovers = routes.flatMap(([first = '', second]) => {
    if (second === undefined || !isPlayed(first)) return [];
    const title = `${providerLabel(first)} is down, ${providerLabel(second)} takes over`;
    const note = 'The next provider of the route gets it at once.';
    return [make(`takeover_${first}_${second}`, title, note, { [first]: 'transient' })];
  });
  const down = make(
    'down',
    `${everything} ${all.length === 1 ? 'is' : 'are'} down`,
    'It waits in the queue. End this, and it arrives.',
    Object.fromEntries(all.map((name) => [name, 'transient'])),
  );
  const again =
    channel === 'email'
      ? 'It may have been accepted, so an email is sent once more: two may arrive.'
      : 'It may have been accepted, so a text message is never sent again.';
  return [
    ...new Map(takeovers.map((scenario) => [scenario.id, scenario])).values(),
    ...(all.length > 0 && all.every(isPlayed) ? [down] : []),
    ...firsts.flatMap((name) => {
      const label = providerLabel(name);
      return [
        make(`lost_${name}`, `The answer of ${label} gets lost`, again, { [name]: 'ambiguous' }),
        make(`slow_${name}`, `${label} takes 5 seconds`, 'Longer than OwnID is kept waiting.', {
          [name]: 'slow',
        }),
        make(`rejected_${name}`, `${label} refuses the message`, 'A 422; no other provider is asked.', {
          [name]: 'rejected',
        }),
        make(`misconfigured_${name}`, `${label} refuses the account`, 'A wrong key, an unverified sender.', {
          [name]: 'misconfigured',
        }),
      ];
    }),
  ];
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}
