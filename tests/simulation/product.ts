import { TransportError } from '../../lib/net/transport-error.js';
import type { Surroundings } from '../../lib/relay/container.js';
import { workOf } from '../../lib/relay/receive.js';
import { createWebhook } from '../../lib/relay/start/webhook-function.js';
import { createWorker } from '../../lib/relay/worker.js';
import { playedChannels, PROVIDERS } from './providers.js';
import type { Running, Sandbox } from './sandbox.js';
import type { World, WorldOptions } from './world.js';

const noTransport = {
  send: () => Promise.reject(new TransportError('ECONNREFUSED', false)),
  prepare: () => Promise.resolve(),
};

/** Starts a sandbox with one of the product's functions in it. */
export function startFunction(world: World, kind: Sandbox['kind'], options: WorldOptions): Running {
  const { agenda, director } = world;
  const name = `${kind}-${world.sandboxes.filter((sandbox) => sandbox.kind === kind).length + 1}`;
  const skewMs = director.skewMs();
  const sandbox: Sandbox = {
    name,
    kind,
    isDead: false,
    frozenUntil: 0,
    visits: new Map(),
    calls: new Set(),
    memory: '',
    clock: {
      now: () => agenda.now + skewMs,
      after: (ms, act) => agenda.schedule(agenda.now + Math.max(0, ms), sandbox, `timer of ${name}`, act),
    },
  };
  let ids = 0;
  const log = (level: string) => (line: unknown) => {
    world.history.add(agenda.now, name, `logs ${level} ${String(line)}`);
  };
  const surroundings: Surroundings = {
    environment: {
      OWNID_SHARED_SECRET: world.parameters === undefined ? world.secret : 'ssm:/otp-relay/local/secret',
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      EMAIL_FROM: 'login@example.org',
      SMS_ALLOWED_COUNTRIES: 'GB',
      SMS_RANGE_DAILY_LIMIT: '*',
      SMS_COUNTRY_HOURLY_LIMIT: '*',
      SMS_DAILY_LIMIT: '*',
      RECIPIENT_LIMIT: '*',
      ...options.environment,
    },
    clock: sandbox.clock,
    random: () => director.random(),
    newId: () => `${name}.${(ids += 1)}`,
    logSink: { info: log('info'), warn: log('warning'), error: log('error') },
    writeMetric: (line) => {
      world.history.add(agenda.now, name, `measures ${line}`);
      count(sandbox, line);
    },
    transport: world.parameters?.transport(sandbox) ?? noTransport,
    table: world.table.port(world, sandbox),
    ...(options.hasQueue !== false && { queue: world.queue.port(world, sandbox) }),
  };
  const { email, sms } = playedChannels(world, sandbox, PROVIDERS.slice(0, options.route));
  const { channels = ['email', 'sms'] } = options;
  const create = () => {
    if (kind === 'email') return createWebhook(email, surroundings).handler;
    if (kind === 'sms') return createWebhook(sms, surroundings).handler;
    const works = { email: workOf(email), sms: workOf(sms) };
    return createWorker(
      channels.map((channel) => works[channel]),
      surroundings,
    );
  };
  return { sandbox, handle: create() };
}

/** Reads a line of CloudWatch's embedded metric format. */
function count(sandbox: Sandbox, line: string): void {
  const { _aws, ...values } = JSON.parse(line) as {
    _aws: { CloudWatchMetrics: { Metrics: { Name: string; Unit: string }[] }[] };
  } & Record<string, unknown>;
  for (const { Name: name, Unit: unit } of _aws.CloudWatchMetrics.flatMap(({ Metrics }) => Metrics)) {
    if (unit !== 'Count' || values[name] !== 1) continue;
    for (const visit of sandbox.visits.values()) visit.metrics.push(name);
  }
}
