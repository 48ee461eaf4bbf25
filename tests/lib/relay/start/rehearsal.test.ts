import type { Channel } from '../../../../lib/channel.js';
import { createChannelApps } from '../../../../lib/relay/channel-apps.js';
import { createContainer } from '../../../../lib/relay/container.js';
import { emailChannel } from '../../../../lib/email/channel.js';
import type { EmailMessage } from '../../../../lib/email/message.js';
import { rehearse } from '../../../../lib/relay/start/rehearsal.js';
import type { Environment } from '../../../../lib/settings/settings.js';
import { smsChannel } from '../../../../lib/sms/channel.js';
import type { Message } from '../../../../lib/ownid/message.js';
import { createCertificate } from '../../../../tools/loopback/certificate.js';
import { SECRET } from '../../../support/relay.js';
import { startServer } from '../../../support/tls.js';

const SETTINGS: Environment = {
  AWS_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: 'local',
  AWS_SECRET_ACCESS_KEY: 'local',
  OWNID_SHARED_SECRET: SECRET,
  EMAIL_FROM: 'login@example.com',
  SMS_ALLOWED_COUNTRIES: 'DE',
};

/** Rehearses with a provider that notes its receipts; returns them and all that was logged or measured. */
async function rehearseNoting<M extends Message>(channel: Channel<M>, environment: Environment) {
  const receipts: unknown[] = [];
  const lines: unknown[] = [];
  const noting: Channel<M> = {
    ...channel,
    settings: (get, refuse) => {
      const settings = channel.settings(get, refuse);
      return {
        ...settings,
        route: settings.route.map((entry) => ({
          ...entry,
          connect: async (dependencies) => {
            const deliver = await entry.connect(dependencies);
            return async (...delivery) => {
              const receipt = await deliver(...delivery);
              receipts.push(receipt);
              return receipt;
            };
          },
        })),
      };
    },
  };
  const write = (line: unknown) => lines.push(line);
  const container = createContainer(channel.name, {
    environment: { ...SETTINGS, ...environment },
    logSink: { info: write, warn: write, error: write },
    writeMetric: write,
  });
  lines.length = 0;
  await rehearse(noting, container, createChannelApps(noting, container));
  return { receipts, lines };
}

test.each([
  ['ses', emailChannel, {}],
  ['ses', emailChannel, { EMAIL_ALLOWED_RECIPIENTS: 'somebody@example.com', WEBHOOK_HEADER: 'x-key: 1' }],
  ['ses', emailChannel, { STATE_TABLE: 'state', QUEUE_URL: 'https://sqs.invalid/1/retry' }],
  ['ses', emailChannel, { OWNID_SHARED_SECRET: 'ssm:/never/fetched' }],
  ['sns', smsChannel as unknown as Channel<EmailMessage>, { STATE_TABLE: 'state', SMS_DAILY_LIMIT: '0' }],
] as const)(
  '%s is rehearsed to its receipt, without a line in the log',
  async (provider, channel, environment) => {
    const { receipts, lines } = await rehearseNoting(channel, environment);
    expect(receipts).toEqual([{ provider, messageId: '0' }]);
    expect(lines).toEqual([]);
  },
);

test.each([
  ['http', 'ses'],
  ['https', 'ses'],
  ['http', 'sendgrid'],
  ['https', 'mandrill'],
] as const)('over %s nothing reaches the server of %s', async (scheme, provider) => {
  const certificate = await createCertificate();
  const server = await startServer(scheme === 'https' ? { certificate } : {});
  try {
    await rehearseNoting(emailChannel, {
      AWS_ENDPOINT_URL: server.url.href,
      STATE_TABLE: 'state',
      EMAIL_PROVIDER: provider,
      SENDGRID_API_KEY: 'key',
      SENDGRID_API_URL: server.url.origin,
      MANDRILL_API_KEY: 'key',
      MANDRILL_API_URL: server.url.origin,
    });
    expect(server.connections()).toBe(0);
    expect(server.received()).toBe('');
  } finally {
    await server.close();
  }
});
