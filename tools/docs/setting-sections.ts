/** A setting is shown in the first section whose `names` match it. The examples can be deployed as they stand. */
export const SECTIONS: readonly {
  readonly title: string;
  readonly names: RegExp;
  readonly intro?: string;
  readonly example: Readonly<Record<string, string>>;
}[] = [
  {
    title: 'Amazon SES',
    names: /^SES_/,
    intro: '[More about SES](providers/ses.md).',
    example: { EMAIL_PROVIDER: 'ses', EMAIL_FROM: 'login@acme-shop.com', EMAIL_FROM_NAME: 'Acme Shop' },
  },
  {
    title: 'SMTP',
    names: /^SMTP_/,
    intro: '[More about SMTP](providers/smtp.md).',
    example: {
      EMAIL_PROVIDER: 'smtp',
      EMAIL_FROM: 'login@acme-shop.com',
      SMTP_HOST: 'smtp.acme-shop.com',
      SMTP_USERNAME: 'login@acme-shop.com',
      SMTP_PASSWORD: 'ssm:/otp-relay/prod/smtp-password',
    },
  },
  {
    title: 'Microsoft 365',
    names: /^MICROSOFT_/,
    intro: '[More about Microsoft 365](providers/microsoft.md).',
    example: {
      EMAIL_PROVIDER: 'microsoft',
      EMAIL_FROM: 'login@acme-shop.com',
      MICROSOFT_TENANT_ID: 'acme-shop.com',
      MICROSOFT_CLIENT_ID: '0f6a2c1e-5b7d-4c3a-9e8f-1a2b3c4d5e6f',
      MICROSOFT_CLIENT_SECRET: 'ssm:/otp-relay/prod/microsoft-client-secret',
    },
  },
  {
    title: 'SendGrid',
    names: /^SENDGRID_/,
    intro: '[More about SendGrid](providers/sendgrid.md).',
    example: {
      EMAIL_PROVIDER: 'sendgrid',
      EMAIL_FROM: 'login@acme-shop.com',
      SENDGRID_API_KEY: 'ssm:/otp-relay/prod/sendgrid-api-key',
    },
  },
  {
    title: 'Mandrill',
    names: /^MANDRILL_/,
    intro: '[More about Mandrill](providers/mandrill.md).',
    example: {
      EMAIL_PROVIDER: 'mandrill',
      EMAIL_FROM: 'login@acme-shop.com',
      MANDRILL_API_KEY: 'ssm:/otp-relay/prod/mandrill-api-key',
    },
  },
  {
    title: 'All email',
    names: /^EMAIL_/,
    intro: 'If a provider certainly did not accept a message, the next one in `EMAIL_PROVIDER` is tried.',
    example: {
      EMAIL_PROVIDER: 'ses,sendgrid',
      EMAIL_FROM: 'login@acme-shop.com',
      SENDGRID_API_KEY: 'ssm:/otp-relay/prod/sendgrid-api-key',
    },
  },
  {
    title: 'All SMS',
    names: /^SMS_/,
    intro: '[By country](#by-country), [more about SNS](providers/sns.md).',
    example: {
      SMS_ALLOWED_COUNTRIES: 'US,CA',
      SMS_DAILY_LIMIT: '2000',
      SMS_ORIGINATION_NUMBER: '+12065550100',
    },
  },
  {
    title: 'AWS End User Messaging',
    names: /^EUM_/,
    intro: '[More about End User Messaging](providers/eum.md).',
    example: {
      SMS_PROVIDER: 'eum,sns',
      SMS_ALLOWED_COUNTRIES: 'US,GB',
      SMS_ORIGINATION_NUMBER: 'US=+12065550100',
      SMS_SENDER_ID: 'GB=Acme',
    },
  },
  {
    title: 'AWS Notify',
    names: /^NOTIFY_/,
    intro: '[More about Notify](providers/notify.md).',
    example: {
      SMS_PROVIDER: 'notify',
      SMS_ALLOWED_COUNTRIES: 'US',
      NOTIFY_CONFIGURATION_ID: 'nc-0123456789abcdef',
    },
  },
  {
    title: 'Twilio',
    names: /^TWILIO_/,
    intro: '[More about Twilio](providers/twilio.md).',
    example: {
      SMS_PROVIDER: 'sns, GB=twilio',
      SMS_ALLOWED_COUNTRIES: 'US,GB',
      TWILIO_ACCOUNT_SID: 'AC0123456789abcdef0123456789abcdef',
      TWILIO_AUTH_TOKEN: 'ssm:/otp-relay/prod/twilio-auth-token',
      TWILIO_SENDER: 'Acme',
    },
  },
  {
    title: 'Both channels',
    names: /^(?:OWNID|WEBHOOK|TIME|STATE|OTP|RECIPIENT|DRY)_/,
    intro: '`TIME_BUDGET_MS` must be at least `STATE_TIMEOUT_MS` + 900.',
    example: {
      OWNID_SHARED_SECRET: 'ssm:/otp-relay/prod/ownid-shared-secret',
      WEBHOOK_HEADER: 'ssm:/otp-relay/prod/webhook-header',
      TIME_BUDGET_MS: '4000',
    },
  },
];
