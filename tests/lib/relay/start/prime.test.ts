// Loaded here, because to compile them takes longer under load than the parameter store is waited for.
import '../../../../lib/aws/dynamodb.js';
import '../../../../lib/aws/ssm.js';
import '../../../../lib/email/ses.js';
import '../../../../lib/sms/sns.js';
import type { Channel } from '../../../../lib/channel.js';
import { createChannelApps } from '../../../../lib/relay/channel-apps.js';
import { createContainer } from '../../../../lib/relay/container.js';
import { emailChannel } from '../../../../lib/email/channel.js';
import type { Message } from '../../../../lib/ownid/message.js';
import { prime } from '../../../../lib/relay/start/prime.js';
import type { Environment } from '../../../../lib/settings/settings.js';
import { smsChannel } from '../../../../lib/sms/channel.js';
import { createCertificate } from '../../../../tools/loopback/certificate.js';
import { EMAIL, signedEvent, SMS } from '../../../support/event.js';
import { SECRET, startTestRelay, type TestRelay } from '../../../support/relay.js';
import { startServer } from '../../../support/tls.js';

const IN_LAMBDA = { AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand' };
const FROM_SSM = { OWNID_SHARED_SECRET: 'ssm:/otp/secret' };
const parameters = new Map([['/otp/secret', SECRET]]);
let relay: TestRelay | undefined;

afterEach(async () => {
  await relay?.close();
  relay = undefined;
});

async function primeChannel<M extends Message>(channel: Channel<M>, environment: Environment): Promise<void> {
  const silent = () => undefined;
  const logSink = { info: silent, warn: silent, error: silent };
  const container = createContainer(channel.name, { environment, logSink, writeMetric: silent });
  await prime(channel, container, createChannelApps(channel, container));
}

const primeEmail = (environment: Environment) => primeChannel(emailChannel, environment);
const primeSms = (environment: Environment) => primeChannel(smsChannel, environment);

test('fetches the secrets once, for the first request too, and sends nothing of its own', async () => {
  relay = await startTestRelay({ environment: { ...IN_LAMBDA, ...FROM_SSM }, parameters });
  expect(await relay.email(signedEvent(EMAIL))).toMatchObject({ statusCode: 202 });
  expect(await relay.sms(signedEvent(SMS, { path: '/sms' }))).toMatchObject({ statusCode: 202 });
  expect(relay.calls.map(({ action }) => action).sort()).toEqual([
    'GetParameter',
    'GetParameter',
    'Publish',
    'SendEmail',
  ]);
  expect(relay.received).toHaveLength(2);
});

test('fetches the secrets before any request, and writes nothing to the table', async () => {
  relay = await startTestRelay({ environment: { ...IN_LAMBDA, ...FROM_SSM }, parameters, queue: true });
  relay.calls.length = 0;
  await primeEmail(relay.environment);
  expect(relay.calls.map(({ action }) => action)).toContain('GetParameter');
  expect(relay.calls.map(({ action }) => action)).not.toContain('UpdateItem');
  expect(relay.received).toEqual([]);
});

test('does nothing elsewhere than in Lambda', async () => {
  relay = await startTestRelay({ environment: FROM_SSM, parameters });
  await primeEmail(relay.environment);
  expect(relay.calls).toEqual([]);
});

test('leaves what is wrong to the first request', async () => {
  relay = await startTestRelay({ environment: { ...IN_LAMBDA, ...FROM_SSM } });
  await expect(primeEmail(relay.environment)).resolves.toBeUndefined();
  expect(await relay.email(signedEvent(EMAIL))).toMatchObject({ statusCode: 503 });
  expect(relay.received).toEqual([]);
});

test.each(['ses', 'smtp', 'microsoft', 'sendgrid', 'mandrill', 'ses,smtp'])(
  'hands nothing to %s',
  async (provider) => {
    const server = await startServer({});
    const { port } = server.url;
    try {
      await primeEmail({
        ...IN_LAMBDA,
        AWS_ENDPOINT_URL: server.url.href,
        AWS_ACCESS_KEY_ID: 'local',
        AWS_SECRET_ACCESS_KEY: 'local',
        OWNID_SHARED_SECRET: SECRET,
        STATE_TABLE: 'state',
        EMAIL_PROVIDER: provider,
        EMAIL_FROM: 'login@example.com',
        SMTP_HOST: '127.0.0.1',
        SMTP_PORT: port,
        SMTP_USERNAME: 'user',
        SMTP_PASSWORD: 'password',
        MICROSOFT_TENANT_ID: 'example.com',
        MICROSOFT_CLIENT_ID: '00000000-0000-0000-0000-000000000000',
        MICROSOFT_CLIENT_SECRET: 'secret',
        MICROSOFT_LOGIN_URL: 'http://127.0.0.1:1',
        MICROSOFT_SMTP_HOST: '127.0.0.1',
        MICROSOFT_SMTP_PORT: port,
        SENDGRID_API_KEY: 'key',
        SENDGRID_API_URL: server.url.href,
        MANDRILL_API_KEY: 'key',
        MANDRILL_API_URL: server.url.href,
      });
      expect(server.received()).toBe('');
    } finally {
      await server.close();
    }
  },
);

test.each([
  ['email', {}, [1, 1]],
  ['email', { RECIPIENT_LIMIT: '*' }, [1, 1]],
  ['sms', {}, [1, 4]],
] as const)(
  'opens the connections that the first %s will need, and sends nothing over them',
  async (name, limits, opened) => {
    const certificate = await createCertificate();
    const servers = [await startServer({ certificate }), await startServer({ certificate })] as const;
    const [provider, table] = servers;
    try {
      await (name === 'email' ? primeEmail : primeSms)({
        ...IN_LAMBDA,
        AWS_ENDPOINT_URL_SES: provider.url.href,
        AWS_ENDPOINT_URL_SNS: provider.url.href,
        AWS_ENDPOINT_URL_DYNAMODB: table.url.href,
        AWS_ACCESS_KEY_ID: 'local',
        AWS_SECRET_ACCESS_KEY: 'local',
        OWNID_SHARED_SECRET: SECRET,
        STATE_TABLE: 'state',
        EMAIL_FROM: 'login@example.com',
        ...limits,
      });
      expect(servers.map((server) => server.connections())).toEqual(opened);
      expect(servers.map((server) => server.received())).toEqual(['', '']);
    } finally {
      await Promise.all(servers.map((server) => server.close()));
    }
  },
);

test('waits a second at the most', async () => {
  // It takes a connection, and never answers the handshake.
  const server = await startServer({});
  const startedAt = performance.now();
  try {
    await primeEmail({
      ...IN_LAMBDA,
      AWS_ENDPOINT_URL_SES: server.url.href.replace('http:', 'https:'),
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
      OWNID_SHARED_SECRET: SECRET,
      EMAIL_FROM: 'login@example.com',
    });
    expect(performance.now() - startedAt).toBeGreaterThan(900);
    expect(server.connections()).toBe(1);
  } finally {
    await server.close();
  }
});

test('the token of Microsoft 365 is fetched', async () => {
  let arrived: () => void = () => undefined;
  const asked = new Promise<void>((resolve) => (arrived = resolve));
  const login = await startServer({
    onData: (socket) => {
      socket.end();
      arrived();
    },
  });
  try {
    await primeEmail({
      ...IN_LAMBDA,
      OWNID_SHARED_SECRET: SECRET,
      EMAIL_PROVIDER: 'microsoft',
      EMAIL_FROM: 'login@example.com',
      MICROSOFT_TENANT_ID: 'example.com',
      MICROSOFT_CLIENT_ID: '00000000-0000-0000-0000-000000000000',
      MICROSOFT_CLIENT_SECRET: 'secret',
      MICROSOFT_LOGIN_URL: login.url.origin,
    });
    // The first request shares what is on its way.
    await asked;
    expect(login.received()).toContain('grant_type=client_credentials');
  } finally {
    await login.close();
  }
});

test('an endpoint that is none stops nothing', async () => {
  const environment = {
    ...IN_LAMBDA,
    AWS_ENDPOINT_URL: 'nowhere',
    OWNID_SHARED_SECRET: SECRET,
    EMAIL_FROM: 'a@example.com',
  };
  await expect(primeEmail({ ...environment, STATE_TABLE: 'state' })).resolves.toBeUndefined();
});
