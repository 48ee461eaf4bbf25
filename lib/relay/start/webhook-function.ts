import type { Channel } from '../../channel.js';
import { createChannelApps } from '../channel-apps.js';
import { createContainer, type Surroundings } from '../container.js';
import type { Message } from '../../ownid/message.js';
import { createPipeline, type Handler } from '../webhook.js';
import { prime } from './prime.js';

/** The function of a channel's webhook. */
export interface Webhook {
  readonly handler: Handler;
  /** Resolves when the first request can be answered without delay, or after a second at the latest. */
  readonly primed: Promise<void>;
}

/**
 * Creates the function of a channel's webhook.
 *
 * @throws {SettingsError} listing every faulty setting.
 */
export function createWebhook<M extends Message>(channel: Channel<M>, surroundings: Surroundings): Webhook {
  const container = createContainer(channel.name, surroundings);
  const apps = createChannelApps(channel, container);
  const primed = prime(channel, container, apps);
  return { handler: createPipeline(channel, container, apps), primed };
}
