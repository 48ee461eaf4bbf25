import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build, type Metafile, type Plugin } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The functions of `serverless.yml`, each with an entry of its own in `handlers/`. */
export const FUNCTIONS = ['email', 'sms', 'retry'] as const;

/**
 * nodemailer can fetch a mail's parts from a URL, which is never asked for here. Without that, an SMTP provider's cold
 * start need not load `node:http`, which is half of it.
 */
const withoutFetch: Plugin = {
  name: 'without-fetch',
  setup: (bundler) => {
    bundler.onLoad({ filter: /nodemailer[\\/]dist[\\/]esm[\\/]fetch[\\/]index\.js$/ }, () => ({
      contents: 'export default () => { throw new Error("mail is never fetched"); };',
    }));
  },
};

/**
 * Of the SDK's clients the functions use schemas and errors alone (lib/aws/call.ts). Who imports a client or a command
 * all the same is told so by the build.
 */
const schemasAlone = Object.fromEntries(
  ['ses', 'sns', 'ssm', 'sqs', 'dynamodb'].map((service) => [
    `@aws-sdk/client-${service}`,
    `@aws-sdk/client-${service}/dist-es/schemas/schemas_0.js`,
  ]),
);

/**
 * What nearly every start needs is kept in the function's own file, where it runs when it is asked for as a chunk would.
 * To load a chunk is I/O, for which Lambda's runtime does not wait: it would come out of the first request's time.
 */
const withoutChunks: Plugin = {
  name: 'without-chunks',
  setup: (bundler) => {
    bundler.onLoad(
      { filter: /[\\/]lib[\\/](?:(?:email|sms)[\\/]channel|prime|state[\\/]dynamodb)\.ts$/ },
      ({ path }) => ({
        contents: readFileSync(path, 'utf8').replaceAll(
          /import\(('[./a-z]*\/(?:ses|sns|dynamodb)\.js')\)/g,
          'Promise.resolve(require($1))',
        ),
        loader: 'ts',
      }),
    );
  },
};

/**
 * Bundles each function on its own: `<outdir>/<name>.js`, and beside it `<name>-chunks/` with what it loads on demand.
 *
 * @returns esbuild's account of what went into each bundle, by function.
 */
export async function buildFunctions(outdir = `${root}dist/handlers`): Promise<Map<string, Metafile>> {
  await rm(outdir, { recursive: true, force: true });
  const metafiles = await Promise.all(
    FUNCTIONS.map(async (name) => {
      const { metafile } = await build({
        absWorkingDir: root,
        entryPoints: { [name]: `handlers/${name}.ts` },
        outdir,
        chunkNames: `${name}-chunks/[name]-[hash]`,
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
        plugins: [withoutFetch, withoutChunks],
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
