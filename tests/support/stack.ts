import { createRequire } from 'node:module';
import { STACK_PARAMETERS } from '../../tools/stage/stack-parameters.cjs';

interface Resources {
  readonly extensions?: Readonly<Record<string, { readonly Properties: Readonly<Record<string, unknown>> }>>;
  readonly Resources: Readonly<
    Record<string, { readonly Type: string; readonly Properties: Readonly<Record<string, unknown>> }>
  >;
}

type Resolve = (options: { resolveVariable: (name: string) => Promise<unknown> }) => Promise<Resources>;

const require = createRequire(import.meta.url);

/** A stage that uses both channels, SES and SNS. */
export const EVERYTHING = { EMAIL_FROM: 'login@example.com', SMS_ALLOWED_COUNTRIES: 'US' };

/**
 * Resources that a file of `resources/` makes for stage `prod`, as osls calls it.
 *
 * @param settings those of the stage's file.
 * @param parameters over the defaults.
 */
export async function stackResources(
  file: 'alarms' | 'dashboard' | 'domain' | 'options' | 'roles',
  settings: Readonly<Record<string, string>> = EVERYTHING,
  parameters: Readonly<Record<string, unknown>> = {},
): Promise<Resources['Resources']> {
  return (await stackParts(file, settings, parameters)).Resources;
}

/** As {@link stackResources}, with all that the file makes. */
export async function stackParts(
  file: 'alarms' | 'dashboard' | 'domain' | 'options' | 'roles',
  settings: Readonly<Record<string, string>> = EVERYTHING,
  parameters: Readonly<Record<string, unknown>> = {},
): Promise<Resources> {
  const resolve = require(`../../resources/${file}.cjs`) as Resolve;
  const { service = 'otp-relay' } = parameters as { service?: string };
  const variables: Record<string, unknown> = {
    'sls:stage': 'prod',
    'self:service': service,
    'self:provider.environment': { SES_CONFIGURATION_SET: `${service}-prod` },
    'file(settings/${sls:stage}.yml), null': settings,
    ...Object.fromEntries(
      Object.entries(STACK_PARAMETERS).map(([name, [byDefault]]) => [
        `param:${name}`,
        parameters[name] ?? byDefault,
      ]),
    ),
  };
  const resolveVariable = (name: string): Promise<unknown> => {
    if (!(name in variables)) throw new Error(`unexpected variable ${name}`);
    return Promise.resolve(variables[name]);
  };
  return resolve({ resolveVariable });
}
