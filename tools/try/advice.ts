import type { DeliveryError } from '../../lib/errors.js';

/** What to do, by `provider:code` or by the code alone; the first that matches. */
const BY_CODE: readonly (readonly [RegExp, string])[] = [
  [/^smtp:53[45]/, 'Check SMTP_USERNAME and SMTP_PASSWORD; some servers want a password for apps.'],
  [
    /^microsoft:53[45]/,
    'Check the app registration: SMTP.SendAsApp, admin consent, and SMTP AUTH for the mailbox.',
  ],
  [
    /:(?:STARTTLS_NOT_OFFERED|EPROTO|ERR_SSL)/,
    'Check SMTP_PORT and SMTP_SECURITY: 587 is starttls, 465 is tls.',
  ],
  [
    /:(?:.*CERT|SELF_SIGNED|UNABLE_TO_VERIFY|.*ALTNAME)/,
    'Set SMTP_CA to the certificate of the private CA, or correct SMTP_HOST.',
  ],
  [/:ENOTFOUND/, 'There is no such host: check the name.'],
  [/:ECONNREFUSED/, 'Nothing listens there: check host and port.'],
  [
    /:(?:TIMEOUT|UNRESPONSIVE|ETIMEDOUT|NO_TIME_LEFT)/,
    'No answer in time: is the port blocked? A cloud often blocks 25.',
  ],
  [
    /^ses:MessageRejected/,
    'Verify EMAIL_FROM in SES in this region, or ask for an end of the sandbox: npm run doctor',
  ],
  [/^(?:ses|sns):(?:AccessDenied|Authorization)/, 'Give your credentials ses:SendEmail or sns:Publish.'],
  [/^(?:ses|sns):(?:Expired|Invalid|Unrecognized|Credentials)/, 'Renew your credentials: aws sso login'],
  [/^(?:sendgrid|mandrill):(?:401|Invalid_Key)/, 'Check the API key.'],
  [/^sendgrid:403/, 'Verify the sender identity of EMAIL_FROM, or give the key Mail Send access.'],
];

const BY_KIND = {
  transient: 'Try again later: a deployed relay would queue it.',
  ambiguous: 'It may have arrived: look into the mailbox.',
  rejected: 'The provider refuses this message: try another recipient.',
  misconfigured: 'The account or the settings are at fault.',
} as const;

export function adviceFor({ provider, code, kind }: DeliveryError): string {
  return BY_CODE.find(([pattern]) => pattern.test(`${provider}:${code}`))?.[1] ?? BY_KIND[kind];
}
