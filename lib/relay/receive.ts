import type { Channel } from '../channel.js';
import { isLastTry } from '../delivery/backoff.js';
import type { QueueEntry } from '../delivery/queue.js';
import type { Message } from '../ownid/message.js';
import type { Outcome } from '../ownid/response.js';
import { hashRecipient, type LogRecord } from '../telemetry/log.js';
import { createChannelApps } from './channel-apps.js';
import type { Container } from './container.js';
import { ledgerRequest } from './lease.js';
import { type SendResult, send } from './sender.js';

/** For the attempts through the whole route; nobody is waiting for an answer any more. */
const ATTEMPT_MS = 8000;
/** How long one receive waits for the table or the parameter store; a later one may find them up again. */
const PATIENCE_MS = 2000;

/** How one receive of an entry ended: it is finished, or kept for a later one. */
export type Receive =
  | {
      readonly keep: false;
      readonly outcome: Outcome;
      readonly reason?: string;
      /** Called once the outcome has been counted. */
      readonly after?: (() => Promise<unknown>) | undefined;
    }
  /** `notBefore` is when the lease of the claim's present holder ends. */
  | { readonly keep: true; readonly reason: string; readonly notBefore?: number };

/** Handles one receive of an entry, and adds what may be logged of it to `record`. */
export type Work = (entry: QueueEntry, record: LogRecord & { channel: string }) => Promise<Receive>;

/** Creates one channel's `Work`, with the channel's name. Throws `SettingsError`, listing every faulty setting. */
export type ChannelWork = (container: Container) => readonly [QueueEntry['channel'], Work];

export function workOf<M extends Message>(channel: Channel<M>): ChannelWork {
  return (container) => [channel.name, createWork(channel, container)];
}

function createWork<M extends Message>(channel: Channel<M>, container: Container): Work {
  const { clock, ledger, measure } = container;
  const apps = createChannelApps(channel, container);

  return async (entry, record) => {
    const { deadline, key } = entry;
    const app = apps.find(entry.app);
    // The app's settings were removed after the entry was queued; they may come back with the next deployment.
    if (app === undefined) return { keep: true, reason: 'unknown_app' };
    record.app = app.name === '' ? undefined : app.name;
    const message = channel.readMessage(entry.message);
    if (message === undefined) return { keep: true, reason: 'entry_malformed' };
    const settings = await app.settings(clock.now() + PATIENCE_MS);
    record.recipient = hashRecipient(message.to, settings.secrets[0]);
    record.country = message.country;
    const route = await settings.providers(message);

    const endsAt = Math.min(clock.now() + ATTEMPT_MS, deadline);
    const { secondSends, stateTimeoutMs: timeoutMs } = settings;
    const request = ledgerRequest({ key, endsAt, deadline, secondSends, timeoutMs });
    const verdict = await ledger.take(request, entry.claim, clock.now() + PATIENCE_MS);
    // Without the table, only a request of which nothing was ever seen is sent. A copy that waited (no `holder`) has
    // seen another's claim.
    const isBlind = !entry.claim.isRecorded && entry.claim.holder !== '';
    if (verdict.verdict === 'down' && !(isBlind && isLastTry(deadline - clock.now()))) {
      return { keep: true, reason: 'state_store_down' };
    }
    if (verdict.verdict === 'in_progress') {
      return { keep: true, reason: 'copy_in_progress', notBefore: verdict.until };
    }
    if (!('claim' in verdict)) {
      const { verdict: reason } = verdict;
      if (verdict.verdict !== 'unconfirmed') return { keep: false, outcome: 'replayed', reason };
      return { keep: false, outcome: 'unconfirmed', reason, after: verdict.close };
    }

    const { claim } = verdict;
    const countUnconfirmed = () => {
      measure({ channel: channel.name, app: record.app, count: 'unconfirmed' });
    };
    if (claim.lapsed !== undefined) countUnconfirmed();
    const result = await send(container, record, {
      route,
      message,
      id: claim.row.id,
      endsAt,
      expiresAt: deadline,
      retries: false,
    });
    const { to, unsure } = nextState(result, claim.row.unsure, secondSends);
    await claim.settle(to, { by: request.until, unsure });
    if (result === 'accepted' || result === 'rejected') return { keep: false, outcome: result };
    if (to === 'done') return { keep: false, outcome: 'unconfirmed' };
    if (result === 'ambiguous') countUnconfirmed();
    return { keep: true, reason: result };
  };
}

/** Even if our settings are at fault the message stays queued: it was answered 202, and they may change in time. */
function nextState(result: SendResult, unsure: number, secondSends: number) {
  if (result === 'accepted' || result === 'rejected') return { to: 'done', unsure } as const;
  if (result !== 'ambiguous') return { to: 'queued', unsure } as const;
  return { to: unsure < secondSends ? 'queued' : 'done', unsure: unsure + 1 } as const;
}
