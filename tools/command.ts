import { type ParseArgsConfig, parseArgs } from 'node:util';
import { SettingsError } from '../lib/errors.js';

/** Thrown for arguments that make no sense; the message says which. */
export class UsageError extends Error {}

/** Thrown where a command cannot do its work; the message is one line that says why and what to do. */
export class CommandError extends Error {}

/** The options of every command that works on a deployed stage; they mean what they mean to `serverless deploy`. */
export const AWS_OPTIONS = {
  region: { type: 'string' },
  'aws-profile': { type: 'string' },
} as const;

/** {@link AWS_OPTIONS} as a command's help has them. */
export const AWS_USAGE = `  --region REGION     where the stage is deployed (default: AWS_REGION, AWS_DEFAULT_REGION, or the profile's region)
  --aws-profile NAME  whose credentials to use (default: AWS's own way of finding them)`;

/**
 * Runs a command of the operator's, and sets the exit code: that which `run` resolves to, or 2 where it could not do
 * its work. What it prints then is a line or the usage, never a stack trace.
 */
export async function runCommand(usage: string, run: () => Promise<number>): Promise<void> {
  // What is deployed runs on a newer Node.js than this machine may have.
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
  try {
    process.exitCode = await run();
  } catch (error) {
    process.exitCode = 2;
    if (error instanceof UsageError) console.error(`${error.message}\n\n${usage}`);
    else if (error instanceof SettingsError) console.error(error.faults.join('\n'));
    else if (error instanceof CommandError) console.error(error.message);
    else console.error(process.env['DEBUG'] ? error : `${String(error)} (DEBUG=1 shows where)`);
  }
}

/** `parseArgs` of Node, without positional arguments. Throws a {@link UsageError}. */
export function readOptions<const T extends NonNullable<ParseArgsConfig['options']>>(
  args: readonly string[],
  options: T,
) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: false }).values;
  } catch (error) {
    throw new UsageError((error as Error).message, { cause: error });
  }
}
