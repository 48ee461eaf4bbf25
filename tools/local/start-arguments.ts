import type { Environment } from '../../lib/settings/settings.js';
import { readOptions, readPort, suggestion, UsageError } from '../command.js';
import { providerNames } from '../stage/stage.js';

const PROVIDERS = [...providerNames('email'), ...providerNames('sms')];

/**
 * What `npm start` was asked for: its port, and the providers that are not to be played.
 *
 * @throws {UsageError}
 */
export function readStartArguments(
  args: readonly string[],
  environment: Environment,
): { port: number; real: ReadonlySet<string> } {
  const options = readOptions(args, { port: { type: 'string' }, real: { type: 'string', multiple: true } });
  const port = readPort(options.port ?? environment['PORT'] ?? '');
  const real = (options.real ?? []).flatMap((names) => names.split(',')).map((name) => name.trim());
  const unknown = real.find((name) => !PROVIDERS.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(`--real knows no provider "${unknown}".${suggestion(unknown, PROVIDERS)}`);
  }
  return { port, real: new Set(real) };
}
