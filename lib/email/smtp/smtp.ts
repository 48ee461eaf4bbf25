import type { Clock } from '../../clock.js';
import type { Deliver } from '../../delivery/route.js';
import type { EmailMessage } from '../message.js';
import type { Sender } from '../sender.js';
import { createSmtpDelivery } from './delivery.js';
import { openSession } from './session.js';

export interface SmtpSettings {
  readonly sender: Sender;
  readonly host: string;
  readonly port: number;
  /** Unset: TLS from the first byte on port 465, STARTTLS on any other. */
  readonly security: 'starttls' | 'tls' | undefined;
  readonly username: string;
  readonly password: string;
  readonly ca: string | undefined;
}

const IMPLICIT_TLS_PORT = 465;
const MAXIMUM_SESSIONS = 5;

/** Any mail server that takes submissions over TLS with a user name and a password. */
export function createSmtp(settings: SmtpSettings, { clock }: { clock: Clock }): Deliver<EmailMessage> {
  const { sender, host, port, security, username, password, ca } = settings;
  const implicitTls = security === undefined ? port === IMPLICIT_TLS_PORT : security === 'tls';
  return createSmtpDelivery({
    provider: 'smtp',
    sender,
    open: (options) => openSession({ host, port, implicitTls, ca }, { username, password }, options),
    maximumSessions: MAXIMUM_SESSIONS,
    clock,
  });
}
