import { MAX_RECEIVES } from '../../lib/delivery/backoff.js';
import { startAwsLoopback } from '../../tools/loopback/aws.js';
import { startDynamoDbLoopback } from '../../tools/loopback/dynamodb.js';
import type { ReceivedMessage } from '../../tools/loopback/provider.js';
import { createLoopbackQueue, type LoopbackQueue } from '../../tools/loopback/queue.js';
import { createSqs } from '../../tools/loopback/sqs.js';
import type { Fault } from './fault.js';
import type { RunPlan, Service } from './plan.js';
import { type PassingRequest, startFaultProxy } from './proxy.js';

export const SECRET = Buffer.from('of the fault suite, not a secret').toString('base64');
const PARAMETER = '/otp-relay/faults/ownid-shared-secret';
/** As in `resources/state.yml`, but for the visibility timeout: just longer than a worker's lease, to save time. */
const QUEUE = { visibilityTimeoutSeconds: 11, retentionSeconds: 900 };
/** No entry is hidden for longer. */
const MAXIMUM_DELAY_MS = 61_000;

const SERVICES: ReadonlyMap<string, Service> = new Map([
  ['DynamoDB_20120810', 'store'],
  ['AmazonSQS', 'queue'],
  ['AmazonSSM', 'parameters'],
]);

/** A call that passed by on its way to AWS. `request` is its number, where it belongs to one. */
export interface Call {
  readonly service: Service;
  readonly request: number | undefined;
  /** The recipient's hash, where a counter of his was called. */
  readonly recipient: string | undefined;
  readonly fault: Fault;
  readonly at: number;
}

/** All that the relay talks to, each service behind a proxy of its own. */
export interface World {
  readonly environment: Readonly<Record<string, string>>;
  readonly queue: LoopbackQueue;
  readonly deadLetterQueue: LoopbackQueue;
  readonly calls: readonly Call[];
  readonly sent: readonly ReceivedMessage[];
  /** Makes the calls of a request known by the key of its deliveries. */
  announce(deliveryKey: string, request: number): void;
  /** Whether nothing listens where the service is. */
  refuse(service: Service, refused: boolean): Promise<void>;
  /** Makes every entry of the queue visible, as if much time had passed. */
  readonly hurryQueue: () => void;
  close(): Promise<void>;
}

/** The mark by which a message is known to belong to a request. */
export const markOf = (request: number): string => `rq-${request}.`;

export async function startWorld(plan: RunPlan): Promise<World> {
  let skewMs = 0;
  const now = () => Date.now() + skewMs;
  const deadLetterQueue = createLoopbackQueue({ ...QUEUE, now });
  const queue = createLoopbackQueue({
    ...QUEUE,
    redrive: { deadLetterQueue, maxReceiveCount: MAX_RECEIVES },
    now,
  });
  const table = await startDynamoDbLoopback('state');
  const sent: ReceivedMessage[] = [];
  const aws = await startAwsLoopback({
    parameters: new Map([[PARAMETER, SECRET]]),
    services: [createSqs(new Map([['retry', queue]])), table.service],
    onMessage: (message) => sent.push(message),
  });

  const requests = new Map<string, number>();
  const calls: Call[] = [];
  const faultOf = createFaults(plan);
  const startProxy = () =>
    startFaultProxy(aws.port, (passing) => {
      const call = identify(passing, requests);
      const fault = faultOf(call);
      calls.push({ ...call, fault, at: passing.at });
      return fault;
    });
  const proxies = {
    provider: await startProxy(),
    store: await startProxy(),
    queue: await startProxy(),
    parameters: await startProxy(),
  };
  const endpoint = (service: Service) => `http://127.0.0.1:${proxies[service].port}`;

  return {
    environment: {
      OWNID_SHARED_SECRET: `ssm:${PARAMETER}`,
      OTP_TTL_SECONDS: '60',
      RECIPIENT_WINDOW_SECONDS: '86400',
      EMAIL_FROM: 'login@example.com',
      SMS_ALLOWED_COUNTRIES: 'US',
      SMS_RANGE_DAILY_LIMIT: '*',
      SMS_COUNTRY_HOURLY_LIMIT: '100000',
      SMS_DAILY_LIMIT: '100000',
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      AWS_ENDPOINT_URL: endpoint('provider'),
      AWS_ENDPOINT_URL_SES: endpoint('provider'),
      AWS_ENDPOINT_URL_SNS: endpoint('provider'),
      AWS_ENDPOINT_URL_DYNAMODB: endpoint('store'),
      AWS_ENDPOINT_URL_SQS: endpoint('queue'),
      AWS_ENDPOINT_URL_SSM: endpoint('parameters'),
      QUEUE_URL: `${endpoint('queue')}/123456789012/retry`,
      STATE_TABLE: 'state',
      // So that a busy machine alone makes no call time out.
      STATE_TIMEOUT_MS: '1500',
      TIME_BUDGET_MS: '5000',
    },
    queue,
    deadLetterQueue,
    calls,
    sent,
    announce: (key, request) => requests.set(key, request),
    refuse: (service, refused) => proxies[service].refuse(refused),
    hurryQueue: () => {
      skewMs += MAXIMUM_DELAY_MS;
    },
    close: async () => {
      await Promise.all(Object.values(proxies).map((proxy) => proxy.close()));
      await Promise.all([aws.close(), table.close()]);
    },
  };
}

function identify({ head, body }: PassingRequest, requests: ReadonlyMap<string, number>) {
  const target = /^x-amz-target: *(\w+)\./im.exec(head)?.[1] ?? '';
  const key = /delivery:[\w-]{43}/.exec(body)?.[0] ?? '';
  const mark = /rq-(\d+)\./.exec(body)?.[1];
  return {
    service: SERVICES.get(target) ?? ('provider' as const),
    request: requests.get(key) ?? (mark === undefined ? undefined : Number(mark)),
    recipient: /"cap:recipient:([0-9a-f]+)/.exec(body)?.[1],
  };
}

/** Deals out the faults of a plan: a request's own to the calls that belong to it, the others in turn. */
function createFaults(plan: RunPlan): (call: Pick<Call, 'service' | 'request'>) => Fault {
  const turns = new Map<string, number>();
  return ({ service, request }) => {
    const name = `${service} ${request ?? ''}`;
    const turn = turns.get(name) ?? 0;
    turns.set(name, turn + 1);
    const script = scriptOf(plan, service, request);
    return script[turn] ?? { kind: 'none' };
  };
}

function scriptOf(plan: RunPlan, service: Service, request: number | undefined): readonly Fault[] {
  if (service === 'parameters') return plan.parameterStore;
  return request === undefined ? plan.other : (plan.requests[request]?.[service] ?? []);
}
