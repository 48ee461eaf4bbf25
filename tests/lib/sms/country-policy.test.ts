import { getCountries } from 'libphonenumber-js/core';
import metadata from 'libphonenumber-js/mobile/metadata';
import { unknownCountry } from '../../../lib/sms/country-policy.js';

const every = getCountries(metadata);

test('every country with phone numbers is known, and no other code', () => {
  const letters = Array.from({ length: 26 }, (_, index) => String.fromCharCode(65 + index));
  const codes = letters.flatMap((first) => letters.map((second) => first + second));
  const known = codes.filter((code) => unknownCountry(new Set([code])) === undefined);
  expect(known).toEqual([...every].sort());
});

test('the alias of a country is answered with its code', () => {
  expect(unknownCountry(new Set(['US', 'UK']))).toBe(
    'must list codes of ISO 3166, and number 2 of the list is none; did you mean GB?',
  );
});
