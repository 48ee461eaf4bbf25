import type { SettingName } from '../../lib/settings/table.js';

/** What each setting is for, and its default where that cannot be read from the settings table. */
export const TEXTS: Readonly<
  Record<SettingName, string | { readonly text: string; readonly unset: string }>
> = {
  OWNID_SHARED_SECRET: "The app's shared secret in OwnID, or `current,previous`",
  OWNID_EMAIL_SHARED_SECRET: {
    text: 'The secret of the email form, if it differs',
    unset: "the app's",
  },
  OWNID_SMS_SHARED_SECRET: { text: 'The secret of the SMS form, if it differs', unset: "the app's" },
  WEBHOOK_HEADER: { text: 'A header that every request must have: `name: value`', unset: 'none' },
  TIME_BUDGET_MS: 'Time in which a request is answered: 1500 to 14000',
  STATE_TIMEOUT_MS: 'A state table slower than this is down: 50 to 10000',
  OTP_TTL_SECONDS: "A code's life from OwnID's timestamp on: 60 to 600",
  RECIPIENT_LIMIT: 'Messages to one recipient per window; `*`: no limit',
  RECIPIENT_WINDOW_SECONDS: 'Length of that window: 10 to 86400',
  DRY_RUN: '`allowed`: the header `x-otp-dry-run: 1` stops delivery',

  EMAIL_PROVIDER: 'A provider, or a route of several: `ses,smtp`',
  EMAIL_FROM: "The sender's address, without a display name",
  EMAIL_FROM_NAME: { text: "The sender's name, up to 100 characters", unset: 'none' },
  EMAIL_REPLY_TO: { text: 'The address for replies', unset: 'none' },
  EMAIL_ALLOWED_RECIPIENTS: {
    text: 'On test stages: only these addresses and `@domains`',
    unset: 'everybody',
  },

  SES_CONFIGURATION_SET: {
    text: 'Configuration set, for delivery and bounce events',
    unset: "the stack's, if any",
  },
  SES_REGION: { text: 'The region to send from', unset: "the functions' own" },

  SMTP_HOST: 'The mail server',
  SMTP_PORT: '587 or 25 (STARTTLS), 465 (TLS), or any other',
  SMTP_SECURITY: { text: '`starttls`, or `tls` as on port 465', unset: 'by port' },
  SMTP_USERNAME: 'Login name',
  SMTP_PASSWORD: 'Password',
  SMTP_CA: { text: 'Certificates (PEM) of a private CA', unset: 'public CAs' },

  MICROSOFT_TENANT_ID: 'GUID or domain of the tenant',
  MICROSOFT_CLIENT_ID: 'GUID of the app registration',
  MICROSOFT_CLIENT_SECRET: 'Value of its client secret',
  MICROSOFT_MAILBOX: { text: 'The mailbox to log in to', unset: '`EMAIL_FROM`' },
  MICROSOFT_LOGIN_URL: 'Where tokens come from, in national clouds',
  MICROSOFT_SCOPE: { text: 'Scope of the token, in national clouds', unset: "the public cloud's" },
  MICROSOFT_SMTP_HOST: 'The mail server, in national clouds',
  MICROSOFT_SMTP_PORT: 'For tests',
  MICROSOFT_SMTP_CA: { text: 'For tests: certificates (PEM) of a private CA', unset: 'public CAs' },

  SENDGRID_API_KEY: 'A key with Mail Send access',
  SENDGRID_REGION: '`eu` for EU accounts',
  SENDGRID_API_URL: { text: 'Another endpoint, for tests and proxies', unset: 'by region' },

  MANDRILL_API_KEY: 'A key that may call messages/send',
  MANDRILL_API_URL: 'Another endpoint, for tests and proxies',

  SMS_PROVIDER: { text: 'By country: a provider, or a route of several', unset: '`sns`' },
  SMS_ALLOWED_COUNTRIES: { text: '`US,CA,GB`, or `*` for every country', unset: 'none: all refused' },
  SMS_ALLOWED_RECIPIENTS: { text: 'On test stages: only these numbers', unset: 'everybody' },
  SMS_RANGE_DAILY_LIMIT: 'SMS per day to new numbers of a range; `*`: no limit',
  SMS_UNCAPPED_RANGES: { text: 'Beginnings of numbers exempt from that limit', unset: 'none' },
  SMS_COUNTRY_HOURLY_LIMIT: 'SMS parts per hour to one country; `*`: no limit',
  SMS_DAILY_LIMIT: 'SMS parts per day; `*`: no limit',
  SMS_SENDER_ID: { text: 'By country: 1 to 11 letters, digits, hyphens', unset: 'none' },
  SMS_ORIGINATION_NUMBER: { text: 'By country: a number or short code', unset: 'chosen by AWS' },
  SMS_MAX_PRICE_USD: { text: 'By country: the most one SMS may cost', unset: "AWS's" },
  SMS_DLT_ENTITY_ID: { text: 'For India: the DLT entity', unset: 'none' },
  SMS_DLT_TEMPLATE_ID: { text: 'For India: the DLT template', unset: 'none' },

  EUM_ORIGINATION_IDENTITY: { text: 'By country: id or ARN of a pool or sender', unset: 'none' },
  EUM_CONFIGURATION_SET: { text: 'Configuration set, for events of your choice', unset: 'none' },
  EUM_PROTECT_CONFIGURATION_ID: { text: 'Which countries to block or filter', unset: 'none' },

  NOTIFY_CONFIGURATION_ID: 'The Notify configuration',
  NOTIFY_TEMPLATE_ID: { text: "By country: one of AWS's templates", unset: "AWS's" },

  TWILIO_ACCOUNT_SID: 'The account: `AC…`',
  TWILIO_AUTH_TOKEN: 'Its auth token; not needed with an API key',
  TWILIO_API_KEY_SID: { text: 'An API key instead: `SK…`', unset: 'none' },
  TWILIO_API_KEY_SECRET: 'The secret of that key, if there is one',
  TWILIO_SENDER: 'By country: a number, sender id or `MG…`',
  TWILIO_REGION: '`us1`, `ie1` or `au1`',
  TWILIO_API_URL: { text: 'Another endpoint, for tests and proxies', unset: 'by region' },
  TWILIO_CONTENT_RETENTION: { text: '`discard` or `retain` the text', unset: "the account's" },
  TWILIO_ADDRESS_RETENTION: { text: '`obfuscate` or `retain` the number', unset: "the account's" },
};
