/** When a webhook answers whatever hangs, with the real webhook and ledger in virtual time. */
import { fate, FINE } from '../../simulation/fate.js';
import { createScriptedWorld } from '../../simulation/scripted-world.js';

const TO = { email: 'user@example.org', sms: '+447400100001' };
const HANGS = fate('hangs', 'nothing');
const REFUSES = fate('refuses for now', 'throttled');
/** The budget of 2,500 ms, and what an answer may take beyond it. */
const LATEST_MS = 2650;

describe('the time budget is kept to 150 ms', () => {
  const THINGS = ['table', 'queue', 'provider', 'parameters', undefined] as const;
  const pairs = THINGS.flatMap((one, index) => THINGS.slice(index + 1).map((other) => [one, other] as const));
  /** How old the parameter store's values are when a request comes, in milliseconds. */
  const ages = { 'no cached values': undefined, 'stale values': 6 * 60_000, 'old values': 11 * 60_000 };
  // A module takes real time to load, in which virtual time would pass.
  beforeAll(() => import('../../../lib/aws/ssm.js'));

  describe.each(['sms', 'email'] as const)('%s', (channel) => {
    test.each(pairs.flatMap((pair) => Object.entries(ages).map((age) => [...pair, ...age] as const)))(
      'whatever hangs: %s and %s, with %s',
      async (one, other, _, age) => {
        const { post, pass, rule, queued } = createScriptedWorld({ hasParameters: true });
        if (age !== undefined) {
          expect(await post(channel, TO[channel])).toMatchObject({ status: 202 });
          await pass(age);
        }
        rule.fate = ({ service }) => {
          if (service === one || service === other) return HANGS;
          return service === 'provider' ? REFUSES : FINE;
        };
        const { status, ms, metrics } = await post(channel, TO[channel]);
        expect(ms).toBeLessThanOrEqual(LATEST_MS);
        if (age === undefined && (one === 'parameters' || other === 'parameters')) expect(status).toBe(503);
        if (one === 'parameters' && age !== undefined) {
          // Cached values serve: the provider refuses for now, and the queue has the message.
          expect(status).toBe(202);
          expect(metrics.filter((name) => name === 'queued')).toHaveLength(1);
          expect(queued).toHaveLength(1);
        }
      },
    );
  });

  test('after acceptance nothing is waited for beyond it', async () => {
    const { post, rule, taken } = createScriptedWorld();
    rule.fate = ({ service }) => (service === 'table' && taken() > 0 ? HANGS : FINE);
    const { status, ms, metrics } = await post('sms', TO.sms);
    expect(status).toBe(202);
    expect(ms).toBeLessThanOrEqual(LATEST_MS);
    expect(metrics.filter((name) => name === 'accepted')).toHaveLength(1);
  });

  test('counters that hang are not waited for beyond it, and their caps hold in memory', async () => {
    const { post, rule } = createScriptedWorld({ environment: { RECIPIENT_LIMIT: '1' } });
    rule.fate = ({ service, what }) => (service === 'table' && what.startsWith('+') ? HANGS : FINE);
    const [first, second] = [await post('email', TO.email), await post('email', TO.email)];
    expect([first, second]).toMatchObject([{ outcome: 'accepted' }, { outcome: 'cap_reached' }]);
    expect(Math.max(first.ms, second.ms)).toBeLessThanOrEqual(LATEST_MS);
  });

  test('a table that hangs leaves time to send', async () => {
    const { post, rule, taken, queued } = createScriptedWorld();
    rule.fate = ({ service }) => (service === 'table' ? HANGS : FINE);
    expect(await post('email', TO.email)).toMatchObject({ status: 202, outcome: 'accepted' });
    expect([taken(), queued]).toEqual([1, []]);
  });
});
