import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { EMAIL_SETTINGS } from '../lib/settings/email-table.js';
import { SMS_SETTINGS } from '../lib/settings/sms-table.js';
import { buildFunctions } from '../tools/build/build.js';
import { createCertificate } from '../tools/loopback/certificate.js';
import { type EmailLoopbacks, startEmailLoopbacks } from '../tools/loopback/email.js';
import type { ReceivedMessage } from '../tools/loopback/provider.js';
import { EMAIL, signedEvent } from './support/event.js';
import { SECRET } from './support/relay.js';
import { startServer } from './support/tls.js';

let folder: string;
let metafiles: Awaited<ReturnType<typeof buildFunctions>>;
let loopbacks: EmailLoopbacks;
const received: ReceivedMessage[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'otp-relay-'));
  metafiles = await buildFunctions({ outdir: join(folder, 'handlers') });
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  loopbacks = await startEmailLoopbacks({ onMessage: (message) => received.push(message) });
});
afterAll(async () => {
  await loopbacks.close();
  await rm(folder, { recursive: true });
});

const DRIVER = `
  const { handler } = await import(process.argv[1]);
  const answers = [];
  for (const event of JSON.parse(process.argv[2])) answers.push((await handler(event)).statusCode);
  console.log('answers ' + answers.join());
`;

test.each(['smtp', 'microsoft', 'sendgrid', 'mandrill'])(
  'the built email function delivers through %s in a process of its own, which then ends',
  async (provider) => {
    received.length = 0;
    const events = [1, 2].map((number) => signedEvent({ ...EMAIL, email: `user${number}@example.com` }));
    const handler = pathToFileURL(join(folder, 'handlers', 'email.js')).href;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '--eval', DRIVER, handler, JSON.stringify(events)],
      {
        env: {
          ...loopbacks.environment,
          OWNID_SHARED_SECRET: SECRET,
          EMAIL_PROVIDER: provider,
          EMAIL_FROM: 'otp@shop.example',
          TIME_BUDGET_MS: '14000',
        },
      },
    );
    expect(stdout).toMatch(/^answers 202,202$/m);
    expect(received.map((message) => [message.provider, message.to])).toEqual([
      [provider, 'user1@example.com'],
      [provider, 'user2@example.com'],
    ]);
  },
);

test.each([
  ['email', Object.keys(SMS_SETTINGS)],
  ['sms', Object.keys(EMAIL_SETTINGS)],
])(
  "the %s function takes the other channel's settings for what they are, and holds none of them",
  async (name, names) => {
    const handler = pathToFileURL(join(folder, 'handlers', `${name}.js`)).href;
    const foreign = names.flatMap((setting) => [[setting, '?'] as const, [`${setting}__SHOP`, '?'] as const]);
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '--eval', DRIVER, handler, JSON.stringify([{}])],
      {
        env: { ...Object.fromEntries(foreign), OWNID_SHARED_SECRET: SECRET, EMAIL_FROM: 'otp@shop.example' },
      },
    );
    // Faulty settings would be answered 500.
    expect(stdout).toMatch(/^answers 401$/m);
    const bundle = await readFile(fileURLToPath(handler), 'utf8');
    expect(names.filter((setting) => bundle.includes(setting))).toEqual([]);
  },
);

test('what nodemailer was bundled into does not load node:http', () => {
  const chunks = [...metafiles.values()]
    .flatMap(({ outputs }) => Object.values(outputs))
    .filter(({ inputs }) => Object.keys(inputs).some((input) => input.includes('/nodemailer/')));
  expect(chunks.length).toBeGreaterThan(0);
  expect(chunks.flatMap(({ imports }) => imports).filter(({ path }) => path === 'node:http')).toEqual([]);
});

const PLUGIN = fileURLToPath(new URL('../tools/serverless/plugin.cjs', import.meta.url));

// `serverless invoke local` require()s, which fails for a module that awaits (ERR_REQUIRE_ASYNC_MODULE).
test.each([
  ['Lambda, by import()', 'await import(process.argv[1])'],
  [
    '`invoke local`, by require()',
    `await (async () => {
      const require = process.getBuiltinModule('module').createRequire(process.argv[1]);
      const Plugin = require(process.argv[3]);
      await new Plugin({ serviceDir: process.argv[4] }).load({ handler: 'handlers/email.handler' });
      return require(process.argv[2]);
    })()`,
  ],
])('%s, loads a function together with its connection', async (_, load) => {
  const certificate = await createCertificate();
  await writeFile(join(folder, 'certificate.pem'), certificate.cert);
  const server = await startServer({ certificate });
  const path = join(folder, 'handlers', 'email.js');
  const script = `
    const { handler } = ${load};
    console.log(typeof handler);
    process.exit();
  `;
  try {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '--eval', script, pathToFileURL(path).href, path, PLUGIN, folder],
      {
        env: {
          AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
          AWS_ENDPOINT_URL_SES: server.url.href,
          AWS_ACCESS_KEY_ID: 'local',
          AWS_SECRET_ACCESS_KEY: 'local',
          NODE_EXTRA_CA_CERTS: join(folder, 'certificate.pem'),
          OWNID_SHARED_SECRET: SECRET,
          EMAIL_FROM: 'otp@shop.example',
        },
      },
    );
    expect(stdout).toMatch(/^function$/m);
    expect(server.connections()).toBe(1);
    expect(server.received()).toBe('');
  } finally {
    await server.close();
  }
});
