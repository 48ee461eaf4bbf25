import { createRequire } from 'node:module';

interface Resources {
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
 * @param parameters in the place of serverless.yml's; of the others each is 1.
 */
export async function stackResources(
  file: 'alarms' | 'dashboard' | 'roles',
  settings: Readonly<Record<string, string>> = EVERYTHING,
  parameters: Readonly<Record<string, unknown>> = {},
): Promise<Resources['Resources']> {
  const resolve = require(`../../resources/${file}.cjs`) as Resolve;
  const variables: Record<string, unknown> = {
    'sls:stage': 'prod',
    'self:provider.environment': { SES_CONFIGURATION_SET: 'otp-relay-prod' },
    'file(settings/${sls:stage}.yml), null': settings,
    ...Object.fromEntries(Object.entries(parameters).map(([name, value]) => [`param:${name}`, value])),
  };
  const resolveVariable = (name: string): Promise<unknown> => {
    if (!(name in variables) && !name.startsWith('param:')) throw new Error(`unexpected variable ${name}`);
    return Promise.resolve(variables[name] ?? 1);
  };
  return (await resolve({ resolveVariable })).Resources;
}
