import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Plugin } from 'esbuild';
import { fileURLToPath } from 'node:url';
import type { load as email } from '../../lib/email/providers.js';
import type { load as sms } from '../../lib/sms/providers.js';

const MODULES = fileURLToPath(new URL('../../node_modules', import.meta.url));

/** Replaces what a module says, on its way into a bundle. */
function rewriting(
  name: string,
  filter: RegExp,
  rewrite: (text: string, path: string) => string | Promise<string>,
): Plugin {
  return {
    name,
    setup: (bundler) => {
      bundler.onLoad({ filter }, async ({ path }) => ({
        contents: await rewrite(readFileSync(path, 'utf8'), path),
        loader: path.endsWith('.ts') ? 'ts' : 'js',
      }));
    },
  };
}

/**
 * nodemailer can fetch a mail's parts from a URL, which is never asked for here. Without that, an SMTP provider's cold
 * start need not load `node:http`, which is half of it.
 */
export const withoutFetch = rewriting(
  'without-fetch',
  /nodemailer[\\/]dist[\\/]esm[\\/]fetch[\\/]index\.js$/,
  () => 'export default () => { throw new Error("mail is never fetched"); };',
);

/** The modules that `lib/email/providers.ts` and `lib/sms/providers.ts` load, from there. */
const PROVIDERS = {
  email: {
    ses: './ses.js',
    smtp: './smtp/smtp.js',
    microsoft: './smtp/microsoft.js',
    sendgrid: './sendgrid.js',
    mandrill: './mandrill.js',
  },
  sms: { sns: './sns.js', eum: './eum.js', twilio: './twilio.js', notify: './notify.js' },
} as const satisfies {
  readonly email: Record<keyof typeof email, string>;
  readonly sms: Record<keyof typeof sms, string>;
};

/**
 * Makes providers a part of the start: where one is in use, loading it as a file of its own only takes longer. The
 * modules that load them are generated, with static imports of these.
 *
 * @param names as in `EMAIL_PROVIDER` and `SMS_PROVIDER`.
 */
export function providersAtStart(names: readonly string[]): Plugin {
  return rewriting('providers-at-start', /[\\/]lib[\\/](?:email|sms)[\\/]providers\.ts$/, (_, path) => {
    const modules = Object.entries(PROVIDERS[basename(dirname(path)) === 'email' ? 'email' : 'sms']);
    const isStarted = (name: string) => names.includes(name);
    return [
      ...modules.flatMap(([name, from]) => (isStarted(name) ? `import * as ${name} from '${from}';` : [])),
      'export const load = {',
      ...modules.map(([name, from]) =>
        isStarted(name) ? `${name}: () => Promise.resolve(${name}),` : `${name}: () => import('${from}'),`,
      ),
      '};',
    ].join('\n');
  });
}

/** Leaves the settings of the other channel out of a channel's function. That of the queue serves both. */
export function settingsOf(name: string): Plugin {
  const [other] = { email: ['sms'], sms: ['email'] }[name] ?? [];
  return rewriting(
    'settings-of-channel',
    new RegExp(`[\\\\/]lib[\\\\/]settings[\\\\/]${other ?? '$^'}-table\\.ts$`),
    () => `export const ${other?.toUpperCase()}_SETTINGS = {};`,
  );
}

/** The operations of AWS that the functions call, by the SDK's package. */
const OPERATIONS: Readonly<Record<string, readonly string[]>> = {
  'client-ses': ['SendEmail'],
  'client-sns': ['Publish'],
  'client-pinpoint-sms-voice-v2': ['SendTextMessage', 'SendNotifyTextMessage'],
  'client-ssm': ['GetParameter', 'GetParameters'],
  'client-sqs': ['SendMessage', 'ChangeMessageVisibility'],
  'client-dynamodb': ['UpdateItem', 'DeleteItem'],
};

/**
 * Of a service's typed errors, those that the operations called can throw, as the SDK's own declarations list them. Any
 * other would be the service's base error, with the same name.
 */
export const errorsInUse = rewriting(
  'errors-in-use',
  /[\\/]@aws-sdk[\\/]client-(?:ses|sns|pinpoint-sms-voice-v2|ssm|sqs|dynamodb)[\\/]dist-es[\\/]schemas[\\/]schemas_0\.js$/,
  (text, path) => {
    const [, folder = '', service = ''] = /^(.*[\\/](client-[a-z0-9-]+))[\\/]dist-es/.exec(path) ?? [];
    const thrown = new Set(OPERATIONS[service]?.flatMap((operation) => thrownBy(folder, operation)));
    return text.replaceAll(
      /^export var (\w+)\$ = \[-3, n0,[^;]*;\nn0_registry\.registerError\(\1\$, \1\);$/gm,
      (schema, error: string) => (thrown.has(error) ? schema : ''),
    );
  },
);

function thrownBy(folder: string, operation: string): string[] {
  const text = readFileSync(join(folder, 'dist-types', 'commands', `${operation}Command.d.ts`), 'utf8');
  const errors = [...text.matchAll(/@throws \{@link (\w+)\} \((?:client|server) fault\)/g)];
  if (errors.length === 0) throw new Error(`${operation}: the SDK no longer declares what it throws`);
  return errors.map(([, error = '']) => error);
}

/** The SDK's index of all protocols, by the folder that it lies in: whoever imports it has all of them in its start. */
const PROTOCOLS = {
  '@smithy/core/protocols': '@smithy/core/dist-es/submodules/protocols',
  '@aws-sdk/core/protocols': '@aws-sdk/core/dist-es/submodules/protocols',
} as const;

/** Imports from the SDK's modules themselves what its index of protocols only passes on. */
export const protocolsInUse = rewriting(
  'protocols-in-use',
  /[\\/](?:@smithy[\\/](?:core|signature-v4)|@aws-sdk[\\/]core)[\\/]dist-es[\\/].*\.js$|[\\/]lib[\\/]aws[\\/][a-z]+\.ts$|[\\/]lib[\\/](?:email[\\/]ses|sms[\\/](?:sns|eum-service))\.ts$/,
  (text) =>
    text.replaceAll(
      /^import \{([^}]+)\} from ["'](@(?:smithy|aws-sdk)\/core\/protocols)["'];$/gm,
      (_, names: string, index: keyof typeof PROTOCOLS) =>
        names
          .split(',')
          .map((name) => name.trim())
          .filter((name) => name !== '')
          .map((name) => `import { ${name} } from "${moduleOf(name.split(' ')[0] ?? '', index)}";`)
          .join('\n'),
    ),
);

function moduleOf(name: string, index: keyof typeof PROTOCOLS): string {
  const folder = join(MODULES, PROTOCOLS[index]);
  const text = readFileSync(join(folder, 'index.js'), 'utf8');
  for (const [, names = '', path = ''] of text.matchAll(/^export \{([^}]+)\} from "([^"]+)";$/gm)) {
    if (names.split(',').some((candidate) => candidate.trim() === name)) {
      return path.startsWith('.') ? `${join(folder, path)}.js`.replaceAll('\\', '/') : path;
    }
  }
  throw new Error(`${index} no longer exports ${name}`);
}
