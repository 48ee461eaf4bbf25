/** When a webhook answers whatever hangs, with the real webhook and ledger in virtual time. */
import { PARAMETER_STORE, parameterStore } from '../../support/parameter-store.js';
import { createRelayWorld } from '../../support/relay-world.js';

type World = ReturnType<typeof createRelayWorld>;

const statusOf = (world: World, answer: Promise<{ statusCode: number }>) =>
  world.clock.until(answer).then(({ statusCode }) => statusCode);

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
          transport: (clock) => parameterStore(clock, () => (isStoreUp ? 1 : undefined)),
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
          expect(world.state.queued).toBe(1);
        }
      },
    );
  });

  test('after acceptance nothing is waited for beyond it', async () => {
    const world = createRelayWorld();
    world.rule.table = () => (world.state.taken > 0 ? 'hangs' : 'none');
    const startedAt = world.clock.now();
    expect(await statusOf(world, world.sandbox.sms()(world.smsEvent()))).toBe(202);
    expect(world.clock.now() - startedAt).toBeLessThanOrEqual(2650);
    expect(world.counted('accepted')).toBe(1);
  });

  test('a table that hangs leaves time to send', async () => {
    const world = createRelayWorld();
    world.rule.table = () => 'hangs';
    expect(await statusOf(world, world.sandbox.email()(world.emailEvent()))).toBe(202);
    expect(world.state).toEqual({ taken: 1, queued: 0 });
  });
});
