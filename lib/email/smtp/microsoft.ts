import type { Clock } from '../../clock.js';
import type { Deliver } from '../../delivery/route.js';
import { membersOf } from '../../delivery/http-provider.js';
import { DeliveryError } from '../../errors.js';
import type { Deadline } from '../../net/deadline.js';
import type { Transport } from '../../net/transport.js';
import type { EmailMessage } from '../message.js';
import { createAccessTokens } from './oauth-token.js';
import type { Sender } from '../sender.js';
import { createSmtpDelivery } from './delivery.js';
import { SmtpError } from './failure.js';
import { openSession } from './session.js';

export interface MicrosoftSettings {
  readonly sender: Sender;
  /** The mailbox to send from; the sender's own if unset. */
  readonly mailbox: string | undefined;
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly loginUrl: URL;
  readonly scope: string;
  readonly host: string;
  readonly port: number;
  readonly ca: string | undefined;
}

const PROVIDER = 'microsoft';
/** Exchange Online limits, "SMTP client submission": three connections of one mailbox at a time. */
const MAXIMUM_SESSIONS = 3;
const ROLE = 'SMTP.SendAsApp';

/** Microsoft 365 through SMTP client submission, authenticated as an application. */
export function createMicrosoft(
  settings: MicrosoftSettings,
  { transport, clock }: { transport: Transport; clock: Clock },
): Deliver<EmailMessage> {
  const { sender, tenantId, clientId, clientSecret, loginUrl, scope, host, port, ca } = settings;
  const server = { host, port, implicitTls: false, ca };
  const username = settings.mailbox ?? sender.from;
  const url = new URL(`/${tenantId}/oauth2/v2.0/token`, loginUrl);
  const tokens = createAccessTokens({
    provider: PROVIDER,
    transport,
    url,
    clientId,
    clientSecret,
    scope,
    clock,
  });

  const open = async (options: { deadline: Deadline }) => {
    const accessToken = await tokens.current(options);
    try {
      return await openSession(server, { username, accessToken }, options);
    } catch (error) {
      if (!isRefused(error)) throw error;
      // Permissions may have changed since the token was issued.
      return openRenewed(await tokens.renewed(accessToken, options), options);
    }
  };
  const openRenewed = async (accessToken: string, options: { deadline: Deadline }) => {
    try {
      return await openSession(server, { username, accessToken }, options);
    } catch (cause) {
      if (!isRefused(cause) || rolesOf(accessToken)?.includes(ROLE) !== false) throw cause;
      throw new DeliveryError('misconfigured', {
        provider: PROVIDER,
        code: `consent_missing/${ROLE}`,
        cause,
      });
    }
  };

  return createSmtpDelivery({ provider: PROVIDER, sender, open, maximumSessions: MAXIMUM_SESSIONS, clock });
}

function isRefused(error: unknown): error is SmtpError {
  return (
    error instanceof SmtpError && error.command.startsWith('AUTH') && error.reply?.startsWith('535') === true
  );
}

/** The application permissions that a token grants, if it can be read: Microsoft's are JWTs. */
function rolesOf(token: string): readonly unknown[] | undefined {
  try {
    const { roles = [] } = membersOf(
      JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()),
    );
    return Array.isArray(roles) ? roles : undefined;
  } catch {
    return undefined;
  }
}
