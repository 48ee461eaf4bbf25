import { type ParseArgsConfig, parseArgs } from 'node:util';
import { SettingsError } from '../lib/errors.js';
import type { Environment } from '../lib/settings/settings.js';

/** Thrown for arguments that make no sense; the message says which. */
export class UsageError extends Error {}

/**
 * Runs a command of the operator's, and sets the exit code: that which `run` resolves to, 2 for wrong arguments, 1
 * where the stage's settings cannot be read.
 */
export async function runCommand(usage: string, run: () => Promise<number>): Promise<void> {
  try {
    process.exitCode = await run();
  } catch (error) {
    if (error instanceof UsageError) {
      console.error(`${error.message}\n\n${usage}`);
      process.exitCode = 2;
    } else if (error instanceof SettingsError) {
      console.error(error.faults.join('\n'));
      process.exitCode = 1;
    } else {
      throw error;
    }
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

/** The region of the stack: as for `serverless deploy`. */
export function regionOf(option: string | undefined, environment: Environment): string {
  return option ?? environment['AWS_REGION'] ?? 'us-east-1';
}
