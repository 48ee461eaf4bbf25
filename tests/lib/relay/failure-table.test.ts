/** One test for each row of the table in docs/failures.md: what OwnID sees, what is retried, where it ends up. */
import { randomUUID } from 'node:crypto';
import { systemClock } from '../../../lib/clock.js';
import { awsConfig } from '../../../lib/aws/config.js';
import { parseEntry } from '../../../lib/delivery/queue.js';
import { createLedger } from '../../../lib/ledger/ledger.js';
import type { HttpEvent } from '../../../lib/ownid/request.js';
import { createDynamoDbTable } from '../../../lib/ledger/dynamodb.js';
import { createWebhook } from '../../../lib/relay/start/webhook-function.js';
import { emailChannel } from '../../../lib/email/channel.js';
import type { Behaviour } from '../../../tools/loopback/provider.js';
import { createClock } from '../../support/clock.js';
import { EMAIL, signedEvent, SMS } from '../../support/event.js';
import { SECRET, startTestRelay, type TestRelay } from '../../support/relay.js';

type Service = 'ses' | 'sns' | 'ssm' | 'sqs' | 'dynamodb';

const running: TestRelay[] = [];
afterEach(() => Promise.all(running.splice(0).map((relay) => relay.close())));

async function setUp(options: Parameters<typeof startTestRelay>[0] = {}) {
  const clock = createClock();
  const behaviour: Partial<Record<Service, Behaviour>> = {};
  const relay = await startTestRelay({
    queue: true,
    now: clock.now,
    behaviour: (service) => ({ answer: behaviour[service as Service] ?? 'accept' }),
    ...options,
  });
  running.push(relay);
  let time = clock.time - 1000;
  const event = (payload: object = EMAIL, path = '/email'): HttpEvent =>
    signedEvent(payload, { path, time: (time += 1) });
  const sms = async () => relay.sms(event(SMS, '/sms'));
  const email = async () => relay.email(event());
  /** Lets the queue's delays pass, and the worker have what is due. */
  const workUntilEmpty = async (rounds = 5, stepMs = 60_000) => {
    for (let index = 0; index < rounds; index += 1) {
      clock.time += stepMs;
      await relay.work();
    }
  };
  const sent = () => relay.received.length;
  const tries = (service: Service) => relay.calls.filter((call) => call.service === service).length;
  const queued = () => {
    const { visible, inFlight, delayed } = relay.queue.counts();
    return visible + inFlight + delayed;
  };
  /** Metrics that were counted, by name, with the reason where there is one. */
  const counted = () =>
    relay.lines
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter((line) => '_aws' in line)
      .flatMap((line) =>
        Object.keys(line)
          .filter((name) => typeof line[name] === 'number' && name !== 'providerLatency')
          .map((name) => (typeof line['reason'] === 'string' ? `${name}:${line['reason']}` : name)),
      );
  return { relay, clock, behaviour, event, sms, email, workUntilEmpty, sent, tries, queued, counted };
}

const answered = (statusCode: number) => ({ statusCode, headers: {}, body: '', isBase64Encoded: false });

describe('missing, bad, stale or repeated authentication', () => {
  test.each<[string, (event: HttpEvent) => HttpEvent, string]>([
    ['missing', (event) => ({ ...event, headers: {} }), 'timestamp_missing'],
    ['bad', (event) => ({ ...event, body: `${event.body ?? ''} ` }), 'signature_mismatch'],
    [
      'repeated',
      ({ headers, ...event }) => ({
        ...event,
        multiValueHeaders: Object.fromEntries(
          Object.entries(headers ?? {}).map(([name, value]) => [name, [value ?? '', value ?? '']]),
        ),
      }),
      'timestamp_malformed',
    ],
  ])('%s: 401, not sent', async (_, change, reason) => {
    const { relay, event, sent, counted } = await setUp();
    expect(await relay.email(change(event()))).toEqual(answered(401));
    expect(sent()).toBe(0);
    expect(counted()).toEqual([`refused:${reason}`]);
  });

  test('stale: 401, not sent', async () => {
    const { relay, clock, event, sent, counted } = await setUp();
    const request = event();
    clock.time += 60_000;
    expect(await relay.email(request)).toEqual(answered(401));
    expect(sent()).toBe(0);
    expect(counted()).toEqual(['refused:timestamp_stale']);
  });
});

test.each([
  ['bad JSON', '{', 'not_json'],
  ['a bad recipient', { ...EMAIL, email: 'a@example.com, b@example.com' }, 'email_malformed'],
])('authentic, but %s: 400, not sent', async (_, payload, reason) => {
  const { relay, clock, sent, counted } = await setUp();
  expect(await relay.email(signedEvent(payload, { time: clock.time }))).toEqual(answered(400));
  expect(sent()).toBe(0);
  expect(counted()).toEqual([`refused:${reason}`]);
});

test('body too large: 413', async () => {
  const { relay, event, counted } = await setUp();
  expect(await relay.email(event({ ...EMAIL, body: 'a'.repeat(256 * 1024) }))).toEqual(answered(413));
  expect(counted()).toEqual(['refused:body_too_large']);
});

describe('exact replay of an accepted request', () => {
  test('202, not sent again', async () => {
    const { relay, event, sent, counted } = await setUp();
    const request = event(SMS, '/sms');
    expect(await relay.sms(request)).toEqual(answered(202));
    expect(await relay.sms(request)).toEqual(answered(202));
    expect(await relay.sms({ ...request, rawPath: '/sms/' })).toEqual(answered(202));
    expect(sent()).toBe(1);
    expect(counted()).toEqual(['accepted', 'replayed', 'replayed']);
  });

  test('of copies that arrive at the same instant, one is sent', async () => {
    const { relay, event, sent } = await setUp();
    const request = event(SMS, '/sms');
    const answers = await Promise.all(Array.from({ length: 10 }, () => relay.sms(request)));
    expect(answers).toEqual(Array.from({ length: 10 }, () => answered(202)));
    expect(sent()).toBe(1);
  });

  test('counts against no cap', async () => {
    const { relay, event, email } = await setUp({ environment: { RECIPIENT_LIMIT: '2' } });
    const request = event();
    for (let index = 0; index < 4; index += 1) await relay.email(request);
    expect(await email()).toEqual(answered(202));
    expect(await email()).toEqual(answered(429));
  });

  test('after any other answer it is no replay: the same request is sent', async () => {
    const { relay, behaviour, event, sent } = await setUp({ queue: false });
    const request = event();
    for (const [told, statusCode] of [
      ['rejected', 422],
      ['misconfigured', 500],
      ['transient', 503],
      ['accept', 202],
    ] as const) {
      behaviour.ses = told;
      expect(await relay.email(request)).toEqual(answered(statusCode));
    }
    expect(sent()).toBe(1);
  });
});

describe('country not allowed, cap reached', () => {
  test('country not allowed: 429, not sent', async () => {
    const { relay, event, sent, counted } = await setUp();
    expect(await relay.sms(event({ ...SMS, phoneNumber: '+33612345678' }, '/sms'))).toEqual(answered(429));
    expect(sent()).toBe(0);
    expect(counted()).toEqual(['refused:country_not_allowed']);
  });

  test('without a list of countries every SMS is refused', async () => {
    const { sms } = await setUp({ environment: { SMS_ALLOWED_COUNTRIES: undefined } });
    expect(await sms()).toEqual(answered(429));
  });

  test.each([
    ['recipient', { RECIPIENT_LIMIT: '2' }],
    ['country', { SMS_COUNTRY_HOURLY_LIMIT: '2' }],
    ['total', { SMS_DAILY_LIMIT: '2' }],
  ])('cap of the %s: 429 from then on, however many come at once', async (name, environment) => {
    const { sms, sent, counted } = await setUp({ environment });
    const answers = await Promise.all(Array.from({ length: 6 }, sms));
    expect(answers.map(({ statusCode }) => statusCode).sort()).toEqual([202, 202, 429, 429, 429, 429]);
    expect(sent()).toBe(2);
    expect(counted().filter((metric) => metric === `refused:cap_${name}`)).toHaveLength(4);
  });

  test('recipient not on the list of a test stage: 429', async () => {
    const { relay, event, email } = await setUp({
      environment: {
        EMAIL_ALLOWED_RECIPIENTS: '@example.com,tester@example.org',
        SMS_ALLOWED_RECIPIENTS: '+12133734253',
      },
    });
    expect(await email()).toEqual(answered(202));
    const statusOf = async (address: string) =>
      (await relay.email(event({ ...EMAIL, email: address }))).statusCode;
    expect(await statusOf('tester@example.org')).toBe(202);
    expect(await statusOf('other@example.org')).toBe(429);
    expect(await statusOf('a@sub.example.com')).toBe(429);
    expect(await relay.sms(event(SMS, '/sms'))).toEqual(answered(202));
    expect(await relay.sms(event({ ...SMS, phoneNumber: '+12133734254' }, '/sms'))).toEqual(answered(429));
  });
});

test('secret store down and nothing cached: 503, alarm', async () => {
  const { email, behaviour, sent, counted } = await setUp({
    environment: { OWNID_SHARED_SECRET: 'ssm:/otp/secret' },
    parameters: new Map([['/otp/secret', SECRET]]),
  });
  behaviour.ssm = 'transient';
  expect(await email()).toEqual(answered(503));
  expect(counted()).toEqual(['secretStoreDown', 'refused:parameter_store_unavailable']);
  behaviour.ssm = 'accept';
  expect(await email()).toEqual(answered(202));
  expect(sent()).toBe(1);
});

test('provider refuses this message: 422, not retried', async () => {
  const { email, behaviour, tries, queued, counted } = await setUp();
  behaviour.ses = 'rejected';
  expect(await email()).toEqual(answered(422));
  expect(tries('ses')).toBe(1);
  expect(queued()).toBe(0);
  expect(counted()).toEqual(['providerFailure:rejected', 'rejected']);
});

describe('our account or settings are at fault', () => {
  test('500, alarm', async () => {
    const { email, behaviour, tries, queued, counted } = await setUp();
    behaviour.ses = 'misconfigured';
    expect(await email()).toEqual(answered(500));
    expect(tries('ses')).toBe(1);
    expect(queued()).toBe(0);
    expect(counted()).toEqual(['providerFailure:misconfigured', 'misconfigured']);
  });

  test('next provider of the route: 202', async () => {
    const { email, behaviour, counted } = await setUp({
      environment: {
        EMAIL_PROVIDER: 'mandrill,ses',
        MANDRILL_API_KEY: 'md-0123456789abcdefghijk',
        MANDRILL_API_URL: 'http://127.0.0.1:1',
      },
    });
    behaviour.ses = 'accept';
    expect(await email()).toEqual(answered(202));
    expect(counted()).toEqual(['providerFailure:transient', 'accepted']);
  });
});

describe('transient, certainly not accepted', () => {
  test('once in line, then the queue: 202', async () => {
    const { sms, behaviour, tries, sent, queued, workUntilEmpty, counted } = await setUp();
    behaviour.sns = 'transient';
    expect(await sms()).toEqual(answered(202));
    expect(tries('sns')).toBe(2);
    expect(queued()).toBe(1);
    behaviour.sns = 'accept';
    await workUntilEmpty();
    expect(sent()).toBe(1);
    expect(queued()).toBe(0);
    expect(counted()).toEqual([
      'providerFailure:transient',
      'providerFailure:transient',
      'queued',
      'accepted',
    ]);
  });

  test('a replay of what is queued: 202, not sent again', async () => {
    const { relay, event, behaviour, sent, queued, workUntilEmpty } = await setUp();
    behaviour.sns = 'transient';
    const request = event(SMS, '/sms');
    await relay.sms(request);
    expect(await relay.sms(request)).toEqual(answered(202));
    expect(queued()).toBe(1);
    behaviour.sns = 'accept';
    await workUntilEmpty();
    expect(sent()).toBe(1);
  });

  test('where no queue is configured: 503', async () => {
    const { email, behaviour, counted } = await setUp({ queue: false });
    behaviour.ses = 'transient';
    expect(await email()).toEqual(answered(503));
    expect(counted()).toContain('transient');
  });
});

describe('ambiguous', () => {
  test('an email is sent once more through the queue: 202', async () => {
    const { email, behaviour, sent, tries, queued, workUntilEmpty, counted } = await setUp();
    behaviour.ses = 'ambiguous';
    expect(await email()).toEqual(answered(202));
    expect(tries('ses')).toBe(1);
    expect(queued()).toBe(1);
    await workUntilEmpty();
    // The loopback did accept both, and could not say so.
    expect(sent()).toBe(2);
    expect(queued()).toBe(0);
    expect(counted().filter((metric) => metric === 'unconfirmed')).toHaveLength(2);
  });

  test('an SMS never: 202', async () => {
    const { sms, behaviour, sent, queued, workUntilEmpty, counted } = await setUp();
    behaviour.sns = 'ambiguous';
    expect(await sms()).toEqual(answered(202));
    expect(queued()).toBe(0);
    await workUntilEmpty();
    expect(sent()).toBe(1);
    expect(counted()).toEqual(['providerFailure:ambiguous', 'unconfirmed']);
  });

  test('an email in the worker: sent once more, and counted each time', async () => {
    const { email, behaviour, sent, queued, workUntilEmpty, counted } = await setUp();
    behaviour.ses = 'transient';
    await email();
    behaviour.ses = 'ambiguous';
    await workUntilEmpty();
    expect(sent()).toBe(2);
    expect(queued()).toBe(0);
    expect(counted().filter((metric) => metric === 'unconfirmed')).toHaveLength(2);
  });

  test('an SMS in the worker: not sent again either', async () => {
    const { sms, behaviour, sent, queued, workUntilEmpty } = await setUp();
    behaviour.sns = 'transient';
    await sms();
    behaviour.sns = 'ambiguous';
    await workUntilEmpty();
    expect(sent()).toBe(1);
    expect(queued()).toBe(0);
  });
});

test('transient, and the queue is down too: 503, alarm; the same request can be sent at once', async () => {
  const { relay, event, behaviour, sent, queued, counted } = await setUp();
  behaviour.sns = 'transient';
  behaviour.sqs = 'transient';
  const request = event(SMS, '/sms');
  expect(await relay.sms(request)).toEqual(answered(503));
  expect(counted()).toContain('queueDown');
  expect(queued()).toBe(0);
  behaviour.sns = 'accept';
  expect(await relay.sms(request)).toEqual(answered(202));
  expect(sent()).toBe(1);
});

describe('the worker crashes', () => {
  test('an entry that it cannot read: dead letter after the last receive', async () => {
    const { relay, queued, workUntilEmpty } = await setUp();
    relay.queue.send('no entry', 0);
    await workUntilEmpty(17, 31_000);
    expect(queued()).toBe(0);
    expect(relay.deadLetters.counts().visible).toBe(1);
  });

  test('while it sends: an SMS is not sent again, an email once', async () => {
    const { relay, sms, email, clock, behaviour, sent, counted, workUntilEmpty } = await setUp();
    behaviour.sns = 'transient';
    behaviour.ses = 'transient';
    await sms();
    await email();
    behaviour.sns = 'accept';
    behaviour.ses = 'accept';
    clock.time += 10_000;
    // A worker takes both up, and dies: whether it sent them nobody can know. The queue hands them out again.
    const entries = relay.queue.receive(10).flatMap(({ body }) => parseEntry(body) ?? []);
    const time = { ...systemClock, now: clock.now };
    const table = createDynamoDbTable('state', awsConfig(relay.environment, { clock: time }));
    const dying = createLedger({ table, clock: time, newId: randomUUID, onDown: () => undefined });
    for (const { key, claim, deadline } of entries) {
      const lease = { until: clock.time + 10_000, expiresAt: deadline, timeoutMs: 10_000 };
      const verdict = await dying.take({ key, ...lease, secondSends: 1 }, claim, Infinity);
      expect(verdict).toMatchObject({ verdict: 'send' });
    }
    expect(entries).toHaveLength(2);
    await workUntilEmpty(2);
    expect(relay.received).toMatchObject([{ channel: 'email' }]);
    expect(sent()).toBe(1);
    expect(counted()).toContain('unconfirmed');
  });
});

test('deadline passed: dropped, never sent', async () => {
  const { sms, behaviour, clock, relay, sent, tries, queued, counted } = await setUp();
  behaviour.sns = 'transient';
  await sms();
  const before = tries('sns');
  behaviour.sns = 'accept';
  clock.time += 300_000;
  await relay.work();
  expect(tries('sns')).toBe(before);
  expect(sent()).toBe(0);
  expect(queued()).toBe(0);
  expect(counted()).toContain('expired');
});

test('state store down: sent, the caps hold in memory, alarm', async () => {
  const { relay, event, behaviour, sent, counted } = await setUp({
    environment: { RECIPIENT_LIMIT: '2' },
  });
  behaviour.dynamodb = 'transient';
  expect(await relay.sms(event(SMS, '/sms'))).toEqual(answered(202));
  expect(await relay.sms(event(SMS, '/sms'))).toEqual(answered(202));
  expect(await relay.sms(event(SMS, '/sms'))).toEqual(answered(429));
  expect(sent()).toBe(2);
  expect(counted()).toContain('stateStoreDown');
});

test('without a table the start says that state is kept in memory', async () => {
  const { relay } = await setUp({ queue: false });
  expect(relay.lines[0]).toBe('{"channel":"email","reason":"state_kept_in_memory"}');
  const lines: string[] = [];
  const write = (line: unknown) => lines.push(String(line));
  createWebhook(emailChannel, {
    environment: { ...relay.environment, STATE_TABLE: 'state' },
    logSink: { info: write, warn: write, error: write },
  });
  expect(lines).toEqual([]);
});
