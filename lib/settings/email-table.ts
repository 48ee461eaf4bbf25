import {
  addressOrDomain,
  certificates,
  emailAddress,
  endpoint,
  integer,
  listOf,
  matching,
  oneOf,
  secretText,
} from './formats.js';
import { optional, required, type Setting, withDefault } from './setting.js';

const displayName = matching(
  // `=?` begins an encoded word, which mail clients would decode.
  /^(?!.*(?:\p{Cc}|=\?)).{1,100}$/u,
  'at most 100 characters without control characters or =?',
);
const hostName = matching(
  /^(?=.{1,253}$)(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/,
  'a host name, without a scheme or port',
);
const port = integer(1, 65_535);
const guid = matching(
  /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
  'a GUID, as the Azure portal shows it',
);
const tenant = matching(
  /^(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|(?:[a-z0-9-]{1,63}\.)+[a-z0-9-]{1,63})$/i,
  'the GUID of a tenant, or one of its domains',
);
const apiKey = matching(/^[\x21-\x7e]{1,512}$/, 'an API key, without spaces');

export const EMAIL_SETTINGS = {
  EMAIL_PROVIDER: withDefault(listOf(oneOf(['ses', 'smtp', 'microsoft', 'sendgrid', 'mandrill'])), ['ses']),
  EMAIL_FROM: required(emailAddress),
  EMAIL_FROM_NAME: optional(displayName),
  EMAIL_REPLY_TO: optional(emailAddress),
  EMAIL_ALLOWED_RECIPIENTS: optional(listOf(addressOrDomain)),

  SES_REGION: optional(
    matching(/^[a-z]{2,4}(?:-[a-z]+)+-\d$/, 'the name of an AWS region, such as eu-west-1'),
  ),
  SES_CONFIGURATION_SET: optional(matching(/^[\w-]{1,64}$/, 'the name of a configuration set')),

  SMTP_HOST: required(hostName),
  SMTP_PORT: withDefault(port, 587),
  SMTP_SECURITY: optional(oneOf(['starttls', 'tls'])),
  SMTP_USERNAME: required(secretText),
  SMTP_PASSWORD: required(secretText),
  SMTP_CA: optional(certificates),

  MICROSOFT_TENANT_ID: required(tenant),
  MICROSOFT_CLIENT_ID: required(guid),
  MICROSOFT_CLIENT_SECRET: required(secretText),
  MICROSOFT_MAILBOX: optional(emailAddress),
  MICROSOFT_LOGIN_URL: withDefault(endpoint, new URL('https://login.microsoftonline.com')),
  MICROSOFT_SCOPE: withDefault(
    matching(/^https:\/\/[a-z0-9.-]+\/\.default$/, 'a scope such as https://outlook.office365.com/.default'),
    'https://outlook.office365.com/.default',
  ),
  MICROSOFT_SMTP_HOST: withDefault(hostName, 'smtp.office365.com'),
  MICROSOFT_SMTP_PORT: withDefault(port, 587),
  MICROSOFT_SMTP_CA: optional(certificates),

  SENDGRID_API_KEY: required(apiKey),
  SENDGRID_REGION: withDefault(oneOf(['global', 'eu']), 'global'),
  SENDGRID_API_URL: optional(endpoint),

  MANDRILL_API_KEY: required(apiKey),
  MANDRILL_API_URL: withDefault(endpoint, new URL('https://mandrillapp.com')),
} as const satisfies Record<string, Setting<unknown>>;
