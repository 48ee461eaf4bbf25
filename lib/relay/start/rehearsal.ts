import { createBreaker } from '../../delivery/breaker.js';
import type { Channel, RouteEntry } from '../../channel.js';
import type { AppSettings, ChannelApps } from '../channel-apps.js';
import { type Container, createContainer } from '../container.js';
import { startDeadline } from '../../net/deadline.js';
import type { Deliver } from '../../delivery/route.js';
import type { Message } from '../../ownid/message.js';
import { createPipeline } from '../webhook.js';
import { createSelfAnsweringTransport } from './self-answering.js';
import { decodeSecret, sign } from '../../ownid/signature.js';

/** Recipients that do not exist (RFC 2606; North American numbers reserved for fiction), should all else fail. */
const BODY = JSON.stringify({
  email: 'nobody@example.invalid',
  subject: 'Rehearsal',
  body: '<p>Nothing is sent to <a href="https://example.invalid/">nobody</a> &amp; nowhere.</p>',
  phoneNumber: '+12025550123',
  messageText: 'Nothing is sent.',
});
const SECRET = decodeSecret(Buffer.from('nothing is signed with it but this').toString('base64'));

const silent = () => undefined;

/**
 * Runs a request of our own through the whole pipeline, so that its code is compiled. It happens in a container of its
 * own, whose transport answers by itself: nothing is sent, logged or counted, and neither policies nor caps of the
 * operator's refuse it.
 */
export async function rehearse<M extends Message>(
  channel: Channel<M>,
  { environment, clock, random }: Container,
  apps: ChannelApps<M>,
): Promise<void> {
  const app = apps.find(undefined);
  if (app === undefined) return;
  const stage = createContainer(channel.name, {
    environment,
    clock,
    random,
    transport: createSelfAnsweringTransport(),
    logSink: { info: silent, warn: silent, error: silent },
    writeMetric: silent,
  });

  /** A provider that does not speak through the stage's transport is asked for real, on condition that it does not send. */
  const standIn =
    (index: number): Deliver<M> =>
    async (message, options) => {
      const { providers } = await app.settings();
      const route = await providers();
      const ended = { ...options, deadline: startDeadline(clock, 0) };
      await route[index]?.deliver(message, ended).catch(silent);
      return { provider: 'rehearsal' };
    };
  const connect = async ({ name, origin, connect: onStage }: RouteEntry<M>, index: number) => ({
    name,
    deliver: origin === undefined ? standIn(index) : await onStage(stage.dependencies),
    breaker: createBreaker(clock.now),
  });

  const settings: AppSettings<M> = {
    ...app.outline,
    secrets: [SECRET],
    requiredHeader: undefined,
    permit: silent,
    recipientLimit: 1,
    totals: app.outline.totals.map((total) => (message) => ({ ...total(message), limit: 1 })),
    providers: () => Promise.all(app.outline.route.map(connect)),
  };
  const getSettings = () => Promise.resolve(settings);
  const run = createPipeline(channel, stage, {
    find: () => ({ name: '', outline: settings, settings: getSettings, refreshedSettings: getSettings }),
  });
  const timestamp = String(clock.now());
  const headers = {
    'ownid-timestamp': timestamp,
    'ownid-signature': sign(Buffer.from(BODY), timestamp, SECRET),
  };
  await run({ headers, body: BODY });
}
