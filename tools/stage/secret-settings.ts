import type { SettingName } from '../../lib/settings/table.js';

const SECRETS: ReadonlySet<string> = new Set<SettingName>([
  'OWNID_SHARED_SECRET',
  'OWNID_EMAIL_SHARED_SECRET',
  'OWNID_SMS_SHARED_SECRET',
  'WEBHOOK_HEADER',
  'SMTP_PASSWORD',
  'MICROSOFT_CLIENT_SECRET',
  'SENDGRID_API_KEY',
  'MANDRILL_API_KEY',
  'TWILIO_AUTH_TOKEN',
  'TWILIO_API_KEY_SECRET',
]);

/** Whether a setting's value is nobody's to read: in a file it is a reference, and it is never printed. */
export function isSecret(name: string): boolean {
  return SECRETS.has(name);
}
