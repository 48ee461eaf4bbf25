import { ENDPOINTS } from '../aws/endpoints.js';
import type { AwsConfig } from '../aws/config.js';
import type { Channel, RouteEntry } from '../channel.js';
import { permitRecipients } from '../ownid/recipient-policy.js';
import type { Get, Refuse } from '../settings/settings.js';
import type { SettingValue } from '../settings/table.js';
import { mailboxOf } from './mailbox.js';
import { type EmailMessage, parseEmail, readEmail } from './message.js';
import { load } from './providers.js';
import { formatSender, senderSettings } from './sender.js';
import { parseTags } from './tags.js';

type ProviderName = SettingValue<'EMAIL_PROVIDER'>[number];

/** Amazon SES API reference, SendEmail, `Source`. */
const SES_SOURCE_BYTES = 320;

const SENDGRID_REGIONS = {
  global: new URL('https://api.sendgrid.com'),
  eu: new URL('https://api.eu.sendgrid.com'),
};

const PROVIDERS: Record<ProviderName, (get: Get, refuse: Refuse) => Omit<RouteEntry<EmailMessage>, 'name'>> =
  {
    ses: (get, refuse) => {
      const sender = senderSettings(get);
      refuse(
        ['EMAIL_FROM_NAME', 'EMAIL_FROM'],
        () =>
          Buffer.byteLength(formatSender(sender)) > SES_SOURCE_BYTES &&
          `is too long: Amazon SES takes ${SES_SOURCE_BYTES} bytes for the encoded name and address`,
      );
      const settings = { sender, configurationSet: get('SES_CONFIGURATION_SET') };
      const region = get('SES_REGION');
      const inRegion = (aws: AwsConfig) => (region === undefined ? aws : aws.inRegion(region));
      return {
        origin: (aws) => inRegion(aws).endpointOf(ENDPOINTS.ses),
        connect: async ({ aws }) => (await load.ses()).createSes(settings, inRegion(aws)),
      };
    },
    smtp: (get) => {
      const settings = {
        sender: senderSettings(get),
        host: get('SMTP_HOST'),
        port: get('SMTP_PORT'),
        security: get('SMTP_SECURITY'),
        username: get('SMTP_USERNAME'),
        password: get('SMTP_PASSWORD'),
        ca: get('SMTP_CA'),
      };
      return {
        connect: async (dependencies) => (await load.smtp()).createSmtp(settings, dependencies),
      };
    },
    microsoft: (get) => {
      const settings = {
        sender: senderSettings(get),
        mailbox: get('MICROSOFT_MAILBOX'),
        tenantId: get('MICROSOFT_TENANT_ID'),
        clientId: get('MICROSOFT_CLIENT_ID'),
        clientSecret: get('MICROSOFT_CLIENT_SECRET'),
        loginUrl: get('MICROSOFT_LOGIN_URL'),
        scope: get('MICROSOFT_SCOPE'),
        host: get('MICROSOFT_SMTP_HOST'),
        port: get('MICROSOFT_SMTP_PORT'),
        ca: get('MICROSOFT_SMTP_CA'),
      };
      return {
        connect: async (dependencies) => (await load.microsoft()).createMicrosoft(settings, dependencies),
      };
    },
    sendgrid: (get) => {
      const settings = {
        sender: senderSettings(get),
        apiKey: get('SENDGRID_API_KEY'),
        apiUrl: get('SENDGRID_API_URL') ?? SENDGRID_REGIONS[get('SENDGRID_REGION')],
      };
      return {
        origin: () => settings.apiUrl,
        connect: async ({ transport }) => (await load.sendgrid()).createSendGrid(settings, transport),
      };
    },
    mandrill: (get) => {
      const settings = {
        sender: senderSettings(get),
        apiKey: get('MANDRILL_API_KEY'),
        apiUrl: get('MANDRILL_API_URL'),
      };
      return {
        origin: () => settings.apiUrl,
        connect: async ({ transport }) => (await load.mandrill()).createMandrill(settings, transport),
      };
    },
  };

export const emailChannel: Channel<EmailMessage> = {
  name: 'email',
  parse: (body, request) => ({ ...parseEmail(body), tags: parseTags(request) }),
  readMessage: readEmail,
  mailbox: ({ to }) => mailboxOf(to),
  settings: (get, refuse) => ({
    route: get('EMAIL_PROVIDER').map((name) => ({ name, ...PROVIDERS[name](get, refuse) })),
    permit: permitRecipients(get('EMAIL_ALLOWED_RECIPIENTS'), ({ to }) => [to, to.slice(to.indexOf('@'))]),
    totals: [],
    secondSends: 1,
  }),
};
