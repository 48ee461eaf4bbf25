import type { Service } from './fate.js';

/** Whose time an event is part of: a sandbox that is dead has no more events, a frozen one has them when it thaws. */
export interface Owner {
  isDead: boolean;
  /** Milliseconds of the world's time. */
  frozenUntil: number;
}

export interface Event {
  at: number;
  readonly order: number;
  /** Undefined for what is on its way in the network. */
  readonly owner: Owner | undefined;
  readonly label: string;
  /** Of what arrives there. */
  readonly service: Service | undefined;
  readonly run: () => void;
}

/** Chooses among events that are due at the same time; the first is the one scheduled first. */
export type Choose = (due: readonly Event[]) => Event;

/** Everything that will happen, by virtual time, which passes only while nothing else can happen. */
export class Agenda {
  now: number;
  /** By time, then by the order in which they were scheduled. */
  readonly events: Event[] = [];
  readonly #choose: Choose;
  readonly #isBusy: () => boolean;
  #order = 0;

  /** @param isBusy whether real work, such as a module that is loading, must be waited for before time passes. */
  constructor(start: number, choose: Choose, isBusy: () => boolean) {
    this.now = start;
    this.#choose = choose;
    this.#isBusy = isBusy;
  }

  /** @returns a function that takes the event off the agenda. */
  schedule(
    at: number,
    owner: Owner | undefined,
    label: string,
    run: () => void,
    service?: Service,
  ): () => void {
    const event = { at: Math.max(at, this.now), order: (this.#order += 1), owner, label, service, run };
    this.#insert(event);
    return () => {
      const index = this.events.indexOf(event);
      if (index >= 0) this.events.splice(index, 1);
    };
  }

  /** Runs until nothing is left to happen, or until that time. */
  async run(until = Infinity): Promise<void> {
    for (;;) {
      // Promise jobs that follow from what has happened run before the next turn of the event loop.
      do await new Promise((resolve) => setImmediate(resolve));
      while (this.#isBusy());
      const [first] = this.events;
      if (first === undefined || first.at > until) return;
      const due = this.events.slice(0, this.events.findLastIndex(({ at }) => at === first.at) + 1);
      const event = due.length === 1 ? first : this.#choose(due);
      this.events.splice(this.events.indexOf(event), 1);
      if (event.owner?.isDead === true) continue;
      if ((event.owner?.frozenUntil ?? 0) > event.at) {
        this.#insert({ ...event, at: event.owner?.frozenUntil ?? 0 });
        continue;
      }
      this.now = event.at;
      event.run();
    }
  }

  #insert(event: Event): void {
    const index = this.events.findLastIndex(
      ({ at, order }) => at < event.at || (at === event.at && order < event.order),
    );
    this.events.splice(index + 1, 0, event);
  }
}
