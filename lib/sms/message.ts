import parsePhoneNumber from 'libphonenumber-js/core';
import * as v from 'valibot';
import { Refusal } from '../errors.js';
import { type Message, parseJson, text } from '../ownid/message.js';
import type { VerifiedBody } from '../ownid/signature.js';
import { plansFor } from './numbering-plans.js';

/** One rendered text message: to one E.164 number of a type that receives SMS, in the country it belongs to. */
export interface SmsMessage extends Message {
  /** ISO 3166 code. */
  readonly country: string;
  readonly text: string;
}

/** Amazon SNS takes at most 1,600 bytes, which is ten parts of GSM-7. */
export const MAX_TEXT_BYTES = 1600;

// OwnID documentation, custom SMS provider: `phoneNumber`, `messageText`, `code`. The text holds the code already.
const payload = v.object(
  {
    phoneNumber: v.string('phone_number_missing'),
    messageText: v.pipe(
      // Line breaks and tabs are text; any other control character is not.
      text('message_text', { maximum: MAX_TEXT_BYTES, forbidden: /[^\P{Cc}\t\n\r]/u }),
      v.maxBytes(MAX_TEXT_BYTES, 'message_text_too_long'),
    ),
  },
  'not_an_object',
);

/**
 * Parses the body of an SMS webhook.
 *
 * @throws {Refusal} `malformed`, or `bad_recipient` when `phoneNumber` is not a valid number that can receive SMS.
 */
export function parseSms(body: VerifiedBody): SmsMessage {
  const { phoneNumber, messageText } = parseJson(payload, body);
  return { ...parseRecipient(phoneNumber), text: messageText };
}

// Exchange 976 is kept for information services at the caller's cost, in every area of the North American plan.
const PREMIUM_EXCHANGE = /^\+1\d{3}976/;

function parseRecipient(phoneNumber: string): { to: string; country: string } {
  if (!/^\+[1-9]\d{6,14}$/.test(phoneNumber)) throw new Refusal('bad_recipient', 'phone_number_malformed');
  // These plans know mobile numbers alone: to them, a toll-free or premium-rate number is not valid.
  const number = parsePhoneNumber(phoneNumber, plansFor(phoneNumber));
  const { country } = number ?? {};
  if (
    number?.isValid() !== true ||
    number.number !== phoneNumber ||
    // A plan without mobile numbers (Tristan da Cunha) is not checked by type, and its fixed lines are valid.
    number.getType() !== 'MOBILE' ||
    // Satellite phones and international services belong to no country, and cost more than any.
    country === undefined ||
    PREMIUM_EXCHANGE.test(phoneNumber)
  ) {
    throw new Refusal('bad_recipient', 'phone_number_not_mobile');
  }
  return { to: phoneNumber, country };
}

const queued = v.object({ to: v.string(), country: v.string(), text: v.string() });

/** A text message as a queue entry holds it; undefined where it is none. */
export function readSms(value: unknown): SmsMessage | undefined {
  const { success, output } = v.safeParse(queued, value);
  return success ? output : undefined;
}
