import { byCountry, forCountry, routeByCountry } from '../../../lib/settings/by-country.js';
import { listOf, matching, oneOf } from '../../../lib/settings/formats.js';

const word = byCountry(matching(/^\w+$/, 'a word'));
const route = routeByCountry(listOf(oneOf(['sns', 'eum', 'twilio'])));

test.each([
  ['Acme', { US: 'Acme', GB: 'Acme' }],
  ['*=Acme', { US: 'Acme', GB: 'Acme' }],
  ['GB=AcmeUK', { US: undefined, GB: 'AcmeUK' }],
  ['Acme, GB=AcmeUK', { US: 'Acme', GB: 'AcmeUK' }],
  ['GB=AcmeUK, *=Acme', { US: 'Acme', GB: 'AcmeUK' }],
  ['Acme, US=', { US: undefined, GB: 'Acme' }],
  [' US = no, Acme', undefined],
])('%s', (text, expected) => {
  if (expected === undefined) {
    expect(() => word(text)).toThrow('must be a word');
    return;
  }
  const values = word(text);
  const found = Object.keys(expected).map((country) => [country, forCountry(values, country)]);
  expect(Object.fromEntries(found)).toEqual(expected);
});

test.each([
  ['sns', { US: ['sns'], GB: ['sns'] }],
  ['eum,twilio', { US: ['eum', 'twilio'], GB: ['eum', 'twilio'] }],
  ['US=eum, IN=twilio, *=sns', { US: ['eum'], IN: ['twilio'], GB: ['sns'] }],
  ['sns, US=eum, twilio, IN=twilio', { US: ['eum', 'twilio'], IN: ['twilio'], GB: ['sns'] }],
])('a route: %s', (text, expected) => {
  const found = Object.keys(expected).map((country) => [country, forCountry(route(text), country)]);
  expect(Object.fromEntries(found)).toEqual(expected);
});

test.each([
  ['Acme, GB=AcmeUK, GB=Other', 'must not name GB twice'],
  ['Acme, *=Other', 'must not name * twice'],
  ['gb=Acme', 'must be a word'],
])('is refused: %s', (text, message) => {
  expect(() => word(text)).toThrow(message);
});

test.each([
  ['US=eum', 'must name a provider for each country'],
  ['sns, US=', 'must name a provider for each country'],
  ['sns,sns', 'must not name anything twice'],
  ['ses', 'must be one of: sns, eum, twilio'],
])('a route is refused: %s', (text, message) => {
  expect(() => route(text)).toThrow(message);
});
