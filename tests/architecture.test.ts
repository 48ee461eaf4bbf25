import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Metafile } from 'esbuild';
import { buildFunctions } from '../tools/build/build.js';
import { bundleModules } from '../tools/build/bundle-modules.js';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The rooms from top to bottom. A file belongs to the first it lies in, and imports, types too, from its own or below. */
const ROOMS = [
  'handlers/',
  'lib/relay/start/',
  'lib/relay/',
  'lib/email/channel.ts',
  'lib/sms/channel.ts',
  'lib/email/providers.ts',
  'lib/email/smtp/',
  'lib/email/',
  'lib/sms/',
  'lib/channel.ts',
  'lib/ledger/',
  'lib/delivery/',
  'lib/aws/',
  'lib/telemetry/',
  'lib/settings/',
  'lib/net/',
  'lib/ownid/',
  'lib/clock.ts',
  'lib/errors.ts',
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

const level = (file: string) => ROOMS.findIndex((room) => file.startsWith(room));

test('the sources are found', () => {
  expect(files.length).toBeGreaterThan(40);
  expect(imports.length).toBeGreaterThan(150);
});

test('every file is in a folder of the list, and imports from none above it', () => {
  expect(files.filter((file) => level(file) < 0)).toEqual([]);
  const upwards = imports.filter(({ from, to }) => files.includes(to) && level(to) < level(from));
  expect(upwards.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
});

test('no import is circular', () => {
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

test('deployed code imports only from handlers, lib and packages', () => {
  const outside = imports.filter(({ to }) => /^(?!node:|@|[a-z])|^(?:tools|tests|bench)\//.test(to));
  expect(outside).toEqual([]);
});

test('nothing outside the channels and the handlers imports a channel', () => {
  const known = imports.filter(
    ({ from, to }) => !/^(?:handlers|lib\/(?:email|sms))\//.test(from) && /^lib\/(?:email|sms)\//.test(to),
  );
  expect(known.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
});

test('only settings.ts reads the environment, and nothing loads node:http at start', () => {
  const reading = (pattern: RegExp) =>
    files.filter((file) => pattern.test(readFileSync(join(root, file), 'utf8')));
  expect(reading(/process\.env/)).toEqual(['lib/settings/settings.ts']);
  expect(imports.filter(({ to, isType }) => to === 'node:http' && !isType).map(({ from }) => from)).toEqual([
    // In a dynamic import, for plain HTTP alone.
    'lib/net/transport.ts',
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
    ['sms', /client-ses|nodemailer|html-to-text|lib\/email\//],
  ])('%s contains nothing of the other channel', (name, foreign) => {
    const inputs = modules(name, 'all');
    expect(inputs).toContain(`handlers/${name}.ts`);
    expect(inputs.filter((input) => foreign.test(input))).toEqual([]);
  });

  test.each(['email', 'sms', 'retry'])('%s loads no other provider and no store at start', (name) => {
    const provider = /client-(?:ssm|sqs|dynamodb)|AwsJson|nodemailer|lib\/email\/(?:smtp|sendgrid|mandrill)/;
    const started = modules(name, 'at start');
    expect(started).toContain(`handlers/${name}.ts`);
    expect(started.filter((input) => provider.test(input))).toEqual([]);
  });

  test.each([
    [['sendgrid'], /lib\/email\/sendgrid/, /client-ses|lib\/email\/(?:ses|smtp|mandrill)/],
    [['microsoft'], /lib\/email\/smtp\/microsoft/, /client-ses|lib\/email\/(?:ses|mandrill|sendgrid)/],
    [['ses', 'sns'], /lib\/email\/ses/, /lib\/email\/(?:smtp|sendgrid|mandrill)/],
    [[], /lib\/email\/channel/, /client-ses|plain-text|lib\/email\/(?:ses|smtp|sendgrid|mandrill)/],
  ])('the start contains the providers %j and no others', async (providers, used, unused) => {
    const outdir = join(folder, 'of-a-stage');
    const metafile = (await buildFunctions({ outdir, providers })).get('email');
    const started = metafile === undefined ? [] : bundleModules(metafile, 'email', 'at start');
    expect(started.filter((input) => used.test(input))).toHaveLength(1);
    expect(started.filter((input) => unused.test(input))).toEqual([]);
  });

  test.each(['email', 'sms', 'retry'])(
    '%s contains what its calls to AWS need, and no client of the SDK',
    (name) => {
      const inputs = modules(name, 'all');
      expect(inputs.filter((input) => input.includes('client-dynamodb/dist-es/schemas'))).toHaveLength(1);
      const client = /credential-provider|\/client-[^/]+\/.*(?:Client|commands\/\w+)\.js$/;
      expect(inputs.filter((input) => client.test(input))).toEqual([]);
    },
  );
});
