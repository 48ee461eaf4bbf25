import { mkdir, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build, type Metafile } from 'esbuild';
import { errorsInUse, protocolsInUse, providersAtStart, settingsOf, withoutFetch } from './plugins.js';
import { numberingPlans } from './numbering-plans.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The functions of `serverless.yml`, each with an entry of its own in `handlers/`. */
export const FUNCTIONS = ['email', 'sms', 'retry'] as const;

/**
 * Of the SDK's clients the functions use schemas and errors alone (lib/aws/call.ts). Who imports a client or a command
 * all the same is told so by the build.
 */
const schemasAlone = Object.fromEntries(
  ['ses', 'sns', 'pinpoint-sms-voice-v2', 'ssm', 'sqs', 'dynamodb'].map((service) => [
    `@aws-sdk/client-${service}`,
    `@aws-sdk/client-${service}/dist-es/schemas/schemas_0.js`,
  ]),
);

/** Those of a stage whose settings name none. */
const DEFAULT_PROVIDERS = ['ses', 'sns'];

/**
 * Bundles each function on its own: `<outdir>/<name>.js`, and beside it `<name>-chunks/` with what it loads on demand.
 *
 * @param options.providers that are a part of the start; any other is loaded on demand.
 * @param options.countries whose numbers are a part of the start, as ISO 3166 codes.
 * @param options.without plugins to leave out, by name, which `bench:cold` measures.
 * @returns esbuild's account of what went into each bundle, by function.
 */
export async function buildFunctions(
  options: {
    outdir?: string;
    providers?: readonly string[];
    countries?: readonly string[];
    without?: readonly string[];
  } = {},
): Promise<Map<string, Metafile>> {
  const {
    outdir = `${root}dist/handlers`,
    providers = DEFAULT_PROVIDERS,
    countries = [],
    without = [],
  } = options;
  await rm(outdir, { recursive: true, force: true });
  // Of a folder that cannot be made esbuild complains once for each file.
  await mkdir(outdir, { recursive: true });
  const metafiles = await Promise.all(
    FUNCTIONS.map(async (name) => {
      const { metafile } = await build({
        absWorkingDir: root,
        entryPoints: { [name]: `handlers/${name}.ts` },
        outdir,
        chunkNames: `${name}-chunks/[name]-[hash]`,
        assetNames: `${name}-chunks/[name]-[hash]`,
        bundle: true,
        minify: true,
        sourcemap: 'linked',
        sourcesContent: false,
        metafile: true,
        platform: 'node',
        target: 'node22',
        format: 'esm',
        splitting: true,
        // ES module builds first: esbuild's default for Node takes the larger CommonJS ones.
        mainFields: ['module', 'main'],
        alias: schemasAlone,
        // Loaded by the SDK for operations that stream events, of which we call none.
        external: ['@smithy/core/event-streams'],
        plugins: [
          providersAtStart(providers),
          settingsOf(name),
          withoutFetch,
          errorsInUse,
          protocolsInUse,
          numberingPlans(countries),
        ].filter((plugin) => !without.includes(plugin.name)),
        legalComments: 'none',
        logLevel: 'warning',
      });
      return [name, metafile] as const;
    }),
  );
  return new Map(metafiles);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [, { outputs }] of await buildFunctions()) {
    for (const [path, { bytes }] of Object.entries(outputs)) {
      if (!path.endsWith('.map')) console.log(`${(bytes / 1000).toFixed(1).padStart(8)} kB  ${path}`);
    }
  }
}
