import type { Deadline } from '../../lib/net/deadline.js';
import { TransportError } from '../../lib/net/transport-error.js';
import type { Agenda } from './agenda.js';
import type { Director, Fate, Refusal, Service } from './fate.js';
import type { History, Trouble } from './history.js';
import { remember, type Sandbox } from './sandbox.js';

export interface SimulatedCall<R> {
  readonly sandbox: Sandbox;
  readonly service: Service;
  readonly what: string;
  readonly deadline: Deadline;
  readonly apply: () => R;
  readonly show: (result: R) => string;
  /** Called when the caller has heard how it ended. */
  readonly onEnd?: (isAnswered: boolean) => void;
}

/** What takes a caller longer than that is a trouble to it. */
const SLOW_MS = 250;

/** The ways between sandboxes and services: what was asked, what is carried out and what is heard are three things. */
export class Network {
  readonly #world: { readonly agenda: Agenda; readonly director: Director; readonly history: History };
  /** Until when nobody reaches a service. */
  readonly outages = new Map<Service, number>();
  /** Requests that have arrived and have not ended for their callers, with all that decides how they will. */
  readonly open = new Map<object, readonly unknown[]>();

  constructor(world: { agenda: Agenda; director: Director; history: History }) {
    this.#world = world;
  }

  /** One request to a service, which the director decides about when it arrives. */
  call<R>({ sandbox, service, what, deadline, apply, show, onEnd }: SimulatedCall<R>): Promise<R> {
    const { agenda, director, history } = this.#world;
    const who = sandbox.name;
    const from = agenda.now;
    if (deadline.hasEnded()) return Promise.reject(new TransportError('TIMEOUT', false));
    return new Promise((resolve, reject) => {
      const call = { service };
      sandbox.calls.add(call);
      let isOver = false;
      let isWritten = true;
      let isDeaf = false;
      const end = (text: string, ended: Trouble['ended'], act: () => void) => {
        if (isOver) return;
        isOver = true;
        this.open.delete(deadline);
        sandbox.calls.delete(call);
        history.add(agenda.now, who, `hears of ${service} ${what}: ${text}`);
        remember(sandbox, agenda.now, `${what}:${text}`);
        if (service !== 'provider' && (ended !== 'done' || agenda.now - from > SLOW_MS)) {
          const trouble = { service, from, at: agenda.now, ended };
          for (const visit of sandbox.visits.values()) visit.troubles.push(trouble);
        }
        onEnd?.(ended === 'done');
        act();
      };
      const fail = (text: string, error: Refused | TransportError) => {
        const isCertain = error instanceof Refused || !error.written;
        end(text, isCertain ? 'not done' : 'unknown', () => {
          reject(error);
        });
      };
      deadline.signal.addEventListener('abort', () => {
        if (!isDeaf) fail('nothing, in time', new TransportError('TIMEOUT', isWritten));
      });
      const carryOut = () => {
        const result = apply();
        history.add(agenda.now, service, `carries out ${what} of ${who}: ${show(result)}`);
        return result;
      };
      const arrive = () => {
        const fate = this.#fateOf(service, who, what);
        isWritten = fate.unwritten !== true;
        isDeaf = fate.isDeaf === true && service === 'provider';
        if (fate.name !== '') history.add(agenda.now, service, `${fate.name}: ${what} of ${who}`);
        let result: { readonly value: R } | undefined;
        if (fate.effectAfterMs === 0) result = { value: carryOut() };
        else if (fate.effectAfterMs !== undefined) {
          agenda.schedule(agenda.now + fate.effectAfterMs, undefined, what, carryOut);
        }
        const heard = result === undefined ? fate.hears : show(result.value);
        this.open.set(deadline, [who, what, heard, fate.hears, isWritten, isDeaf]);
        this.#strike(sandbox, fate);
        if (fate.hears === 'nothing') return;
        agenda.schedule(agenda.now + fate.hearsAfterMs, sandbox, `answer to ${what}`, () => {
          if (fate.hears !== 'answer') fail(fate.hears, errorOf(fate));
          else if (result !== undefined) {
            const { value } = result;
            end(show(value), 'done', () => {
              resolve(value);
            });
          }
        });
      };
      agenda.schedule(agenda.now + director.latencyMs(service), undefined, `${who} ${what}`, arrive, service);
    });
  }

  #fateOf(service: Service, sandbox: string, what: string): Fate {
    const { agenda, director } = this.#world;
    const fate = director.fate({ service, sandbox, what }, agenda.now);
    if (fate.outageMs !== undefined) this.outages.set(service, agenda.now + fate.outageMs);
    return this.isDown(service) ? DOWN : fate;
  }

  isDown(service: Service): boolean {
    return this.#world.agenda.now < (this.outages.get(service) ?? 0);
  }

  #strike(sandbox: Sandbox, { sandbox: blow }: Fate): void {
    const { agenda, history } = this.#world;
    // One that has nothing to do is struck by nothing.
    if (blow === undefined || sandbox.isDead || sandbox.visits.size === 0) return;
    const struck = { how: blow === 'dies' ? 'died' : 'froze', at: agenda.now } as const;
    for (const visit of sandbox.visits.values()) visit.struck = struck;
    if (blow === 'dies') sandbox.isDead = true;
    else sandbox.frozenUntil = agenda.now + blow.freezesForMs;
    const what = blow === 'dies' ? 'dies' : `is frozen for ${blow.freezesForMs} ms`;
    history.add(agenda.now, sandbox.name, what);
  }
}

const DOWN: Fate = { name: 'is down', effectAfterMs: undefined, hears: 'reset', hearsAfterMs: 0 };

const KINDS = { throttled: 'transient', rejected: 'rejected', misconfigured: 'misconfigured' } as const;

/** A service's own word, as AWS's SDK throws it: without `$fault` it would be that of something in between. */
export class Refused extends Error {
  readonly kind: (typeof KINDS)[Refusal];
  readonly $metadata = { httpStatusCode: 400 };
  readonly $fault = 'client';
  constructor(hears: Refusal) {
    super(hears);
    this.name = hears === 'throttled' ? 'ThrottlingException' : 'AccessDeniedException';
    this.kind = KINDS[hears];
  }
}

function errorOf({ hears }: Fate): Refused | TransportError {
  if (hears === 'throttled' || hears === 'rejected' || hears === 'misconfigured') return new Refused(hears);
  return hears === 'unreached'
    ? new TransportError('ECONNREFUSED', false)
    : new TransportError('ECONNRESET', true);
}
