import type { Service } from './fate.js';

/** Whose time an event is part of: a sandbox that is dead has no more events, a frozen one has them when it thaws. */
export interface Owner {
  isDead: boolean;
  /** Milliseconds of the world's time; `Infinity` where only `thaw` ends it. */
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

/** Chooses among the events, one at least, that are due at the same time; the first is the one scheduled first. */
export type Choose = (due: readonly Event[]) => Event;

/** Everything that will happen, by virtual time, which passes only while nothing else can happen. */
export class Agenda {
  now: number;
  /** By time, then by the order in which they were scheduled. */
  readonly events: Event[] = [];
  readonly #choose: Choose;
  #order = 0;

  constructor(start: number, choose: Choose) {
    this.now = start;
    this.#choose = choose;
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

  /** What was to happen to the owner while it was frozen happens to it now. */
  thaw(owner: Owner): void {
    owner.frozenUntil = this.now;
    for (const event of this.events.filter((one) => one.owner === owner && one.at === Infinity)) {
      this.#move(event, this.now);
    }
  }

  /** Runs until nothing is left to happen. */
  async run(): Promise<void> {
    for (;;) {
      // Promise jobs that follow from what has happened run before the next turn of the event loop.
      await new Promise((resolve) => setImmediate(resolve));
      const [first] = this.events;
      if (first === undefined || first.at === Infinity) return;
      const due = this.events.slice(0, this.events.findLastIndex(({ at }) => at === first.at) + 1);
      const event = this.#choose(due);
      const { owner } = event;
      if (owner !== undefined && !owner.isDead && owner.frozenUntil > event.at) {
        this.#move(event, owner.frozenUntil);
        continue;
      }
      this.events.splice(this.events.indexOf(event), 1);
      if (owner?.isDead === true) continue;
      this.now = event.at;
      event.run();
    }
  }

  #move(event: Event, at: number): void {
    this.events.splice(this.events.indexOf(event), 1);
    event.at = at;
    this.#insert(event);
  }

  #insert(event: Event): void {
    const index = this.events.findLastIndex(
      ({ at, order }) => at < event.at || (at === event.at && order < event.order),
    );
    this.events.splice(index + 1, 0, event);
  }
}
