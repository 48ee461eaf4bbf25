import { getCountries } from 'libphonenumber-js/core';
import metadata from 'libphonenumber-js/mobile/metadata';
import { COUNTRIES } from '../../../lib/sms/countries.js';

test('the countries that may be listed are those whose numbers can be told', () => {
  expect([...COUNTRIES].sort()).toEqual(getCountries(metadata).sort());
});
