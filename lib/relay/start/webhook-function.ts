import type { Channel } from '../../channel.js';
import { createChannelApps } from '../channel-apps.js';
import { createContainer, type Surroundings } from '../container.js';
import type { Message } from '../../ownid/message.js';
import { createPipeline, type Handler } from '../webhook.js';
import { prime } from './prime.js';

/** The function of a channel's webhook. */
export interface Webhook extends Handler {
  /** Resolves when the first request can be answered without delay, or after a second at the latest. */
  readonly primed: Promise<void>;
}

/**
 * Makes the function of a channel's webhook.
 *
 * @throws {SettingsError} listing every faulty setting.
 */
export function createWebhook<M extends Message>(channel: Channel<M>, surroundings: Surroundings): Webhook {
  const container = createContainer(channel.name, surroundings);
  const apps = createChannelApps(channel, container);
  const primed = prime(channel, container, apps);
  return Object.assign(createPipeline(channel, container, apps), { primed });
}

/**
 * What a function's module exports as `then`. Lambda awaits the module before it hands over the first request, and
 * awaiting anything with a `then` calls it (ECMAScript, "Promise Resolve Functions"): so the function starts with all of
 * Lambda's CPU until it is primed.
 */
export function whenPrimed(webhook: Webhook) {
  return (resolve: (module: { handler: Handler }) => void): void => {
    void webhook.primed.then(() => {
      resolve({ handler: webhook });
    });
  };
}
