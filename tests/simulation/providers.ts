import type { Channel } from '../../lib/channel.js';
import { emailChannel } from '../../lib/email/channel.js';
import { DeliveryError } from '../../lib/errors.js';
import type { Deliver } from '../../lib/delivery/route.js';
import { TransportError, transportErrorKind } from '../../lib/net/transport-error.js';
import type { Message } from '../../lib/ownid/message.js';
import { smsChannel } from '../../lib/sms/channel.js';
import { playedChannel } from '../support/played-channel.js';
import type { Attempt, Visit } from './history.js';
import type { Refused } from './network.js';
import type { Sandbox } from './sandbox.js';
import type { World } from './world.js';

/** The providers of every route, in its order; worlds have the first ones of them. */
export const PROVIDERS = ['first', 'second', 'third'];

/** The channels with providers of the world in place of their own. */
export function playedChannels(world: World, sandbox: Sandbox, providers: readonly string[]) {
  const played = <M extends Message>(
    channel: Channel<M>,
    wordsOf: (message: M) => readonly [string, string?],
  ): Channel<M> =>
    playedChannel(
      channel,
      Object.fromEntries(providers.map((name) => [name, createProvider(world, sandbox, name, wordsOf)])),
    );
  return {
    email: played(emailChannel, ({ html, subject }) => [html, subject]),
    sms: played(smsChannel, ({ text }) => [text]),
  };
}

function createProvider<M extends Message>(
  world: World,
  sandbox: Sandbox,
  provider: string,
  wordsOf: (message: M) => readonly [string, string?],
): Deliver<M> {
  return async (message, { deadline, id, expiresAt }) => {
    const words = wordsOf(message);
    const code = /C\d+/.exec(words[0])?.[0] ?? '';
    const visit = sandbox.visits.get(code);
    if (visit === undefined) throw new Error(`a message of nobody: ${code}`);
    const attempt: Attempt = {
      provider,
      to: message.to,
      words: words.flatMap((word) => word ?? []),
      expiresAt,
      id,
      visit,
      place: world.nextPlace(),
      handedAt: world.agenda.now,
      handedAtThere: sandbox.clock.now(),
      isLate: deadline.hasEnded(),
      isBlind: !hasSeen(visit) && wasTableDown(visit),
    };
    world.webhooks.get(code)?.attempts.push(attempt);
    try {
      const result = await world.network.call({
        sandbox,
        service: 'provider',
        what: `${provider} ${code}`,
        deadline,
        apply: () => {
          attempt.takenAt ??= world.agenda.now;
          attempt.taken ??= world.nextPlace();
          return { provider, messageId: code };
        },
        show: () => 'accepted',
      });
      // What a sandbox hears as it thaws, after the attempt's time, it may take for silence.
      if (!deadline.hasEnded()) attempt.heard = 'accepted';
      return result;
    } catch (error) {
      const kind = error instanceof TransportError ? transportErrorKind(error) : (error as Refused).kind;
      attempt.heard = kind;
      const isTimeout = error instanceof TransportError && error.code === 'TIMEOUT';
      attempt.isDoubtful = !isTimeout && deadline.hasEnded();
      throw new DeliveryError(kind, { provider, code: 'SIMULATED', cause: error });
    } finally {
      attempt.endedAt = world.agenda.now;
      attempt.endedPlace = world.nextPlace();
    }
  };
}

/** Whether a visit, or one that it descends from, was ever answered about its request's row. */
function hasSeen({ seen, parent }: Visit): boolean {
  return seen !== undefined || (parent !== undefined && hasSeen(parent));
}

const TABLE_TIMEOUT_MS = 300;

/** One lost answer is no outage: the table was silent for as long as it is waited for, or failed again. */
function wasTableDown({ by, troubles }: Visit): boolean {
  const failures = troubles.filter(({ service }) => service === 'table');
  const isSilent = failures.some(({ from, at }) => at - from >= TABLE_TIMEOUT_MS);
  return by === 'worker' || failures.length > 1 || isSilent;
}
