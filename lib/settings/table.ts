import { byCountry, NO_VALUE, routeByCountry } from './by-country.js';
import {
  addressOrDomain,
  certificates,
  countries,
  displayName,
  emailAddress,
  endpoint,
  type Format,
  hostName,
  integer,
  limit,
  listOf,
  matching,
  oneOf,
  priceUsd,
  requiredHeader,
  secretText,
  sharedSecrets,
} from './formats.js';

/** How a setting's text is read, and its value where it is not set. */
export interface Setting<T> {
  readonly format: Format<T>;
  readonly whenUnset: (() => T) | 'required';
}

const required = <T>(format: Format<T>): Setting<T> => ({ format, whenUnset: 'required' });
const optional = <T>(format: Format<T>): Setting<T | undefined> => ({ format, whenUnset: () => undefined });
const withDefault = <T>(format: Format<T>, value: NoInfer<T>): Setting<T> => ({
  format,
  whenUnset: () => value,
});

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
const senderId = matching(
  /^(?=.*[A-Za-z])[A-Za-z0-9](?:[A-Za-z0-9-]{0,9}[A-Za-z0-9])?$/,
  '1 to 11 letters, digits or hyphens, with a letter and no hyphen at either end',
);
const twilioSender = matching(
  /^(?:\+\d{7,15}|\d{3,14}|MG[0-9a-fA-F]{32}|(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11})$/,
  'a phone number, a short code, a sender id, or the SID of a Messaging Service',
);
const dltId = matching(/^\d{1,50}$/, 'the digits that the DLT operator assigned');

/**
 * Every setting there is, by name. `required` holds for the function or provider that uses the setting; `docs/settings.md`
 * says what each is for.
 */
export const SETTINGS = {
  OWNID_SHARED_SECRET: required(sharedSecrets),
  OWNID_EMAIL_SHARED_SECRET: optional(sharedSecrets),
  OWNID_SMS_SHARED_SECRET: optional(sharedSecrets),
  WEBHOOK_HEADER: optional(requiredHeader),
  TIME_BUDGET_MS: withDefault(integer(1500, 14_000), 2500),
  STATE_TIMEOUT_MS: withDefault(integer(50, 10_000), 800),
  OTP_TTL_SECONDS: withDefault(integer(60, 600), 300),
  RECIPIENT_LIMIT: withDefault(limit, 5),
  RECIPIENT_WINDOW_SECONDS: withDefault(integer(10, 86_400), 600),
  DRY_RUN: withDefault(oneOf(['allowed', 'refused']), 'refused'),

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

  SMS_PROVIDER: withDefault(
    routeByCountry(listOf(oneOf(['sns', 'eum', 'twilio', 'notify']))),
    new Map([['*', ['sns'] as const]]),
  ),
  SMS_ALLOWED_COUNTRIES: withDefault(countries, new Set()),
  SMS_ALLOWED_RECIPIENTS: optional(listOf(matching(/^\+[1-9]\d{6,14}$/, 'a list of phone numbers'))),
  SMS_COUNTRY_HOURLY_LIMIT: withDefault(limit, 1000),
  SMS_DAILY_LIMIT: withDefault(limit, 5000),
  SMS_SENDER_ID: withDefault(byCountry(senderId), NO_VALUE),
  SMS_ORIGINATION_NUMBER: withDefault(
    byCountry(matching(/^(?:\+\d{7,15}|\d{3,14})$/, 'a phone number or a short code')),
    NO_VALUE,
  ),
  SMS_MAX_PRICE_USD: withDefault(byCountry(priceUsd), NO_VALUE),
  SMS_DLT_ENTITY_ID: optional(dltId),
  SMS_DLT_TEMPLATE_ID: optional(dltId),

  EUM_ORIGINATION_IDENTITY: withDefault(
    byCountry(matching(/^[\w:/+-]{1,256}$/, 'the id or ARN of a pool, phone number or sender id')),
    NO_VALUE,
  ),
  EUM_CONFIGURATION_SET: optional(matching(/^[\w:/-]{1,256}$/, 'the name or ARN of a configuration set')),
  EUM_PROTECT_CONFIGURATION_ID: optional(
    matching(/^[\w:/-]{1,256}$/, 'the id or ARN of a protect configuration'),
  ),

  NOTIFY_CONFIGURATION_ID: required(matching(/^[\w:/-]{1,256}$/, 'the id or ARN of a Notify configuration')),
  NOTIFY_TEMPLATE_ID: withDefault(
    byCountry(matching(/^[\w:/-]{1,256}$/, "the id of one of AWS's templates")),
    NO_VALUE,
  ),

  TWILIO_ACCOUNT_SID: required(matching(/^AC[0-9a-fA-F]{32}$/, 'AC and 32 hexadecimal digits')),
  TWILIO_AUTH_TOKEN: required(secretText),
  TWILIO_API_KEY_SID: optional(matching(/^SK[0-9a-fA-F]{32}$/, 'SK and 32 hexadecimal digits')),
  TWILIO_API_KEY_SECRET: required(secretText),
  TWILIO_SENDER: required(byCountry(twilioSender)),
  TWILIO_REGION: withDefault(oneOf(['us1', 'ie1', 'au1']), 'us1'),
  TWILIO_API_URL: optional(endpoint),
  TWILIO_CONTENT_RETENTION: optional(oneOf(['retain', 'discard'])),
  TWILIO_ADDRESS_RETENTION: optional(oneOf(['retain', 'obfuscate'])),
} as const satisfies Record<string, Setting<unknown>>;

export type SettingName = keyof typeof SETTINGS;
export type SettingValue<N extends SettingName> = (typeof SETTINGS)[N] extends Setting<infer T> ? T : never;
