import { UsageError } from '../command.js';
import type { ChannelName } from './ownid.js';

/** A test message, as a command's arguments ask for it. */
export interface MessageArguments {
  readonly channel: ChannelName;
  readonly to: string;
  readonly subject: string | undefined;
  readonly body: string | undefined;
  /** As in the URL; empty for the default app. */
  readonly app: string;
  readonly stage: string;
}

/** The first word of a command that makes a test message. */
export const CHANNELS = ['email', 'sms'] as const;

/** The options that describe a test message. */
export const MESSAGE_OPTIONS = {
  to: { type: 'string' },
  subject: { type: 'string' },
  body: { type: 'string' },
  app: { type: 'string', default: '' },
  stage: { type: 'string', default: 'local' },
} as const;

/** Of {@link MESSAGE_OPTIONS}, as they are read. */
interface Values {
  readonly to?: string | undefined;
  readonly subject?: string | undefined;
  readonly body?: string | undefined;
  readonly app: string;
  readonly stage: string;
}

/**
 * The message that {@link CHANNELS} and {@link MESSAGE_OPTIONS} describe.
 *
 * @throws {UsageError}
 */
export function readMessage(
  channel: ChannelName,
  { to, subject, body, app, stage }: Values,
): MessageArguments {
  if (!to) throw new UsageError('--to is missing.');
  if (!/^[\w-]*$/.test(app)) throw new UsageError('--app must be a name as in the URL, such as shop.');
  if (channel === 'sms' && subject !== undefined) throw new UsageError('A text message has no --subject.');
  return { channel, to, subject, body, app, stage };
}
