import type { Environment } from '../../lib/settings/settings.js';
import { AWS_OPTIONS, readOptions, readPort, suggestion, UsageError } from '../command.js';
import type { AwsOptions } from '../stage/account.js';
import { providerNames } from '../stage/stage.js';

const PROVIDERS = [...providerNames('email'), ...providerNames('sms')];

/**
 * What `npm start` was asked for: its port, the providers that are not to be played, and whose account those of AWS use.
 *
 * @throws {UsageError}
 */
export function readStartArguments(
  args: readonly string[],
  environment: Environment,
): { port: number; real: ReadonlySet<string>; aws: AwsOptions } {
  const options = readOptions(args, {
    port: { type: 'string' },
    real: { type: 'string', multiple: true },
    ...AWS_OPTIONS,
  });
  const port = readPort(options.port ?? environment['PORT'] ?? '');
  const real = (options.real ?? []).flatMap((names) => names.split(',')).map((name) => name.trim());
  const unknown = real.find((name) => !PROVIDERS.includes(name));
  if (unknown !== undefined) {
    throw new UsageError(`--real knows no provider "${unknown}".${suggestion(unknown, PROVIDERS)}`);
  }
  const aws = { region: options.region, profile: options['aws-profile'] };
  return { port, real: new Set(real), aws };
}
