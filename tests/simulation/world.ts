import type { KeyObject } from 'node:crypto';
import { requestKey } from '../../lib/relay/lease.js';
import { decodeSecret } from '../../lib/ownid/signature.js';
import type { Handler } from '../../lib/relay/webhook.js';
import type { Environment } from '../../lib/settings/settings.js';
import type { QueueEvent, QueueHandler } from '../../lib/relay/worker.js';
import { type OwnIdRequest, ownIdRequest } from '../../tools/ownid/ownid.js';
import { Agenda } from './agenda.js';
import type { Director } from './fate.js';
import { History, type Post, type State, type Visit, type Webhook } from './history.js';
import { Network } from './network.js';
import { createParameterStore, type ParameterStore } from './parameter-store.js';
import { startFunction } from './product.js';
import { SimulatedQueue } from './queue.js';
import { remember, type Running, type Sandbox } from './sandbox.js';
import { SimulatedTable } from './table.js';

export const START = 1_700_000_000_000;
export const SECRET = Buffer.from('of the simulation, not a secret').toString('base64');
export const NEXT_SECRET = Buffer.from('the next of the simulation, no secret').toString('base64');
const FOREIGN_SECRET = Buffer.from('of somebody else, who guesses at it').toString('base64');
/** By then nothing that OwnID signed with its first secret is fresh any more. */
const RETIRES_AFTER_MS = 75_000;
/** As in `serverless.yml`: what takes longer is killed. */
const TIMEOUT_MS = { email: 15_000, sms: 15_000, worker: 20_000 };

export interface WorldOptions {
  readonly director: Director;
  /** How many providers are in each route. */
  readonly route: number;
  readonly environment?: Environment;
  readonly keepsHistory?: boolean;
  /** Whether the shared secret is in the parameter store. */
  readonly hasParameters?: boolean;
  readonly hasQueue?: boolean;
  readonly channels?: readonly ('email' | 'sms')[];
}

/** A webhook that OwnID is about to post. */
export interface Signed {
  readonly webhook: Webhook;
  readonly request: OwnIdRequest;
}

/** The product's functions in their sandboxes, and everything around them. */
export class World {
  readonly agenda: Agenda;
  readonly director: Director;
  readonly history: History;
  readonly network: Network;
  readonly table = new SimulatedTable();
  readonly queue = new SimulatedQueue();
  readonly webhooks = new Map<string, Webhook>();
  readonly transitions = new Set<string>();
  readonly sandboxes: Sandbox[] = [];
  readonly parents = new Map<string, Visit>();
  /** Those that Lambda killed, though nothing else had struck them. */
  readonly overdue = new Set<Visit>();
  readonly parameters: ParameterStore | undefined;
  /** OwnID's. */
  secret = SECRET;
  /** When the parameter store has the first secret no more. */
  retiresAt = Infinity;
  readonly #options: WorldOptions;
  #place = 0;
  readonly #codes = new Map<string, string>();
  readonly #idle: Running[] = [];

  constructor(options: WorldOptions) {
    const { director, keepsHistory = true, hasParameters = false } = options;
    this.#options = options;
    this.director = director;
    this.history = new History(START, keepsHistory);
    this.parameters = hasParameters ? createParameterStore(this) : undefined;
    this.agenda = new Agenda(START, (due) => director.choose(due));
    this.network = new Network(this);
  }

  /** In the order of all that happens. */
  nextPlace(): number {
    return (this.#place += 1);
  }

  /** @param options.timestamp when its header says that it was made. */
  webhook(options: {
    code: string;
    channel: 'email' | 'sms';
    to: string;
    timestamp: number;
    ttlMs: number;
    old?: 'accepted' | 'refused';
    signature?: Webhook['signature'];
  }): Signed {
    const { ttlMs, old, signature = 'authentic', ...rest } = options;
    const { code, channel, to, timestamp } = rest;
    const { subject, text } = wordsOf(code);
    const payload =
      channel === 'email' ? { email: to, subject, body: text } : { phoneNumber: to, messageText: text, code };
    const secrets = { authentic: this.secret, forged: FOREIGN_SECRET, retired: SECRET };
    const secret: KeyObject = decodeSecret(secrets[signature]);
    const request = ownIdRequest({ channel, app: '', payload, secret, now: timestamp });
    const key = requestKey(request.headers['ownid-signature'] ?? '');
    const lists = { posts: [], attempts: [], visits: [] };
    const webhook: Webhook = { ...rest, key, deadline: timestamp + ttlMs, signature, old, ...lists };
    this.webhooks.set(code, webhook);
    this.#codes.set(key, code);
    return { webhook, request };
  }

  /** Posts it at that time of the world. */
  post({ webhook, request }: Signed, at: number): void {
    this.agenda.schedule(at, undefined, `post ${webhook.code}`, () => {
      const { now } = this.agenda;
      const running = this.#takeSandbox(webhook.channel);
      const { name } = running.sandbox;
      const visit = this.#visit(running.sandbox, webhook.code, undefined);
      const post: Post = { at: now, came: this.nextPlace(), visit };
      webhook.posts.push(post);
      this.history.add(now, name, `gets webhook ${webhook.code} to ${webhook.to}`);
      const event = { headers: request.headers, body: request.body, path: request.path };
      const context = { awsRequestId: `${webhook.code}-${webhook.posts.length}` };
      this.#invoke(running, (running.handle as Handler)(event, context), ({ statusCode }) => {
        post.answeredAt = this.agenda.now;
        post.status = statusCode;
        post.answered = this.nextPlace();
        this.history.add(this.agenda.now, name, `answers ${webhook.code} with ${statusCode}`);
      });
    });
  }

  /** An entry of version 0.1.0 that is in flight, and its row where there was a table and it is still there. */
  inherit(
    { webhook }: Signed,
    { isTracked, delaySeconds }: { isTracked: boolean; delaySeconds: number },
  ): void {
    const { code, key, channel, to, deadline, old } = webhook;
    const admission = `old-${code}`;
    const { subject, text } = wordsOf(code);
    const message = channel === 'email' ? { to, subject, html: text } : { to, country: 'GB', text };
    const entry = { channel, app: '', message, key, admission, tracked: isTracked, resend: false, deadline };
    this.queue.put(this, JSON.stringify({ ...entry, requestId: `${code}-1` }), delaySeconds);
    if (!isTracked || old === 'refused') return;
    const row = { state: 'queued', id: admission, holder: admission, until: 0, unsure: 0 } as const;
    this.table.rows.set(key, { row, expiresAt: deadline + 60_000 });
  }

  /** Hands a batch to a worker. */
  work(records: QueueEvent['Records'], onEnd: (kept: ReadonlySet<string>) => void): void {
    const running = this.#takeSandbox('worker');
    const { sandbox } = running;
    const codes = records.map(({ messageId, body, attributes }) => {
      const { key } = JSON.parse(body) as { key: string };
      const code = this.#codes.get(key) ?? '';
      this.#visit(sandbox, code, this.parents.get(messageId), records.length);
      const receive = `${messageId} (${code}, receive ${attributes.ApproximateReceiveCount})`;
      remember(sandbox, this.agenda.now, receive);
      return receive;
    });
    this.history.add(this.agenda.now, sandbox.name, `receives ${codes.join(', ')}`);
    const handled = (running.handle as QueueHandler)({ Records: records });
    this.#invoke(running, handled, ({ batchItemFailures }) => {
      const kept = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
      this.history.add(this.agenda.now, sandbox.name, `keeps ${[...kept].join(', ') || 'none'}`);
      onEnd(kept);
    });
  }

  /** Every sandbox is replaced when it is done with what it is at work on, as in a deployment. */
  deploy(): void {
    this.history.add(this.agenda.now, 'operator', 'deploys');
    for (const { sandbox } of this.#idle.splice(0)) sandbox.isDead = true;
  }

  visitOfKey(sandbox: Sandbox, key: string): Visit | undefined {
    return sandbox.visits.get(this.#codes.get(key) ?? '');
  }

  onTransition(visit: Visit | undefined, from: State, to: State): void {
    if (visit === undefined) return;
    this.transitions.add(`${from} --> ${to}: ${visit.by}`);
    visit.records.push({ place: this.nextPlace(), from, to });
  }

  #visit(sandbox: Sandbox, code: string, parent: Visit | undefined, entries = 1): Visit {
    const known = sandbox.visits.get(code);
    if (known !== undefined) {
      known.isDouble = true;
      return known;
    }
    const visit: Visit = {
      by: sandbox.kind === 'worker' ? 'worker' : 'webhook',
      sandbox: sandbox.name,
      code,
      parent,
      startedAt: this.agenda.now,
      skewMs: sandbox.clock.now() - this.agenda.now,
      entries,
      isDouble: false,
      isCutOff: false,
      troubles: [],
      records: [],
      metrics: [],
      dues: [],
    };
    sandbox.visits.set(code, visit);
    this.webhooks.get(code)?.visits.push(visit);
    remember(sandbox, this.agenda.now, `visit ${code}`);
    return visit;
  }

  #invoke<T>(running: Running, result: Promise<T>, onEnd: (value: T) => void): void {
    const { sandbox } = running;
    const { name, kind, visits } = sandbox;
    const timeOut = () => {
      if (sandbox.isDead) return;
      this.history.add(this.agenda.now, name, 'is killed: it took too long');
      for (const visit of visits.values()) {
        if (visit.struck === undefined) this.overdue.add(visit);
        visit.struck = { how: 'died', at: this.agenda.now };
      }
      sandbox.isDead = true;
    };
    const at = this.agenda.now + TIMEOUT_MS[kind];
    const cancel = this.agenda.schedule(at, undefined, `${name} times out`, timeOut);
    void result.then((value) => {
      cancel();
      for (const visit of visits.values()) {
        visit.endedAt = this.agenda.now;
        visit.unheard = [...sandbox.calls].map(({ service }) => service);
      }
      onEnd(value);
      visits.clear();
      // Lambda freezes it at once, until it has a next invocation for it, or for good.
      sandbox.frozenUntil = Infinity;
      this.#idle.push(running);
    });
  }

  #takeSandbox(kind: Sandbox['kind']): Running {
    const index = this.#idle.findIndex(({ sandbox }) => sandbox.kind === kind);
    const [idle] = index < 0 ? [] : this.#idle.splice(index, 1);
    if (idle !== undefined) {
      this.agenda.thaw(idle.sandbox);
      return idle;
    }
    const started = startFunction(this, kind, this.#options);
    this.sandboxes.push(started.sandbox);
    return started;
  }
}

/** What OwnID writes; an SMS has no subject. */
export const wordsOf = (code: string) => ({ subject: `Sign in with ${code}`, text: `Your code is ${code}` });

/** As docs/operations.md has it: both secrets, then OwnID's, then the new one alone. */
export function rotateSecret(world: World, at: number): void {
  const store = (afterMs: number, value: string) => {
    world.agenda.schedule(at + afterMs, undefined, 'operator', () => {
      if (world.parameters !== undefined) world.parameters.value = value;
    });
  };
  store(0, `${NEXT_SECRET},${SECRET}`);
  store(RETIRES_AFTER_MS, NEXT_SECRET);
  world.retiresAt = at + RETIRES_AFTER_MS;
  world.agenda.schedule(at + 10_000, undefined, 'OwnID', () => {
    world.secret = NEXT_SECRET;
  });
}
