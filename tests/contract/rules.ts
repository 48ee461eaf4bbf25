import { DeliveryError } from '../../lib/errors.js';
import type { Deliver } from '../../lib/delivery/route.js';
import type { Environment } from '../../lib/settings/settings.js';
import type { ReceivedMessage } from '../../tools/loopback/provider.js';
import { until } from '../support/until.js';
import type { Misbehaviour, Peer, ProviderContract } from './contract.js';

/** What the rules need to know of a channel. */
interface Sample<M> {
  readonly connect: (environment: Environment) => Promise<Deliver<M>>;
  /** A message, to a recipient where one is named. */
  readonly message: (to?: string) => M;
  readonly recipient: (index: number) => string;
  /** What of the message and of the credentials no error may hold. */
  readonly personal: RegExp;
}

/** The rules that hold for every provider of every channel. */
export function testProviderRules<M, Wire>(
  { name, accept, misbehave, refusals }: ProviderContract<Wire>,
  { connect, message, recipient, personal }: Sample<M>,
): void {
  const failureOf = async (peer: Peer, signal = AbortSignal.timeout(5000)): Promise<DeliveryError> => {
    const deliver = await connect(peer.environment);
    try {
      const acceptance = await deliver(message(), until(signal));
      throw new Error(`accepted: ${JSON.stringify(acceptance)}`);
    } catch (error) {
      if (error instanceof DeliveryError) return error;
      throw error;
    } finally {
      await peer.close();
    }
  };

  test('many at once arrive once each', async () => {
    const received: ReceivedMessage[] = [];
    const peer = await accept((one) => received.push(one));
    const deliver = await connect(peer.environment);
    const recipients = Array.from({ length: 30 }, (_, index) => recipient(index));
    await Promise.all(recipients.map((to) => deliver(message(to), until(AbortSignal.timeout(10_000)))));
    expect(received.map(({ to }) => to).sort()).toEqual(recipients.sort());
    await peer.close();
  });

  test('nothing is sent once the signal has aborted', async () => {
    const peer = await accept(() => undefined);
    const deliver = await connect(peer.environment);
    await expect(deliver(message(), until(AbortSignal.abort()))).rejects.toMatchObject({
      kind: 'transient',
      code: 'TIMEOUT',
    });
    expect(peer.given()).toBe(0);
    await peer.close();
  });

  test.each(refusals)('$title -> $kind', async ({ start, kind, code }) => {
    const failure = await failureOf(await start(), AbortSignal.timeout(code === 'TIMEOUT' ? 300 : 5000));
    expect(failure).toMatchObject({ provider: name, kind, ...(code !== undefined && { code }) });
    expect(failure.message).not.toMatch(personal);
  });

  test.each<[Misbehaviour, string, string | RegExp]>([
    ['nobody listens', 'transient', 'ECONNREFUSED'],
    ['silence', 'transient', 'TIMEOUT'],
    ['untrusted certificate', 'misconfigured', 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['reset', 'ambiguous', /^ECONN/],
    ['hang', 'ambiguous', 'TIMEOUT'],
    ['garbage', 'ambiguous', /./],
  ])('%s -> %s', async (how, kind, code) => {
    const peer = await misbehave(how);
    const given = how === 'hang' ? whenGiven(peer) : undefined;
    const failure = await failureOf(peer, given ?? AbortSignal.timeout(how === 'silence' ? 300 : 5000));
    expect(failure.kind).toBe(kind);
    expect(failure.code).toMatch(code);
    // Nothing is given to a server that is not to be trusted, nor twice to one whose answer is unclear.
    expect(peer.given()).toBe(kind === 'ambiguous' ? 1 : 0);
  });
}

/** Aborts as soon as a peer was given a message. */
function whenGiven(peer: Peer): AbortSignal {
  const controller = new AbortController();
  const timer = setInterval(() => {
    if (peer.given() === 0) return;
    clearInterval(timer);
    controller.abort();
  }, 5);
  return controller.signal;
}

/** Sends through a provider as it should be, one message at a time, and reads what arrived. Call it where tests are described. */
export function sendingTo<M, Wire>({ accept, read }: Pick<ProviderContract<Wire>, 'accept' | 'read'>) {
  const received: ReceivedMessage[] = [];
  let peer: Peer;
  beforeAll(async () => {
    peer = await accept((one) => received.push(one));
  });
  afterAll(() => peer.close());

  return async (
    connect: (environment: Environment) => Promise<Deliver<M>>,
    message: M,
    { environment = {}, ...options }: Partial<Parameters<Deliver<M>>[1]> & { environment?: Environment } = {},
  ) => {
    received.length = 0;
    const deliver = await connect({ ...peer.environment, ...environment });
    const acceptance = await deliver(message, { ...until(AbortSignal.timeout(5000)), ...options });
    const [only, ...others] = received;
    if (only === undefined || others.length > 0) throw new Error(`${received.length} messages arrived`);
    return { acceptance, wire: await read(only), received: only };
  };
}
