import { createHash, type KeyObject } from 'node:crypto';
import type { Channel } from '../../lib/channel.js';
import { emailChannel } from '../../lib/email/channel.js';
import { DeliveryError } from '../../lib/errors.js';
import type { Message } from '../../lib/ownid/message.js';
import type { Deadline } from '../../lib/net/deadline.js';
import { TransportError, transportErrorKind } from '../../lib/net/transport-error.js';
import { decodeSecret } from '../../lib/ownid/signature.js';
import type { Surroundings } from '../../lib/relay/container.js';
import { requestKey } from '../../lib/relay/lease.js';
import { createWebhook } from '../../lib/relay/start/webhook-function.js';
import type { Handler } from '../../lib/relay/webhook.js';
import { workOf } from '../../lib/relay/receive.js';
import { createWorker, type QueueEvent, type QueueHandler } from '../../lib/relay/worker.js';
import { smsChannel } from '../../lib/sms/channel.js';
import { ownIdRequest } from '../../tools/ownid/ownid.js';
import { Agenda } from './agenda.js';
import type { Director, Fate, Service } from './fate.js';
import { type Attempt, History, type Transition, type Visit, type Webhook } from './history.js';
import type { Sandbox } from './sandbox.js';
import { SimulatedQueue, SimulatedTable } from './services.js';
import { createParameterStore, type ParameterStore } from './parameter-store.js';

export const START = 1_700_000_000_000;
const SECRET = Buffer.from('of the simulation, not a secret').toString('base64');
/** As in `serverless.yml`: what takes longer is killed. */
const TIMEOUT_MS = { email: 15_000, sms: 15_000, worker: 20_000 };

export interface WorldOptions {
  readonly director: Director;
  /** How many providers are in each route. */
  readonly route: number;
  readonly environment?: Readonly<Record<string, string>>;
  readonly keepsHistory?: boolean;
  /** Whether the shared secret is in the parameter store. */
  readonly hasParameters?: boolean;
  readonly channels?: readonly ('email' | 'sms')[];
}

interface SimulatedCall<R> {
  readonly sandbox: Sandbox;
  readonly service: Service;
  readonly what: string;
  readonly deadline: Deadline;
  readonly apply: () => R;
  readonly show: (result: R) => string;
  /** Called when the caller has heard how it ended. */
  readonly onEnd?: (isAnswered: boolean) => void;
}

/** The product's functions in their sandboxes, and everything around them. */
export class World {
  readonly agenda: Agenda;
  readonly director: Director;
  readonly history: History;
  readonly table = new SimulatedTable();
  readonly queue = new SimulatedQueue();
  readonly webhooks = new Map<string, Webhook>();
  readonly transitions = new Set<string>();
  readonly metrics = new Map<string, number>();
  readonly sandboxes: Sandbox[] = [];
  readonly parents = new Map<string, Visit>();
  readonly parameters: ParameterStore | undefined;
  secret = SECRET;
  readonly #options: WorldOptions;
  #order = 0;
  readonly #codes = new Map<string, string>();
  readonly #idle: { readonly sandbox: Sandbox; readonly handle: Handler | QueueHandler }[] = [];

  constructor(options: WorldOptions) {
    const { director, keepsHistory = true, hasParameters = false } = options;
    this.#options = options;
    this.director = director;
    this.history = new History(START, keepsHistory);
    this.parameters = hasParameters ? createParameterStore(this) : undefined;
    this.agenda = new Agenda(
      START,
      (due) => director.choose(due),
      () => (this.parameters?.loading ?? 0) > 0,
    );
  }

  /** A webhook that OwnID is about to post, whose header says that it was made at `timestamp`. */
  webhook(options: { code: string; channel: 'email' | 'sms'; to: string; timestamp: number; ttlMs: number }) {
    const { code, channel, to, timestamp, ttlMs } = options;
    const text = `Your code is ${code}`;
    const payload =
      channel === 'email'
        ? { email: to, subject: 'Your code', body: text }
        : { phoneNumber: to, messageText: text, code };
    const secret: KeyObject = decodeSecret(this.secret);
    const request = ownIdRequest({ channel, app: '', payload, secret, now: timestamp });
    const key = requestKey(request.headers['ownid-signature'] ?? '');
    const webhook: Webhook = {
      code,
      key,
      channel,
      to,
      timestamp,
      deadline: timestamp + ttlMs,
      posts: [],
      attempts: [],
    };
    this.webhooks.set(code, webhook);
    this.#codes.set(key, code);
    return { webhook, request };
  }

  /** Posts it at that time of the world. */
  post({ webhook, request }: ReturnType<World['webhook']>, at: number): void {
    this.agenda.schedule(at, undefined, `post ${webhook.code}`, () => {
      const { sandbox, handle } = this.#takeSandbox(webhook.channel);
      const visit = this.#visit(sandbox, webhook.code, undefined);
      const post: Webhook['posts'][number] = { at: this.agenda.now, came: (this.#order += 1), visit };
      webhook.posts.push(post);
      this.history.add(this.agenda.now, sandbox.name, `gets webhook ${webhook.code} to ${webhook.to}`);
      const event = { headers: request.headers, body: request.body, path: request.path };
      this.#invoke(
        sandbox,
        (handle as Handler)(event, { awsRequestId: `${webhook.code}-${webhook.posts.length}` }),
        ({ statusCode }) => {
          post.answeredAt = this.agenda.now;
          post.status = statusCode;
          post.answered = this.#order += 1;
          this.history.add(this.agenda.now, sandbox.name, `answers ${webhook.code} with ${statusCode}`);
          this.#idle.push({ sandbox, handle });
        },
      );
    });
  }

  /** Hands a batch to a worker. */
  work(records: QueueEvent['Records'], onEnd: (kept: ReadonlySet<string>) => void): void {
    const { sandbox, handle } = this.#takeSandbox('worker');
    const codes = records.map(({ messageId, body, attributes }) => {
      const { key } = JSON.parse(body) as { key: string };
      const code = this.#codes.get(key) ?? '';
      this.#visit(sandbox, code, this.parents.get(messageId));
      const receive = `${messageId} (${code}, receive ${attributes.ApproximateReceiveCount})`;
      remember(sandbox, this.agenda.now, receive);
      return receive;
    });
    this.history.add(this.agenda.now, sandbox.name, `receives ${codes.join(', ')}`);
    this.#invoke(sandbox, (handle as QueueHandler)({ Records: records }), ({ batchItemFailures }) => {
      const kept = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
      this.history.add(this.agenda.now, sandbox.name, `keeps ${[...kept].join(', ') || 'none'}`);
      onEnd(kept);
      this.#idle.push({ sandbox, handle });
    });
  }

  /** Every sandbox is replaced when it is done with what it is at work on, as in a deployment. */
  deploy(): void {
    this.history.add(this.agenda.now, 'operator', 'deploys');
    for (const { sandbox } of this.#idle.splice(0)) sandbox.isDead = true;
  }

  /** One request to a service, which the director decides about when it arrives. */
  call<R>({ sandbox, service, what, deadline, apply, show, onEnd }: SimulatedCall<R>): Promise<R> {
    const { agenda, director, history } = this;
    const who = sandbox.name;
    if (deadline.hasEnded()) return Promise.reject(new TransportError('TIMEOUT', false));
    return new Promise((resolve, reject) => {
      let isOver = false;
      let isWritten = true;
      const end = (text: string, isAnswered: boolean, act: () => void) => {
        if (isOver) return;
        isOver = true;
        history.add(agenda.now, who, `hears of ${service} ${what}: ${text}`);
        remember(sandbox, agenda.now, `${what}:${text}`);
        onEnd?.(isAnswered);
        act();
      };
      const fail = (text: string, error: Error) => {
        end(text, false, () => {
          reject(error);
        });
      };
      let isDeaf = false;
      deadline.signal.addEventListener('abort', () => {
        if (!isDeaf) fail('nothing, in time', new TransportError('TIMEOUT', isWritten));
      });
      const carryOut = () => {
        const result = apply();
        history.add(agenda.now, service, `carries out ${what} of ${who}: ${show(result)}`);
        return result;
      };
      const arrive = () => {
        const fate = director.fate({ service, sandbox: who, what }, agenda.now);
        isWritten = fate.unwritten !== true;
        isDeaf = fate.isDeaf === true && service === 'provider';
        if (fate.name !== '') history.add(agenda.now, service, `${fate.name}: ${what} of ${who}`);
        let result: { readonly value: R } | undefined;
        if (fate.effectAfterMs === 0) result = { value: carryOut() };
        else if (fate.effectAfterMs !== undefined) {
          agenda.schedule(agenda.now + fate.effectAfterMs, undefined, what, carryOut);
        }
        this.#strike(sandbox, fate);
        if (fate.hears === 'nothing') return;
        agenda.schedule(agenda.now + fate.hearsAfterMs, sandbox, `answer to ${what}`, () => {
          if (fate.hears !== 'answer') fail(fate.hears, errorOf(fate));
          else if (result !== undefined) {
            const { value } = result;
            end(show(value), true, () => {
              resolve(value);
            });
          }
        });
      };
      agenda.schedule(agenda.now + director.latencyMs(service), undefined, `${who} ${what}`, arrive, service);
    });
  }

  visitOfKey(sandbox: Sandbox, key: string): Visit | undefined {
    return sandbox.visits.get(this.#codes.get(key) ?? '');
  }

  onTransition({ from, to, by }: Transition): void {
    this.transitions.add(`${from} --> ${to}: ${by}`);
  }

  #strike(sandbox: Sandbox, { sandbox: blow }: Fate): void {
    // One that has nothing to do is struck by nothing.
    if (blow === undefined || sandbox.isDead || sandbox.visits.size === 0) return;
    for (const visit of sandbox.visits.values()) visit.isCutOff = true;
    if (blow === 'dies') sandbox.isDead = true;
    else sandbox.frozenUntil = this.agenda.now + blow.freezesForMs;
    this.history.add(
      this.agenda.now,
      sandbox.name,
      blow === 'dies' ? 'dies' : `is frozen for ${blow.freezesForMs} ms`,
    );
  }

  #visit(sandbox: Sandbox, code: string, parent: Visit | undefined): Visit {
    const visit: Visit = {
      by: sandbox.kind === 'worker' ? 'worker' : 'webhook',
      sandbox: sandbox.name,
      code,
      parent,
      hasSeen: false,
      isCutOff: false,
      countsAlone: false,
      failedWrites: [],
      metrics: [],
    };
    sandbox.visits.set(code, visit);
    remember(sandbox, this.agenda.now, `visit ${code}`);
    return visit;
  }

  #invoke<T>(sandbox: Sandbox, result: Promise<T>, onEnd: (value: T) => void): void {
    const cancel = this.agenda.schedule(
      this.agenda.now + TIMEOUT_MS[sandbox.kind],
      undefined,
      `${sandbox.name} times out`,
      () => {
        if (sandbox.isDead) return;
        this.history.add(this.agenda.now, sandbox.name, 'is killed: it took too long');
        for (const visit of sandbox.visits.values()) visit.isCutOff = true;
        sandbox.isDead = true;
      },
    );
    void result.then((value) => {
      cancel();
      for (const visit of sandbox.visits.values()) visit.endedAt = this.agenda.now;
      onEnd(value);
      sandbox.visits.clear();
    });
  }

  #takeSandbox(kind: Sandbox['kind']) {
    const index = this.#idle.findIndex(({ sandbox }) => sandbox.kind === kind);
    const [idle] = index < 0 ? [] : this.#idle.splice(index, 1);
    return idle ?? this.#createSandbox(kind);
  }

  #createSandbox(kind: Sandbox['kind']) {
    const { agenda, director } = this;
    const name = `${kind}-${this.sandboxes.filter((sandbox) => sandbox.kind === kind).length + 1}`;
    const skewMs = director.skewMs();
    const sandbox: Sandbox = {
      name,
      kind,
      skewMs,
      isDead: false,
      frozenUntil: 0,
      visits: new Map(),
      memory: '',
      clock: {
        now: () => agenda.now + skewMs,
        after: (ms, act) => agenda.schedule(agenda.now + Math.max(0, ms), sandbox, `timer of ${name}`, act),
      },
    };
    this.sandboxes.push(sandbox);
    let ids = 0;
    const log = (line: unknown) => {
      this.history.add(agenda.now, name, `logs ${String(line)}`);
    };
    const surroundings: Surroundings = {
      environment: {
        OWNID_SHARED_SECRET: this.parameters === undefined ? SECRET : 'ssm:/otp-relay/local/secret',
        AWS_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: 'local',
        AWS_SECRET_ACCESS_KEY: 'local',
        EMAIL_FROM: 'login@example.org',
        SMS_ALLOWED_COUNTRIES: 'GB',
        SMS_COUNTRY_HOURLY_LIMIT: '*',
        SMS_DAILY_LIMIT: '*',
        RECIPIENT_LIMIT: '*',
        ...this.#options.environment,
      },
      clock: sandbox.clock,
      random: () => director.random(),
      newId: () => `${name}.${(ids += 1)}`,
      logSink: { info: log, warn: log, error: log },
      writeMetric: (line) => {
        this.#onMetric(sandbox, line);
      },
      transport: this.parameters?.transport(sandbox) ?? noTransport,
      table: this.table.port(this, sandbox),
      queue: this.queue.port(this, sandbox),
    };
    const email = this.#channel(sandbox, emailChannel, ({ html }) => html);
    const sms = this.#channel(sandbox, smsChannel, ({ text }) => text);
    const { channels = ['email', 'sms'] } = this.#options;
    const handle =
      kind === 'worker'
        ? createWorker(
            [
              ...(channels.includes('email') ? [workOf(email)] : []),
              ...(channels.includes('sms') ? [workOf(sms)] : []),
            ],
            surroundings,
          )
        : kind === 'email'
          ? createWebhook(email, surroundings).handler
          : createWebhook(sms, surroundings).handler;
    return { sandbox, handle };
  }

  #onMetric(sandbox: Sandbox, line: string): void {
    const { _aws, ...values } = JSON.parse(line) as {
      _aws: { CloudWatchMetrics: { Metrics: { Name: string }[] }[] };
    } & Record<string, unknown>;
    for (const { Name: name } of _aws.CloudWatchMetrics.flatMap(({ Metrics }) => Metrics)) {
      if (values[name] !== 1) continue;
      this.metrics.set(name, (this.metrics.get(name) ?? 0) + 1);
      for (const visit of sandbox.visits.values()) visit.metrics.push(name);
    }
  }

  /** The channel with providers of the world in place of its own. */
  #channel<M extends Message>(
    sandbox: Sandbox,
    channel: Channel<M>,
    textOf: (message: M) => string,
  ): Channel<M> {
    const route = Array.from({ length: this.#options.route }, (_, index) => {
      const name = ['first', 'second', 'third'][index] ?? String(index);
      return { name, connect: () => Promise.resolve(this.#deliver(sandbox, name, textOf)) };
    });
    const routeOf = () => route.map(({ name }) => name);
    return { ...channel, settings: (get, refuse) => ({ ...channel.settings(get, refuse), route, routeOf }) };
  }

  #deliver<M extends Message>(sandbox: Sandbox, provider: string, textOf: (message: M) => string) {
    return async (message: M, { deadline }: { deadline: Deadline }) => {
      const code = /C\d+/.exec(textOf(message))?.[0] ?? '';
      const webhook = this.webhooks.get(code);
      const visit = sandbox.visits.get(code);
      if (webhook === undefined || visit === undefined) throw new Error(`a message of nobody: ${code}`);
      const attempt: Attempt = {
        provider,
        visit,
        handedAt: this.agenda.now,
        clockSkewMs: sandbox.skewMs,
        isBlind: !hasSeen(visit),
      };
      if (!deadline.hasEnded()) webhook.attempts.push(attempt);
      try {
        const result = await this.call({
          sandbox,
          service: 'provider',
          what: `${provider} ${code}`,
          deadline,
          apply: () => {
            attempt.takenAt ??= this.agenda.now;
            attempt.taken ??= this.#order += 1;
            return { provider, messageId: code };
          },
          show: () => 'accepted',
        });
        attempt.heard = 'accepted';
        return result;
      } catch (error) {
        const kind =
          error instanceof TransportError
            ? transportErrorKind(error)
            : (error as { kind: Refused['kind'] }).kind;
        attempt.heard = kind;
        throw new DeliveryError(kind, { provider, code: 'SIMULATED', cause: error });
      }
    };
  }
}

/** Whether a visit, or one that it descends from, was ever answered about its request's row. */
function hasSeen({ hasSeen: own, parent }: Visit): boolean {
  return own || (parent !== undefined && hasSeen(parent));
}

class Refused extends Error {
  readonly kind: 'transient' | 'rejected' | 'misconfigured';
  readonly $metadata = { httpStatusCode: 400 };
  constructor(name: string, kind: Refused['kind']) {
    super(name);
    this.name = name;
    this.kind = kind;
  }
}

function errorOf({ hears }: Fate): Error {
  if (hears === 'throttled') return new Refused('ThrottlingException', 'transient');
  if (hears === 'rejected') return new Refused('Rejected', 'rejected');
  if (hears === 'misconfigured') return new Refused('AccessDeniedException', 'misconfigured');
  return hears === 'unreached'
    ? new TransportError('ECONNREFUSED', false)
    : new TransportError('ECONNRESET', true);
}

const noTransport = {
  send: () => Promise.reject(new TransportError('ECONNREFUSED', false)),
  prepare: () => Promise.resolve(),
};

function remember(sandbox: Sandbox, now: number, what: string): void {
  sandbox.memory = createHash('sha256')
    .update(`${sandbox.memory}|${now}|${what}`)
    .digest('base64')
    .slice(0, 16);
}
