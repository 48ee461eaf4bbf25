import type { Clock } from '../../lib/clock.js';
import type { Transport } from '../../lib/net/transport.js';
import { MAX_RECEIVES } from '../../lib/delivery/backoff.js';
import { startAwsLoopback } from '../../tools/loopback/aws.js';
import { createCertificate } from '../../tools/loopback/certificate.js';
import { startDynamoDbLoopback } from '../../tools/loopback/dynamodb.js';
import { startEmailLoopbacks } from '../../tools/loopback/email.js';
import type { Behaviour, LoopbackOptions } from '../../tools/loopback/provider.js';
import { createLoopbackQueue, type LoopbackQueue } from '../../tools/loopback/queue.js';
import { startSmsLoopbacks } from '../../tools/loopback/sms.js';
import { createSqs } from '../../tools/loopback/sqs.js';
import { startHttpProxy } from './http-proxy.js';
import { recordedTransport } from './network.js';
import type { Call, Service, Visit } from './record.js';
import { startFaultySmtp } from './smtp-faults.js';
import type { Tally, Weather } from './weather.js';

export const SECRET = Buffer.from('of the fault suite, not a secret').toString('base64');
const PARAMETER = '/otp-relay/faults/ownid-shared-secret';
export const TIME_BUDGET_MS = 2500;
export const TTL_MS = 60_000;
/** As in `resources/state.yml`, but for the visibility timeout: just longer than a worker's lease, to save time. */
const LIMITS = { visibilityTimeoutSeconds: 11, retentionSeconds: 900 };

/** By a request's mark its calls are known. */
export const markOf = (request: number): string => `rq-${request}-`;
const requestsIn = (text: string): number[] => [
  ...new Set([...text.matchAll(/rq-(\d+)-/g)].map(([, request]) => Number(request))),
];

/** All that the functions talk to. */
export interface World {
  readonly environment: Readonly<Record<string, string>>;
  readonly queue: LoopbackQueue;
  readonly deadLetterQueue: LoopbackQueue;
  readonly calls: readonly Call[];
  readonly visits: Set<Visit>;
  /** Makes the calls about a request known by the key of its row. */
  announce(key: string, request: number): void;
  requestsOf(text: string): readonly number[];
  /** The network of a sandbox: it takes down what was sent and heard. */
  transport(visit: () => Visit | undefined): Transport;
  close(): Promise<void>;
}

export async function startWorld(options: { weather: Weather; tally: Tally; clock: Clock }): Promise<World> {
  const { clock, tally } = options;
  const limits = { ...LIMITS, now: clock.now };
  const deadLetterQueue = createLoopbackQueue(limits);
  const queue = createLoopbackQueue({
    ...limits,
    redrive: { deadLetterQueue, maxReceiveCount: MAX_RECEIVES },
  });
  const certificate = await createCertificate();
  const calls: Call[] = [];
  /** The visits that are in progress. */
  const visits = new Set<Visit>();
  const keys = new Map<string, number>();
  const requestsOf = (text: string): readonly number[] => {
    const ofKey = keys.get(/delivery:[\w-]{43}/.exec(text)?.[0] ?? '');
    return ofKey === undefined ? requestsIn(text) : [ofKey];
  };

  const behaviour: LoopbackOptions['behaviour'] = (_, headers) => ({
    answer: (headers['x-told'] ?? 'accept') as Behaviour,
  });
  const loopback = { behaviour, onMessage: () => undefined };
  const table = await startDynamoDbLoopback('state', clock.now);
  const aws = await startAwsLoopback({
    ...loopback,
    parameters: new Map([[PARAMETER, SECRET]]),
    services: [createSqs(new Map([['retry', queue]])), table.service],
  });
  const [email, sms] = [await startEmailLoopbacks(loopback), await startSmsLoopbacks(loopback)];
  const own = { ...email.environment, ...sms.environment };
  const portOf = (name: string) => Number(new URL(own[name] ?? '').port);

  const targets: readonly (readonly [Service, number])[] = [
    ...(['table', 'queue', 'parameters', 'ses', 'sns', 'eum'] as const).map(
      (name) => [name, aws.port] as const,
    ),
    ['token', portOf('MICROSOFT_LOGIN_URL')],
    ['sendgrid', portOf('SENDGRID_API_URL')],
    ['mandrill', portOf('MANDRILL_API_URL')],
    ['twilio', portOf('TWILIO_API_URL')],
  ];
  const callOf = (number: number) => calls[number];
  const proxies = new Map(
    await Promise.all(
      targets.map(async ([service, target]) => {
        const proxy = await startHttpProxy({ ...options, service, target, callOf });
        return [service, proxy] as const;
      }),
    ),
  );
  const services = new Map([...proxies].map(([service, { port }]) => [String(port), service]));
  const visitOf = (request: number) => {
    const [visit, ...others] = [...visits].filter(({ requests }) => requests.includes(request));
    return others.length === 0 ? visit : undefined;
  };
  const startSmtp = (service: Service) =>
    startFaultySmtp({
      ...options,
      service,
      certificate,
      requestOf: (text) => requestsIn(text)[0],
      visitOf,
      onCall: (call) => calls.push(call),
    });
  const [smtp, microsoft] = [await startSmtp('smtp'), await startSmtp('microsoft')];
  const obey = () => {
    for (const proxy of proxies.values()) void proxy.obey();
    stopObeying = clock.after(100, obey);
  };
  let stopObeying = clock.after(0, obey);

  const at = (service: Service) => `http://127.0.0.1:${proxies.get(service)?.port ?? 0}`;
  return {
    environment: {
      ...own,
      OWNID_SHARED_SECRET: `ssm:${PARAMETER}`,
      OTP_TTL_SECONDS: String(TTL_MS / 1000),
      TIME_BUDGET_MS: String(TIME_BUDGET_MS),
      RECIPIENT_WINDOW_SECONDS: '86400',
      EMAIL_FROM: 'login@example.com',
      SMS_ALLOWED_COUNTRIES: 'US',
      SMS_RANGE_DAILY_LIMIT: '*',
      SMS_COUNTRY_HOURLY_LIMIT: '*',
      SMS_DAILY_LIMIT: '100000',
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_ENDPOINT_URL_SES: at('ses'),
      AWS_ENDPOINT_URL_SNS: at('sns'),
      AWS_ENDPOINT_URL_PINPOINT_SMS_VOICE_V2: at('eum'),
      AWS_ENDPOINT_URL_DYNAMODB: at('table'),
      AWS_ENDPOINT_URL_SQS: at('queue'),
      AWS_ENDPOINT_URL_SSM: at('parameters'),
      QUEUE_URL: `${at('queue')}/123456789012/retry`,
      STATE_TABLE: 'state',
      SMTP_PORT: String(smtp.port),
      SMTP_CA: certificate.cert,
      MICROSOFT_SMTP_PORT: String(microsoft.port),
      MICROSOFT_SMTP_CA: certificate.cert,
      MICROSOFT_LOGIN_URL: at('token'),
      SENDGRID_API_URL: at('sendgrid'),
      MANDRILL_API_URL: at('mandrill'),
      TWILIO_API_URL: at('twilio'),
    },
    queue,
    deadLetterQueue,
    calls,
    visits,
    announce: (key, request) => keys.set(key, request),
    requestsOf,
    transport: (visit) => recordedTransport(visit, { calls, requestsOf, services, proxies, tally, clock }),
    close: async () => {
      stopObeying();
      const running = [...proxies.values(), smtp, microsoft, aws, email, sms, table];
      await Promise.all(running.map((one) => one.close()));
    },
  };
}
