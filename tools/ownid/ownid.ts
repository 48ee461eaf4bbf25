import { type KeyObject, randomInt } from 'node:crypto';
import type { Channel } from '../../lib/channel.js';
import type { Message } from '../../lib/ownid/message.js';
import { sign } from '../../lib/ownid/signature.js';

export type ChannelName = Channel<Message>['name'];

/** A webhook as OwnID sends it. */
export interface OwnIdRequest {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** What OwnID posts to the email endpoint (OwnID documentation, custom email provider). */
export interface EmailPayload {
  readonly email: string;
  readonly subject: string;
  readonly body: string;
}

/** What OwnID posts to the SMS endpoint (OwnID documentation, custom SMS provider). */
export interface SmsPayload {
  readonly phoneNumber: string;
  readonly messageText: string;
  readonly code: string;
}

/**
 * Makes and signs a webhook as OwnID does.
 *
 * @param options.app as in the URL; empty for the default app.
 * @param options.now milliseconds since the Unix epoch.
 */
export function ownIdRequest(options: {
  channel: ChannelName;
  app: string;
  /** An empty one is what no endpoint takes for a message. */
  payload: EmailPayload | SmsPayload | Record<string, never>;
  secret: KeyObject;
  now: number;
}): OwnIdRequest {
  const { channel, app, payload, secret, now } = options;
  const body = JSON.stringify(payload);
  const timestamp = String(now);
  return {
    path: app === '' ? `/${channel}` : `/${channel}/${encodeURIComponent(app)}`,
    headers: {
      'content-type': 'application/json',
      'ownid-timestamp': timestamp,
      'ownid-signature': sign(Buffer.from(body), timestamp, secret),
    },
    body,
  };
}

/** A message with a random code. `body` replaces an email's HTML or the text of an SMS. */
export function samplePayload(
  channel: ChannelName,
  given: { to: string; subject?: string | undefined; body?: string | undefined },
): EmailPayload | SmsPayload {
  const code = String(randomInt(1000, 10_000));
  const { to, subject = 'Your sign-in code' } = given;
  return channel === 'email'
    ? { email: to, subject, body: given.body ?? `<p>Your code is <b>${code}</b>.</p>` }
    : { phoneNumber: to, messageText: given.body ?? `Your code is ${code}`, code };
}
