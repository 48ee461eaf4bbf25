import { type ParseArgsConfig, parseArgs } from 'node:util';
import { UsageError } from '../command.js';
import type { ChannelName } from './ownid.js';

/** What a command that makes a test message is told of it. */
export interface MessageArguments {
  readonly channel: ChannelName;
  readonly to: string;
  readonly subject: string | undefined;
  readonly body: string | undefined;
  /** As in the URL; empty for the default app. */
  readonly app: string;
  readonly stage: string;
}

/**
 * Reads `email` or `sms`, the options that describe a message, and those of the command's own, which are strings.
 *
 * @throws {UsageError}
 */
export function readMessageArguments<const N extends string>(
  args: readonly string[],
  ownOptions: readonly N[],
): MessageArguments & { readonly own: Readonly<Partial<Record<N, string>>> } {
  const { values, positionals } = parse(args, ownOptions);
  const { to, subject, body, app = '', stage = 'local' } = values;
  const [channel, ...others] = positionals;
  if ((channel !== 'email' && channel !== 'sms') || others.length > 0) {
    throw new UsageError('Say email or sms first.');
  }
  if (to === undefined) throw new UsageError('--to is missing.');
  if (!/^[\w-]*$/.test(app)) throw new UsageError('--app must be a name as in the URL, such as shop.');
  if (channel === 'sms' && subject !== undefined) throw new UsageError('A text message has no --subject.');
  return { channel, to, subject, body, app, stage, own: values as Partial<Record<N, string>> };
}

function parse(
  args: readonly string[],
  ownOptions: readonly string[],
): { values: Partial<Record<string, string>>; positionals: string[] } {
  const names = ['to', 'subject', 'body', 'app', 'stage', ...ownOptions];
  const options: NonNullable<ParseArgsConfig['options']> = Object.fromEntries(
    names.map((name) => [name, { type: 'string' }]),
  );
  try {
    const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options });
    return { values: values as Partial<Record<string, string>>, positionals };
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}
