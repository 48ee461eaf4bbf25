import { type ByCountry, forCountry } from '../settings/by-country.js';
import type { Get } from '../settings/settings.js';

/** Who an SMS comes from, by the country that it goes to. */
export interface SmsSender {
  readonly number: ByCountry<string>;
  readonly id: ByCountry<string>;
}

export function senderSettings(get: Get): SmsSender {
  return { number: get('SMS_ORIGINATION_NUMBER'), id: get('SMS_SENDER_ID') };
}

/** The one sender of a message: the country's number, else its sender id. Neither leaves the choice to the provider. */
export function senderFor(
  sender: SmsSender,
  country: string,
): { number?: string | undefined; senderId?: string | undefined } {
  const number = forCountry(sender.number, country);
  return number === undefined ? { senderId: forCountry(sender.id, country) } : { number };
}
