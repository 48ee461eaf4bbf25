import { readWordAndOptions, UsageError } from '../command.js';
import type { ChannelName } from './ownid.js';

/** The arguments of a command that makes a test message. */
export interface MessageArguments {
  readonly channel: ChannelName;
  readonly to: string;
  readonly subject: string | undefined;
  readonly body: string | undefined;
  /** As in the URL; empty for the default app. */
  readonly app: string;
  readonly stage: string;
}

const TEXT = { type: 'string' } as const;

/**
 * Reads `email` or `sms`, the options that describe a message, `--json`, and those of the command's own, which are strings.
 *
 * @throws {UsageError}
 */
export function readMessageArguments<const N extends string>(
  args: readonly string[],
  ownOptions: readonly N[],
): MessageArguments & { readonly own: Readonly<Partial<Record<N, string>>> } {
  const own = Object.fromEntries(ownOptions.map((name) => [name, TEXT])) as Record<N, typeof TEXT>;
  const options = {
    to: TEXT,
    subject: TEXT,
    body: TEXT,
    app: TEXT,
    stage: TEXT,
    json: { type: 'boolean' },
  } as const;
  const read = readWordAndOptions(args, ['email', 'sms'], { ...own, ...options });
  const { word: channel } = read;
  const values = read.values as Readonly<Partial<Record<string, string>>>;
  const { to, subject, body, app = '', stage = 'local' } = values;
  if (!to) throw new UsageError('--to is missing.');
  if (!/^[\w-]*$/.test(app)) throw new UsageError('--app must be a name as in the URL, such as shop.');
  if (channel === 'sms' && subject !== undefined) throw new UsageError('A text message has no --subject.');
  return { channel, to, subject, body, app, stage, own: values };
}
