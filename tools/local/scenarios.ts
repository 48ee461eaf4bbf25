import * as v from 'valibot';
import type { Behaviour } from '../loopback/provider.js';
import { providerLabel } from './provider-labels.js';

type Choice = Behaviour | 'slow';

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

/** @param routes the providers of each channel that are played here, in the order in which they are tried. */
export function createScenarios(routes: Readonly<Record<'email' | 'sms', readonly string[]>>): Scenarios {
  const list = [...scenariosOf('email', routes.email), ...scenariosOf('sms', routes.sms)];
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

function scenariosOf(channel: 'email' | 'sms', route: readonly string[]): Scenario[] {
  const [first, second] = route;
  if (first === undefined) return [];
  const label = providerLabel(first);
  const all = (choice: Choice) => Object.fromEntries(route.map((name) => [name, choice]));
  const make = (name: string, title: string, note: string, behaviours: Scenario['behaviours']): Scenario => ({
    id: `${channel}_${name}`,
    channel,
    title,
    note,
    behaviours,
  });
  const everything = route.map(providerLabel).join(' and ');
  const again =
    channel === 'email'
      ? 'It may have been accepted, so an email is sent once more: two may arrive.'
      : 'It may have been accepted, so a text message is never sent again.';
  return [
    ...(second === undefined
      ? []
      : [
          make(
            'takeover',
            `${label} is down, ${providerLabel(second)} takes over`,
            'The next provider of the route gets it at once.',
            { [first]: 'transient' },
          ),
        ]),
    make(
      'down',
      `${everything} ${second === undefined ? 'is' : 'are'} down`,
      'It waits in the queue. End this, and it arrives.',
      all('transient'),
    ),
    make('lost', `The answer of ${label} gets lost`, again, { [first]: 'ambiguous' }),
    make('slow', `${label} takes 5 seconds`, 'Longer than OwnID is kept waiting.', { [first]: 'slow' }),
    make('rejected', `${label} refuses the message`, 'A 422; no other provider is asked.', {
      [first]: 'rejected',
    }),
    make('misconfigured', `${label} refuses the account`, 'A wrong key, an unverified sender.', {
      [first]: 'misconfigured',
    }),
  ];
}
