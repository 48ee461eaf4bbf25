import { createBreaker } from '../../../lib/delivery/breaker.js';
import type { Container } from '../../../lib/relay/container.js';
import { dispatch } from '../../../lib/relay/dispatch.js';
import { DeliveryError, type DeliveryErrorKind } from '../../../lib/errors.js';
import type { QueueEntry } from '../../../lib/delivery/queue.js';
import type { Ticket } from '../../../lib/ledger/ticket.js';
import { TransportError } from '../../../lib/net/transport-error.js';
import { createClock } from '../../support/clock.js';

const NO_ANSWER = new TransportError('TIMEOUT', true, undefined);
const UNREACHABLE = new TransportError('ECONNREFUSED', false, undefined);

/** Dispatches one message that its provider fails to take, and tells all that was done about it. */
async function play(options: {
  fails: DeliveryErrorKind;
  queue?: 'takes it' | TransportError;
  tracked?: boolean;
  resent?: boolean;
  canRelease?: boolean;
  mayResend?: boolean;
  /** Milliseconds that are left. */
  deadlineIn?: number;
}) {
  const { fails, queue = 'takes it', tracked = true, resent = false, canRelease = true } = options;
  const { deadlineIn = 1000 } = options;
  const clock = createClock();
  const did: string[] = [];
  const entries: QueueEntry[] = [];
  const ticket: Ticket = {
    admission: 'a',
    tracked,
    resent,
    done: () => Promise.resolve(void did.push('done')),
    queued: (queued) => {
      did.push(queued?.resent === true ? 'queued to be sent once more' : 'queued');
      return Promise.resolve(true);
    },
    release: () => {
      did.push('released');
      return Promise.resolve(canRelease);
    },
  };
  const container = {
    clock,
    now: clock.now,
    random: () => 0.5,
    log: () => undefined,
    measure: () => undefined,
    queue: {
      send: (entry: QueueEntry) => {
        did.push('sent to the queue');
        entries.push(entry);
        return queue === 'takes it' ? Promise.resolve() : Promise.reject(queue);
      },
      postpone: () => Promise.resolve(),
    },
  } as unknown as Container;
  const deliver = () => {
    did.push('attempted');
    return Promise.reject(new DeliveryError(fails, { provider: 'p', code: 'X' }));
  };
  const outcome = await dispatch(container, {
    route: [{ name: 'p', deliver, breaker: createBreaker(clock.now) }],
    message: 'm',
    ticket,
    entry: {
      channel: 'email',
      app: '',
      message: 'm',
      key: 'delivery:k',
      deadline: clock.time + deadlineIn,
      requestId: 'r',
    },
    // So little time that there is no second try in line.
    answerBy: clock.time + 800,
    mayResend: options.mayResend ?? false,
    onDelivered: () => undefined,
    onFailure: () => undefined,
  }).catch((error: unknown) => (error as DeliveryError).kind);
  return { outcome, did, entries };
}

test('what was certainly not accepted is queued, and only then recorded as queued', async () => {
  const { outcome, did, entries } = await play({ fails: 'transient' });
  expect(outcome).toBe('queued');
  expect(did).toEqual(['attempted', 'sent to the queue', 'queued']);
  expect(entries).toMatchObject([{ admission: 'a', tracked: true, resend: false }]);
});

test('an email of unknown outcome is queued to be sent once more', async () => {
  const { outcome, did, entries } = await play({ fails: 'ambiguous', mayResend: true });
  expect(outcome).toBe('unconfirmed');
  expect(did).toEqual(['attempted', 'sent to the queue', 'queued to be sent once more']);
  expect(entries).toMatchObject([{ resend: true }]);
});

test.each([
  { mayResend: false, resent: false },
  { mayResend: true, resent: true },
])('what may not be resent is done with: %j', async (options) => {
  const { outcome, did } = await play({ fails: 'ambiguous', ...options });
  expect(outcome).toBe('unconfirmed');
  expect(did).toEqual(['attempted', 'done']);
});

test.each<[string, Partial<Parameters<typeof play>[0]>, string]>([
  ['cannot be reached', { queue: UNREACHABLE }, 'transient'],
  ['cannot be reached, nor can the store', { queue: UNREACHABLE, canRelease: false }, 'transient'],
  ['does not answer', { queue: NO_ANSWER }, 'transient'],
  ['does not answer, nor does the store', { queue: NO_ANSWER, canRelease: false }, 'unconfirmed'],
  [
    'does not answer, and the worker would find no trace',
    { queue: NO_ANSWER, tracked: false },
    'unconfirmed',
  ],
])('where the queue %s', async (_, options, expected) => {
  const { outcome, did } = await play({ fails: 'transient', ...options });
  expect(outcome).toBe(expected);
  expect(did).toEqual(['attempted', 'sent to the queue', 'released']);
});

test.each<DeliveryErrorKind>(['rejected', 'misconfigured'])('what is %s is not queued', async (fails) => {
  const { outcome, did } = await play({ fails });
  expect(outcome).toBe(fails);
  expect(did).toEqual(['attempted', 'released']);
});

test('an attempt begins before the deadline or not at all, however late the answer is due', async () => {
  expect((await play({ fails: 'rejected', deadlineIn: 1 })).did).toContain('attempted');
  expect((await play({ fails: 'rejected', deadlineIn: 0 })).did).not.toContain('attempted');
});
