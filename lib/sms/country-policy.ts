import { Refusal } from '../errors.js';
import type { SmsMessage } from './message.js';

/**
 * Lets through what goes to an allowed country; with `*`, to any.
 *
 * The function it returns throws {@link Refusal} `country_not_allowed`.
 */
export function permitCountry(allowed: ReadonlySet<string> | '*'): (message: SmsMessage) => void {
  return ({ country }) => {
    if (allowed === '*' || allowed.has(country)) return;
    throw new Refusal('country_not_allowed', 'country_not_allowed');
  };
}
