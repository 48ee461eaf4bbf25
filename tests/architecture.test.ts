import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Metafile } from 'esbuild';
import { buildFunctions } from '../tools/build.js';
import { bundleModules } from '../tools/bundle-modules.js';

const root = fileURLToPath(new URL('..', import.meta.url));

/** One way only: a file may import what stands on its own line or below. A file belongs to the first line it matches. */
const LAYERS: readonly RegExp[] = [
  /^handlers\//,
  /^lib\/(?:webhook|worker)\.ts$/,
  /^lib\/(?:prime|rehearsal)\.ts$/,
  /^lib\/pipeline\.ts$/,
  /^lib\/(?:dispatch|resend|channel-apps|container)\.ts$/,
  /^lib\/(?:email|sms)\/channel\.ts$/,
  /^lib\/email\/(?:ses|smtp|microsoft|sendgrid|mandrill)\.ts$|^lib\/sms\/sns\.ts$/,
  /^lib\/(?:email|sms)\/(?!message|address|tags)/,
  /^lib\/(?:guard|ticket|channel|recipient-policy|outcome-metrics)\.ts$/,
  /^lib\/(?:delivery|caps|queue|breaker|apps|parameters|metrics)\.ts$|^lib\/state\//,
  /^lib\/(?:deadline|exchange|transport-error|self-answering|aws|transport|secure-agent|secrets|settings|log|required-header)\.ts$|^lib\/aws\//,
  /^lib\/(?:settings-table|formats)\.ts$/,
  /^lib\/(?:email|sms)\//,
  /^lib\/(?:message|response)\.ts$/,
  /^lib\/(?:signature|request)\.ts$/,
  /^lib\/errors\.ts$/,
];

interface Import {
  readonly from: string;
  readonly to: string;
  readonly isType: boolean;
}

function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((name) => `${folder}/${name.replaceAll('\\', '/')}`)
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'));
}

function importsOf(file: string): Import[] {
  const text = readFileSync(join(root, file), 'utf8');
  const pattern =
    /(?:^|\n)(?:import|export)(?<type> type)?[^'";]*?from '(?<path>[^']+)'|import\('(?<lazy>[^']+)'\)/g;
  return [...text.matchAll(pattern)].map(({ groups }) => {
    const path = groups?.['path'] ?? groups?.['lazy'] ?? '';
    const local = path.startsWith('.');
    return {
      from: file,
      to: local
        ? relative(root, resolve(root, dirname(file), path))
            .replace(/\.js$/, '.ts')
            .replaceAll('\\', '/')
        : path,
      isType: groups?.['type'] !== undefined,
    };
  });
}

const files = [...sources('handlers'), ...sources('lib')];
const imports = files.flatMap(importsOf);

const level = (file: string) => LAYERS.findIndex((layer) => layer.test(file));

test('the sources were read', () => {
  expect(files.length).toBeGreaterThan(40);
  expect(imports.length).toBeGreaterThan(150);
});

test('every file has its layer, and imports none above it', () => {
  expect(files.filter((file) => level(file) < 0)).toEqual([]);
  const upwards = imports.filter(({ from, to }) => files.includes(to) && level(to) < level(from));
  expect(upwards.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
});

test('there are no circles', () => {
  const reached = (file: string, seen: Set<string>): Set<string> => {
    for (const { from, to, isType } of imports) {
      if (from !== file || isType || seen.has(to)) continue;
      seen.add(to);
      reached(to, seen);
    }
    return seen;
  };
  expect(files.filter((file) => reached(file, new Set()).has(file))).toEqual([]);
});

test('nothing that is deployed imports from outside handlers and lib', () => {
  const outside = imports.filter(({ to }) => /^(?!node:|@|[a-z])|^(?:tools|tests|bench)\//.test(to));
  expect(outside).toEqual([]);
});

test('the pipelines know no provider', () => {
  const core = files.filter((file) => /^lib\/[^/]+\.ts$/.test(file) && !file.endsWith('formats.ts'));
  expect(imports.filter(({ from, to }) => core.includes(from) && /^lib\/(?:email|sms)\//.test(to))).toEqual(
    [],
  );
});

test('only settings.ts reads the environment, and nothing loads node:http at start', () => {
  const reading = (pattern: RegExp) =>
    files.filter((file) => pattern.test(readFileSync(join(root, file), 'utf8')));
  expect(reading(/process\.env/)).toEqual(['lib/settings.ts']);
  expect(imports.filter(({ to, isType }) => to === 'node:http' && !isType).map(({ from }) => from)).toEqual([
    // In a dynamic import, for plain HTTP alone.
    'lib/transport.ts',
  ]);
});

describe('bundles', () => {
  let outputs: Map<string, Metafile>;
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'otp-relay-'));
    outputs = await buildFunctions({ outdir: folder });
  });
  afterAll(() => rm(folder, { recursive: true }));

  function modules(name: string, part: 'all' | 'at start'): string[] {
    const metafile = outputs.get(name);
    return metafile === undefined ? [] : bundleModules(metafile, name, part);
  }

  test.each([
    ['email', /client-sns|libphonenumber|lib\/sms\//],
    ['sms', /client-ses|nodemailer|htmlparser|html-to-text|lib\/email\/(?!address)/],
  ])('%s holds nothing of the other channel', (name, foreign) => {
    const inputs = modules(name, 'all');
    expect(inputs).toContain(`handlers/${name}.ts`);
    expect(inputs.filter((input) => foreign.test(input))).toEqual([]);
  });

  test.each(['email', 'sms', 'retry'])('%s loads neither other providers nor stores at start', (name) => {
    const provider =
      /client-(?:ssm|sqs|dynamodb)|AwsJson|nodemailer|lib\/email\/(?:smtp|microsoft|sendgrid|mandrill)/;
    const started = modules(name, 'at start');
    expect(started).toContain(`handlers/${name}.ts`);
    expect(started.filter((input) => provider.test(input))).toEqual([]);
  });

  test.each([
    [['sendgrid'], /lib\/email\/sendgrid/, /client-ses|lib\/email\/(?:ses|smtp|microsoft|mandrill)/],
    [['ses', 'sns'], /lib\/email\/ses/, /lib\/email\/(?:smtp|microsoft|sendgrid|mandrill)/],
    [
      [],
      /lib\/email\/channel/,
      /client-ses|htmlparser2|lib\/email\/(?:ses|smtp|microsoft|sendgrid|mandrill)/,
    ],
  ])('of the providers %j are a part of the start, and no others', async (providers, used, unused) => {
    const outdir = join(folder, 'of-a-stage');
    const metafile = (await buildFunctions({ outdir, providers })).get('email');
    const started = metafile === undefined ? [] : bundleModules(metafile, 'email', 'at start');
    expect(started.filter((input) => used.test(input))).toHaveLength(1);
    expect(started.filter((input) => unused.test(input))).toEqual([]);
  });

  test.each(['email', 'sms', 'retry'])('%s holds what its calls to AWS need, and no client', (name) => {
    const inputs = modules(name, 'all');
    expect(inputs.filter((input) => input.includes('client-dynamodb/dist-es/schemas'))).toHaveLength(1);
    const client = /credential-provider|\/client-[^/]+\/.*(?:Client|commands\/\w+)\.js$/;
    expect(inputs.filter((input) => client.test(input))).toEqual([]);
  });
});
