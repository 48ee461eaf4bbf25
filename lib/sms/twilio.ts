import type { Deliver } from '../delivery/route.js';
import {
  type Failure,
  foreignAnswer,
  jsonBody,
  membersOf,
  plainWord,
  post,
} from '../delivery/http-provider.js';
import type { Clock } from '../clock.js';
import { DeliveryError, type DeliveryErrorKind } from '../errors.js';
import type { HttpResponse } from '../net/exchange.js';
import type { Transport } from '../net/transport.js';
import { type ByCountry, forCountry } from '../settings/by-country.js';
import type { SmsMessage } from './message.js';
import { type TwilioAccount, twilioAuthorization } from './twilio-account.js';

export interface TwilioSettings {
  readonly account: TwilioAccount;
  /** A number, a short code, a sender id, or the SID of a Messaging Service. */
  readonly sender: ByCountry<string>;
  readonly contentRetention: 'retain' | 'discard' | undefined;
  readonly addressRetention: 'retain' | 'obfuscate' | undefined;
}

const PROVIDER = 'twilio';

/** Twilio Programmable Messaging. It knows no idempotency key. */
export function createTwilio(
  settings: TwilioSettings,
  { transport, clock }: { transport: Transport; clock: Clock },
): Deliver<SmsMessage> {
  const { account } = settings;
  const url = new URL(`/2010-04-01/Accounts/${account.accountSid}/Messages.json`, account.apiUrl);
  const authorization = twilioAuthorization(account);
  return async (message, { deadline, expiresAt }) => {
    const sender = forCountry(settings.sender, message.country);
    if (sender === undefined)
      throw new DeliveryError('misconfigured', { provider: PROVIDER, code: 'NO_SENDER' });
    const body = new URLSearchParams(
      twilioFields(message, { ...settings, sender }, validityPeriod(expiresAt, clock.now())),
    );
    const messageId = await post({
      provider: PROVIDER,
      transport,
      url,
      headers: { authorization },
      content: { type: 'application/x-www-form-urlencoded', body: body.toString() },
      deadline,
      read: readTwilio,
    });
    return { provider: PROVIDER, messageId };
  };
}

/** Twilio API reference, Messages resource, `ValidityPeriod`: 1 to 36,000 seconds in Twilio's own queue. */
function validityPeriod(expiresAt: number, now: number): number {
  return Math.min(36_000, Math.max(1, Math.floor((expiresAt - now) / 1000)));
}

/**
 * Twilio API reference, Messages resource, "Create a Message".
 *
 * @param validityPeriod seconds.
 */
export function twilioFields(
  message: SmsMessage,
  {
    sender,
    contentRetention,
    addressRetention,
  }: Pick<TwilioSettings, 'contentRetention' | 'addressRetention'> & { sender: string },
  validityPeriod: number,
): Record<string, string> {
  return {
    To: message.to,
    [sender.startsWith('MG') && sender.length === 34 ? 'MessagingServiceSid' : 'From']: sender,
    Body: message.text,
    ValidityPeriod: String(validityPeriod),
    // The text arrives as OwnID rendered it, whatever the Messaging Service is set to.
    SmartEncoded: 'false',
    ShortenUrls: 'false',
    ...(contentRetention !== undefined && { ContentRetention: contentRetention }),
    ...(addressRetention !== undefined && { AddressRetention: addressRetention }),
  };
}

/**
 * Twilio's error dictionary. Twilio changes codes (changelog of 2024-07-10), so that an error whose code is not here is
 * told by its status.
 */
const KINDS: Readonly<Record<string, DeliveryErrorKind | undefined>> = {
  20429: 'transient', // too many requests
  21611: 'transient', // the sender's queue is full

  10001: 'misconfigured', // account not active
  20003: 'misconfigured', // credentials, region, or a suspended account
  21212: 'misconfigured', // From is invalid
  21408: 'misconfigured', // country not enabled
  21601: 'misconfigured', // From cannot send SMS
  21606: 'misconfigured', // From belongs to no such account
  21608: 'misconfigured', // trial account
  21612: 'misconfigured', // no route from From to To
  21659: 'misconfigured', // From is not ours
  21661: 'misconfigured', // From is not SMS-capable
  21663: 'misconfigured', // From belongs to another region
  21703: 'misconfigured', // the Messaging Service has no sender
  21705: 'misconfigured', // the Messaging Service does not exist
  30034: 'misconfigured', // number not registered in the United States

  14107: 'rejected', // too many messages between two numbers
  21211: 'rejected', // To is invalid
  21604: 'rejected', // To is missing
  21610: 'rejected', // opted out
  21614: 'rejected', // not a mobile number
  21617: 'rejected', // text too long
  21635: 'rejected', // landline

  20503: 'ambiguous', // unavailable
};

function statusKind(status: number): DeliveryErrorKind {
  if (status === 401 || status === 403 || status === 404) return 'misconfigured';
  if (status === 429) return 'transient';
  return status >= 400 && status < 500 ? 'rejected' : 'ambiguous';
}

function readTwilio(response: HttpResponse): { result: string } | Failure {
  const { status } = response;
  const { sid, code, status: repeated } = membersOf(jsonBody(response));
  const messageId = plainWord(sid);
  if (status === 201 && messageId !== undefined) return { result: messageId };
  // Twilio's own errors have a code of five digits and repeat the status.
  const isOwn =
    status >= 400 && status === repeated && Number.isInteger(code) && /^\d{5}$/.test(String(code));
  if (!isOwn) return foreignAnswer(response);
  return { kind: KINDS[String(code)] ?? statusKind(status), code: String(code) };
}
