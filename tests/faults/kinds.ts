import { CLOSED, httpFaults } from './http-faults.js';
import { EMAIL_PROVIDERS, type Service, SMS_PROVIDERS } from './record.js';
import { SMTP_FAULTS } from './smtp-faults.js';

export const SERVICES: readonly Service[] = [
  'table',
  'queue',
  'parameters',
  'token',
  ...EMAIL_PROVIDERS,
  ...SMS_PROVIDERS,
];

/** The kinds of fault that a service can meet. */
export function kindsOf(service: Service): string[] {
  const isMailServer = service === 'smtp' || service === 'microsoft';
  return (isMailServer ? SMTP_FAULTS : [...httpFaults(service), CLOSED]).map(({ kind }) => kind);
}
