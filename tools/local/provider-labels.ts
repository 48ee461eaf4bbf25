const LABELS: Readonly<Record<string, string>> = {
  ses: 'SES',
  sns: 'SNS',
  eum: 'End User Messaging',
  smtp: 'SMTP',
  microsoft: 'Microsoft 365',
  sendgrid: 'SendGrid',
};

/** A provider's name for people; by default its setting's value with a capital. */
export function providerLabel(name: string): string {
  return LABELS[name] ?? `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}
