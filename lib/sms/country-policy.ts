import { getCountries } from 'libphonenumber-js/core';
import metadata from 'libphonenumber-js/mobile/metadata';
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

/** What is wrong with a list of codes, where one of them stands for no country that has phone numbers. */
export function unknownCountry(codes: ReadonlySet<string>): string | undefined {
  const countries = new Set<string>(getCountries(metadata));
  const position = [...codes].findIndex((code) => !countries.has(code));
  if (position < 0) return undefined;
  // Unicode knows the aliases of countries: UK is GB.
  const { region = '' } = new Intl.Locale(`und-${[...codes][position] ?? ''}`);
  const hint = countries.has(region) ? `; did you mean ${region}?` : '';
  return `must list codes of ISO 3166, and number ${position + 1} of the list is none${hint}`;
}
