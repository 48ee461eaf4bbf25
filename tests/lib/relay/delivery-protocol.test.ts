/** The promise under failures, with the real webhook, worker and ledger in virtual time. */
import type { Clock } from '../../../lib/clock.js';
import type { QueueEntry } from '../../../lib/delivery/queue.js';
import { TransportError } from '../../../lib/net/transport-error.js';
import type { Transport } from '../../../lib/net/transport.js';
import { SECRET } from '../../support/relay.js';
import { createRelayWorld, type Fault, type Turn } from '../../support/relay-world.js';

type World = ReturnType<typeof createRelayWorld>;

const entryOf = ({ entries }: World): QueueEntry => {
  const [first] = entries;
  if (first === undefined) throw new Error('the queue is empty');
  return first.entry;
};

const PARAMETER_STORE = {
  OWNID_SHARED_SECRET: 'ssm:/otp-relay/test/secret',
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'example',
};

/** Amazon SSM API reference, GetParameter; it hangs while it is not up. */
const parameterStore = (clock: Clock, isUp: () => boolean): Transport => ({
  prepare: () => Promise.resolve(),
  send: async (_request, { deadline }) => {
    if (!isUp()) {
      await new Promise((resolve) => {
        deadline.signal.addEventListener('abort', resolve);
      });
      throw new TransportError('TIMEOUT', true);
    }
    await new Promise<void>((resolve) => clock.after(1, resolve));
    const Parameter = { Name: '/otp-relay/test/secret', Type: 'SecureString', Value: SECRET };
    return {
      status: 200,
      headers: { 'content-type': 'application/x-amz-json-1.1' },
      body: Buffer.from(JSON.stringify({ Parameter })),
    };
  },
});

const statusOf = (world: World, answer: Promise<{ statusCode: number }>) =>
  world.clock.until(answer).then(({ statusCode }) => statusCode);

describe('copies of a webhook', () => {
  test('a waiting copy does not send a second SMS when one of its polls fails twice', async () => {
    const world = createRelayWorld();
    const event = world.smsEvent();
    let claims = 0;
    world.rule.table = (call) =>
      call === 'claim' && [3, 4].includes((claims += 1)) ? 'not carried out' : 'none';
    world.rule.provider = () => 'hangs';
    const answers = [world.sandbox.sms()(event), world.sandbox.sms()(event)];
    const statuses = await world.clock.until(Promise.all(answers));
    expect(statuses.map(({ statusCode }) => statusCode)).toEqual([202, 202]);
    expect(claims).toBeGreaterThan(4);
    expect(world.lines.filter(({ failures }) => failures !== undefined)).toHaveLength(1);
  });

  test('a waiting copy does not wait for a claim of its own whose answer was lost', async () => {
    const world = createRelayWorld();
    const event = world.smsEvent();
    let claims = 0;
    // The first copy's claim; the second's, which waits; and the second's next one, made and tried again in vain.
    const faults: Record<number, Fault> = { 3: 'no answer', 4: 'not carried out' };
    world.rule.table = (call) => (call === 'claim' ? (faults[(claims += 1)] ?? 'none') : 'none');
    let attempts = 0;
    world.rule.provider = () => ((attempts += 1) === 1 ? 'misconfigured' : 'accept');
    const answers = [world.sandbox.sms()(event), world.sandbox.sms()(event)];
    const statuses = await world.clock.until(Promise.all(answers));
    expect(statuses.map(({ statusCode }) => statusCode)).toEqual([500, 202]);
    expect(world.taken).toHaveLength(1);
  });

  test('a waiting copy does not count against the cap', async () => {
    const world = createRelayWorld({ environment: { RECIPIENT_LIMIT: '5' } });
    const event = world.smsEvent();
    world.rule.provider = () => 'late';
    await world.clock.until(Promise.all([1, 2, 3].map(() => world.sandbox.sms()(event))));
    expect([...world.counters.entries()].filter(([key]) => key.includes(':recipient:'))).toEqual([
      [expect.any(String), 1],
    ]);
  });

  test('a copy of an SMS whose sender died is answered 202 and counted as unconfirmed, never 503', async () => {
    const world = createRelayWorld();
    const event = world.smsEvent();
    world.rule.provider = () => 'late';
    world.rule.table = (call) => (call === 'done' ? 'not carried out' : 'none');
    expect(await statusOf(world, world.sandbox.sms()(event))).toBe(202);
    world.rule.table = () => 'none';
    expect(await statusOf(world, world.sandbox.sms()(event))).toBe(202);
    await world.clock.pass(5000);
    expect(await statusOf(world, world.sandbox.sms()(event))).toBe(202);
    expect(world.taken).toHaveLength(1);
  });

  test('a lapsed claim on an SMS is closed by the first copy that finds it, and counted once', async () => {
    const world = createRelayWorld();
    const event = world.smsEvent();
    world.rule.table = (call) => (call === 'done' ? 'not carried out' : 'none');
    await statusOf(world, world.sandbox.sms()(event));
    await world.clock.pass(5000);
    world.rule.table = () => 'none';
    await statusOf(world, world.sandbox.sms()(event));
    await statusOf(world, world.sandbox.sms()(event));
    expect(world.counted('unconfirmed')).toBe(1);
    expect(world.counted('replayed')).toBe(1);
  });

  test('a copy of an email whose sender died takes it over once its lease is over, and that is the last send', async () => {
    const world = createRelayWorld();
    const event = world.emailEvent();
    world.rule.table = (call) => (call === 'done' ? 'not carried out' : 'none');
    for (let copy = 0; copy < 4; copy += 1) {
      expect(await statusOf(world, world.sandbox.email()(event))).toBe(202);
      await world.clock.pass(5000);
    }
    expect(world.taken).toHaveLength(2);
    expect(new Set(world.taken.map(({ id }) => id)).size).toBe(1);
  });

  test('a copy of an email that waits in vain leaves it to the worker, who sends only what was never recorded', async () => {
    const world = createRelayWorld();
    const event = world.emailEvent();
    world.rule.provider = () => 'hangs';
    world.rule.table = (call) => (call === 'queued' || call === 'done' ? 'not carried out' : 'none');
    let entries = 0;
    world.rule.queue = () => ((entries += 1) === 1 ? 'not carried out' : 'none');
    const answers = [world.sandbox.email()(event), world.sandbox.email()(event)];
    const statuses = await world.clock.until(Promise.all(answers));
    expect(statuses.map(({ statusCode }) => statusCode)).toEqual([202, 202]);
    world.rule.table = () => 'none';
    world.rule.provider = () => 'accept';
    expect(world.entries).toHaveLength(1);
    expect(await world.receive(entryOf(world))).toBe(true);
    expect(world.taken).toHaveLength(0);
    await world.clock.pass(5000);
    expect(await world.receive(entryOf(world), 2)).toBe(false);
    expect(await world.receive(entryOf(world), 3)).toBe(false);
    expect(world.taken).toHaveLength(1);
  });

  test.each<Fault>(['hangs', 'hangs, carried out'])(
    'once a copy was told that the email is queued, no other is told 503, though the queue %s for the holder',
    async (fault) => {
      const world = createRelayWorld();
      const event = world.emailEvent();
      world.rule.provider = () => 'transient';
      let entries = 0;
      world.rule.queue = () => ((entries += 1) === 1 ? fault : 'none');
      const answers = [world.sandbox.email()(event), world.sandbox.email()(event)];
      const statuses = await world.clock.until(Promise.all(answers));
      expect(statuses.map(({ statusCode }) => statusCode)).toEqual([202, 202]);
      expect(world.counted('queued')).toBe(2);
      expect(await statusOf(world, world.sandbox.email()(event))).toBe(202);
      expect(world.counted('replayed')).toBe(1);

      await world.clock.pass(5000);
      world.rule.provider = () => 'accept';
      for (const { entry } of world.entries) expect(await world.receive(entry)).toBe(false);
      expect(world.taken).toHaveLength(1);
    },
  );

  test('one lost answer of the table does not let a second SMS through beside a copy', async () => {
    const world = createRelayWorld();
    const event = world.smsEvent();
    let claims = 0;
    world.rule.table = (call) => (call === 'claim' && (claims += 1) === 1 ? 'not carried out' : 'none');
    const answers = [world.sandbox.sms()(event), world.sandbox.sms()(event)];
    const statuses = await world.clock.until(Promise.all(answers));
    expect(statuses.map(({ statusCode }) => statusCode)).toEqual([202, 202]);
    expect(world.taken).toHaveLength(1);
  });

  test('a copy that takes an email over, and cannot send it, is answered 202: it may be in the queue', async () => {
    const world = createRelayWorld();
    const event = world.emailEvent();
    world.rule.table = (call) => (call === 'done' ? 'not carried out' : 'none');
    await statusOf(world, world.sandbox.email()(event));
    await world.clock.pass(5000);
    world.rule.table = () => 'none';
    world.rule.provider = () => 'misconfigured';
    expect(await statusOf(world, world.sandbox.email()(event))).toBe(202);
  });

  test('a copy that takes an email over does not count against the cap again', async () => {
    const world = createRelayWorld({ environment: { RECIPIENT_LIMIT: '1' } });
    const event = world.emailEvent();
    world.rule.table = (call) => (call === 'done' ? 'not carried out' : 'none');
    for (let copy = 0; copy < 2; copy += 1) {
      expect(await statusOf(world, world.sandbox.email()(event))).toBe(202);
      await world.clock.pass(5000);
    }
    expect(world.taken).toHaveLength(2);
  });

  test('a claim that was overtaken is never answered with an error', async () => {
    const world = createRelayWorld();
    world.rule.provider = () => {
      for (const [key, row] of world.rows) world.rows.set(key, { ...row, state: 'done', holder: 'a copy' });
      return 'misconfigured';
    };
    expect(await statusOf(world, world.sandbox.email()(world.emailEvent()))).toBe(202);
  });

  test('a lapsed claim that the worker counted is not counted again by a copy', async () => {
    const world = createRelayWorld();
    const event = world.smsEvent();
    world.rule.provider = () => 'transient';
    await statusOf(world, world.sandbox.sms()(event));
    world.rule.provider = () => 'late';
    world.rule.table = (call) => (call === 'done' ? 'not carried out' : 'none');
    await world.receive(entryOf(world));
    world.rule.table = () => 'none';
    await world.clock.pass(12_000);
    const counted = world.counted('unconfirmed');
    await world.receive(entryOf(world), 2);
    expect(await statusOf(world, world.sandbox.sms()(event))).toBe(202);
    expect(world.counted('unconfirmed')).toBe(counted + 1);
    expect(world.taken).toHaveLength(1);
  });
});

describe('an answer of 202 is kept', () => {
  test('an email is not lost where the worker dies, a copy takes over, and releases it', async () => {
    const world = createRelayWorld();
    const event = world.emailEvent();
    world.rule.provider = () => 'transient';
    expect(await statusOf(world, world.sandbox.email()(event))).toBe(202);
    // The worker claims it and dies before it sends.
    world.rule.provider = () => 'hangs';
    world.rule.table = (call) => (call === 'sending' ? 'none' : 'not carried out');
    await world.receive(entryOf(world));
    await world.clock.pass(12_000);
    world.rule.table = () => 'none';
    world.rule.provider = () => 'misconfigured';
    await statusOf(world, world.sandbox.email()(event));
    world.rule.provider = () => 'accept';
    for (let receives = 2; receives < 6; receives += 1) {
      await world.clock.pass(12_000);
      await world.receive(entryOf(world), receives);
    }
    expect(world.taken).toHaveLength(1);
  });

  test.each<Fault>(['not carried out', 'no answer'])(
    'an SMS that certainly was not sent is not dropped because one write is %s',
    async (fault) => {
      const world = createRelayWorld();
      world.rule.provider = () => 'transient';
      expect(await statusOf(world, world.sandbox.sms()(world.smsEvent()))).toBe(202);
      let writes = 0;
      world.rule.table = (call) => (call === 'queued' && (writes += 1) === 1 ? fault : 'none');
      expect(await world.receive(entryOf(world))).toBe(true);
      world.rule.provider = () => 'accept';
      expect(await world.receive(entryOf(world), 2)).toBe(false);
      expect(world.taken).toHaveLength(1);
    },
  );

  test('what a copy that watches was promised is sent, whoever claimed and queued it again meanwhile', async () => {
    const world = createRelayWorld();
    world.rule.provider = () => 'transient';
    await statusOf(world, world.sandbox.sms()(world.smsEvent()));
    world.rule.provider = () => 'accept';
    const watch = { id: 'of a claim that was released', holder: '', unsure: 0, isRecorded: false };
    expect(await world.receive({ ...entryOf(world), claim: watch })).toBe(false);
    expect(world.taken).toHaveLength(1);
  });

  test('a queue that does not answer: 503 where the entry is cancelled, and it is never sent', async () => {
    const world = createRelayWorld();
    world.rule.provider = () => 'transient';
    world.rule.queue = () => 'no answer';
    expect(await statusOf(world, world.sandbox.sms()(world.smsEvent()))).toBe(503);
    world.rule.provider = () => 'accept';
    expect(await world.receive(entryOf(world))).toBe(false);
    expect(world.taken).toHaveLength(0);
  });

  test('a queue that does not answer: 202 where the entry cannot be cancelled, and it is sent', async () => {
    const world = createRelayWorld();
    world.rule.provider = () => 'transient';
    world.rule.queue = () => 'no answer';
    world.rule.table = (call) => (call === 'release' ? 'not carried out' : 'none');
    expect(await statusOf(world, world.sandbox.sms()(world.smsEvent()))).toBe(202);
    world.rule.provider = () => 'accept';
    expect(await world.receive(entryOf(world))).toBe(false);
    expect(world.taken).toHaveLength(1);
  });

  test('a message queued while the table was down is sent once, though the queue hands it out twice', async () => {
    const world = createRelayWorld();
    world.rule.table = () => 'not carried out';
    world.rule.provider = () => 'transient';
    expect(await statusOf(world, world.sandbox.sms()(world.smsEvent()))).toBe(202);
    world.rule.table = () => 'none';
    world.rule.provider = () => 'accept';
    await world.receive(entryOf(world));
    await world.receive(entryOf(world), 2);
    expect(world.taken).toHaveLength(1);
  });

  test('the worker waits for the table, and does not send blindly what was claimed', async () => {
    const world = createRelayWorld();
    world.rule.provider = () => 'transient';
    await statusOf(world, world.sandbox.sms()(world.smsEvent()));
    world.rule.provider = () => 'accept';
    world.rule.table = () => 'hangs';
    expect(await world.receive(entryOf(world))).toBe(true);
    expect(world.taken).toHaveLength(0);
    world.rule.table = () => 'none';
    expect(await world.receive(entryOf(world), 2)).toBe(false);
    expect(world.taken).toHaveLength(1);
  });
});

describe('how often a message is sent', () => {
  test.each<[string, Turn, number]>([
    ['sms', 'ambiguous', 1],
    ['email', 'ambiguous', 2],
  ])('%s, every outcome %s: %d', async (channel, turn, sends) => {
    const world = createRelayWorld();
    world.rule.provider = () => turn;
    const answer =
      channel === 'sms' ? world.sandbox.sms()(world.smsEvent()) : world.sandbox.email()(world.emailEvent());
    expect(await statusOf(world, answer)).toBe(202);
    for (let receives = 1; receives < 5; receives += 1) {
      for (const { entry } of [...world.entries]) await world.receive(entry, receives);
      await world.clock.pass(12_000);
    }
    expect(world.taken).toHaveLength(sends);
    expect(world.counted('unconfirmed')).toBe(sends);
  });

  test('an email of unknown outcome is sent once more where that was queued, and never recorded', async () => {
    const world = createRelayWorld();
    world.rule.provider = () => 'ambiguous';
    world.rule.table = (call) => (call === 'queued' ? 'not carried out' : 'none');
    expect(await statusOf(world, world.sandbox.email()(world.emailEvent()))).toBe(202);
    world.rule.table = () => 'none';
    for (let receives = 1; receives < 4; receives += 1) await world.receive(entryOf(world), receives);
    expect(world.taken).toHaveLength(2);
  });

  test('a second send keeps the id of the first', async () => {
    const world = createRelayWorld();
    world.rule.provider = () => 'ambiguous';
    await statusOf(world, world.sandbox.email()(world.emailEvent()));
    await world.receive(entryOf(world));
    expect(new Set(world.taken.map(({ id }) => id)).size).toBe(1);
  });

  test('nothing is queued or answered 202 after the deadline, by a function that thaws then', async () => {
    const world = createRelayWorld({ environment: { OTP_TTL_SECONDS: '60' } });
    const event = world.smsEvent();
    world.rule.provider = () => 'freezes';
    expect(await statusOf(world, world.sandbox.sms()(event))).toBe(422);
    expect(world.entries).toHaveLength(0);
    expect([...world.rows.keys()].filter((key) => key.startsWith('delivery:'))).toEqual([]);
  });
});

describe('the time budget is kept to 150 ms', () => {
  const THINGS = ['table', 'queue', 'provider', 'parameter store', 'none'] as const;
  const pairs = THINGS.flatMap((one, index) => THINGS.slice(index + 1).map((other) => [one, other] as const));
  /** How old the parameter store's values are when a request comes, in milliseconds. */
  const ages = { 'no cached values': undefined, 'stale values': 6 * 60_000, 'old values': 11 * 60_000 };
  // A module takes real time to load, in which virtual time would pass.
  beforeAll(() => import('../../../lib/aws/ssm.js'));

  describe.each(['sms', 'email'] as const)('%s', (channel) => {
    test.each(pairs.flatMap((pair) => Object.entries(ages).map((age) => [...pair, ...age] as const)))(
      'whatever hangs: %s and %s, with %s',
      async (one, other, _, age) => {
        const hangs = (thing: string) => one === thing || other === thing;
        let isStoreUp = true;
        const world = createRelayWorld({
          environment: PARAMETER_STORE,
          transport: (clock) => parameterStore(clock, () => isStoreUp),
        });
        const sandbox = world.sandbox[channel]();
        const event = () => (channel === 'sms' ? world.smsEvent() : world.emailEvent());
        if (age !== undefined) {
          expect(await statusOf(world, sandbox(event()))).toBe(202);
          await world.clock.pass(age);
        }
        isStoreUp = !hangs('parameter store');
        world.rule.table = () => (hangs('table') ? 'hangs' : 'none');
        world.rule.queue = () => (hangs('queue') ? 'hangs' : 'none');
        world.rule.provider = () => (hangs('provider') ? 'hangs' : 'transient');

        const startedAt = world.clock.now();
        const status = await statusOf(world, sandbox(event()));
        expect(world.clock.now() - startedAt).toBeLessThanOrEqual(2650);
        if (age === undefined && !isStoreUp) expect(status).toBe(503);
        if (one === 'parameter store' && age !== undefined) {
          // Cached values serve: the provider refuses for now, and the queue has the message.
          expect(status).toBe(202);
          expect(world.entries).toHaveLength(1);
        }
      },
    );
  });

  test('after acceptance nothing is waited for beyond it', async () => {
    const world = createRelayWorld();
    world.rule.table = (call) => (call === 'done' ? 'hangs' : 'none');
    const startedAt = world.clock.now();
    expect(await statusOf(world, world.sandbox.sms()(world.smsEvent()))).toBe(202);
    expect(world.clock.now() - startedAt).toBeLessThanOrEqual(2650);
    expect(world.counted('accepted')).toBe(1);
  });

  test('a table that hangs leaves time to send, and the message is sent once by each of its entries', async () => {
    const world = createRelayWorld();
    world.rule.table = () => 'hangs';
    expect(await statusOf(world, world.sandbox.email()(world.emailEvent()))).toBe(202);
    expect(world.taken).toHaveLength(1);
    expect(world.entries).toHaveLength(0);
  });
});

describe('caps', () => {
  test('while the table is down they hold in the memory of the sandbox', async () => {
    const world = createRelayWorld({ environment: { RECIPIENT_LIMIT: '3' } });
    world.rule.table = () => 'not carried out';
    const sandbox = world.sandbox.sms();
    const statuses: number[] = [];
    for (let index = 0; index < 5; index += 1)
      statuses.push(await statusOf(world, sandbox(world.smsEvent())));
    expect(statuses).toEqual([202, 202, 202, 429, 429]);
    expect(world.counted('stateStoreDown')).toBeGreaterThan(0);
  });

  test('a rotation does not reset the cap of a recipient', async () => {
    const world = createRelayWorld({ environment: { RECIPIENT_LIMIT: '2' } });
    await statusOf(world, world.sandbox.sms()(world.smsEvent()));
    const rotated = createRelayWorld({
      environment: {
        RECIPIENT_LIMIT: '2',
        OWNID_SHARED_SECRET: `${Buffer.alloc(32, 7).toString('base64')},${SECRET}`,
      },
    });
    for (const [key, count] of world.counters) rotated.counters.set(key, count);
    expect(await statusOf(rotated, rotated.sandbox.sms()(rotated.smsEvent()))).toBe(202);
    expect(await statusOf(rotated, rotated.sandbox.sms()(rotated.smsEvent()))).toBe(429);
  });

  test('what is refused gives back what it counted', async () => {
    const world = createRelayWorld({ environment: { RECIPIENT_LIMIT: '5', SMS_DAILY_LIMIT: '0' } });
    expect(await statusOf(world, world.sandbox.sms()(world.smsEvent()))).toBe(429);
    expect([...world.counters.values()].every((count) => count === 0)).toBe(true);
    expect(world.rows.size).toBe(0);
  });
});

describe('entries of version 0.1.0', () => {
  test.each([
    [true, 'queued'],
    [false, undefined],
  ] as const)('are sent once (tracked: %s)', async (tracked, state) => {
    const world = createRelayWorld();
    const key = 'delivery:old';
    if (state !== undefined) {
      world.rows.set(key, { state, id: 'old', holder: 'old', until: 0, unsure: 0 });
    }
    const old = JSON.stringify({
      channel: 'sms',
      app: '',
      message: { to: '+12133734253', country: 'US', text: 'Your code is 1234' },
      key,
      admission: 'old',
      tracked,
      resend: false,
      deadline: world.clock.now() + 200_000,
      requestId: 'r',
    });
    expect(await world.receive(old)).toBe(false);
    expect(await world.receive(old, 2)).toBe(false);
    expect(world.taken).toHaveLength(1);
  });
});
