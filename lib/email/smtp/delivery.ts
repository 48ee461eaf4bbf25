import type { Clock } from '../../clock.js';
import type { Deliver } from '../../delivery/route.js';
import { DeliveryError } from '../../errors.js';
import type { Deadline } from '../../net/deadline.js';
import type { EmailMessage } from '../message.js';
import { composeMail } from './mime.js';
import type { Sender } from '../sender.js';
import { classifySmtp, isLostBeforeAcceptance, SmtpError } from './failure.js';
import { createSmtpPool } from './pool.js';
import type { SmtpSession } from './session.js';

/** After a kept session and a new one have broken, one more is tried. */
const ATTEMPTS = 3;

/**
 * Delivery over SMTP sessions that are kept between messages. A session that breaks before the end of the message is
 * replaced at once; after that, the message may have been accepted, and the failure is `ambiguous`.
 *
 * @param options.maximumSessions at a time; a webhook's sandbox never needs more than one, a worker's may.
 */
export function createSmtpDelivery(options: {
  provider: string;
  sender: Sender;
  open: (options: { deadline: Deadline }) => Promise<SmtpSession>;
  maximumSessions: number;
  clock: Clock;
}): Deliver<EmailMessage> {
  const { provider, sender, open, maximumSessions, clock } = options;
  const pool = createSmtpPool({ open, maximum: maximumSessions, now: clock.now });

  return async (message, { deadline, id }) => {
    const { messageId, source } = await composeMail(message, sender, id);
    const envelope = { from: sender.from, to: message.to };

    for (let attempt = 1; ; attempt += 1) {
      try {
        const serverId = await pool.lend((session) => session.send(envelope, source, { deadline }), {
          deadline,
          fresh: attempt > 1,
        });
        return { provider, messageId: serverId ?? messageId };
      } catch (cause) {
        if (!(cause instanceof SmtpError)) throw cause;
        if (attempt < ATTEMPTS && isLostBeforeAcceptance(cause)) continue;
        const { kind, code } = classifySmtp(cause);
        throw new DeliveryError(kind, { provider, code, cause });
      }
    }
  };
}
