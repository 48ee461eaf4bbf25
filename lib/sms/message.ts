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
  /** The code apart from the text, for providers that have texts of their own. */
  readonly code?: string | undefined;
}

/** Amazon SNS takes at most 1,600 bytes, which is ten parts of GSM-7. */
export const MAX_TEXT_BYTES = 1600;

// OwnID documentation, custom SMS provider: `phoneNumber`, `messageText`, `code`. The text holds the code already, so that
// it is missed only by those who send a text of their own.
const payload = v.object(
  {
    phoneNumber: v.string('phone_number_missing'),
    messageText: v.pipe(
      // Line breaks and tabs are text; any other control character is not.
      text('message_text', { maximum: MAX_TEXT_BYTES, forbidden: /[^\P{Cc}\t\n\r]/u }),
      v.maxBytes(MAX_TEXT_BYTES, 'message_text_too_long'),
    ),
    code: v.optional(v.unknown()),
  },
  'not_an_object',
);

/**
 * Parses the body of an SMS webhook.
 *
 * @throws {Refusal} `malformed`, or `bad_recipient` when `phoneNumber` is not a valid number that can receive SMS.
 */
export function parseSms(body: VerifiedBody): SmsMessage {
  const { phoneNumber, messageText, code } = parseJson(payload, body);
  return { ...parseRecipient(phoneNumber), text: messageText, code: plainCode(code) };
}

function plainCode(code: unknown): string | undefined {
  return typeof code === 'string' && /^[\w-]{1,32}$/.test(code) ? code : undefined;
}

/** False where OwnID's template has lost its code. It may write the code in groups. */
export function holdsCode({ text: words, code = '' }: SmsMessage): boolean {
  const bare = (value: string) => value.replace(/[\s-]/g, '');
  return bare(words).includes(bare(code));
}

// Exchange 976 is kept for information services at the caller's cost, in every area of the North American plan.
const PREMIUM_EXCHANGE = /^\+1\d{3}976/;

function parseRecipient(phoneNumber: string): { to: string; country: string } {
  if (!/^\+[1-9]\d{6,14}$/.test(phoneNumber)) throw new Refusal('bad_recipient', 'phone_number_malformed');
  const country = countryOfMobile(phoneNumber);
  if (country === undefined || PREMIUM_EXCHANGE.test(phoneNumber)) {
    throw new Refusal('bad_recipient', 'phone_number_not_mobile');
  }
  return { to: phoneNumber, country };
}

/**
 * The country in whose plan of mobile numbers a number in E.164 is. Satellite phones and international services are in no
 * country's, and cost more than any.
 *
 * The library would say the same, but there is nothing to parse, and it is larger than all the rest.
 */
function countryOfMobile(phoneNumber: string): string | undefined {
  const { country_calling_codes: codes, countries } = plansFor(phoneNumber);
  const code = [2, 3, 4].map((end) => phoneNumber.slice(1, end)).find((prefix) => prefix in codes) ?? '';
  const national = phoneNumber.slice(1 + code.length);
  const matches = (pattern = '') => new RegExp(`^(?:${pattern})$`).test(national);
  return codes[code]?.find((country) => {
    const [, , pattern, lengths, , , , , , , , types] = countries[country] ?? [];
    const [mobilePattern, mobileLengths = lengths] = types?.[1] ?? [];
    return mobileLengths?.includes(national.length) === true && matches(pattern) && matches(mobilePattern);
  });
}

const queued = v.object({
  to: v.string(),
  country: v.string(),
  text: v.string(),
  code: v.exactOptional(v.string()),
});

/** A text message as a queue entry holds it; undefined where it is none. */
export function readSms(value: unknown): SmsMessage | undefined {
  const { success, output } = v.safeParse(queued, value);
  return success ? output : undefined;
}
