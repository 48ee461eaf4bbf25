/** Which numbers are taken, beside the full metadata: the functions are built with that of mobile numbers alone. */
import fc from 'fast-check';
import { parsePhoneNumberFromString } from 'libphonenumber-js/core';
import metadata from 'libphonenumber-js/max/metadata';
import mobile from 'libphonenumber-js/mobile/metadata';
import { parseSms } from '../../../lib/sms/message.js';
import { refusalOf } from '../../support/refusal.js';
import { verified } from '../../support/verified.js';

const parse = (phoneNumber: string) =>
  parseSms(verified(JSON.stringify({ phoneNumber, messageText: 'Your code is 1234', code: '1234' })));
const SEED = 20_261_124;

// libphonenumber-js, METADATA.md: the calling code comes first, the patterns of the types of number are the twelfth.
type Plan = readonly unknown[];
const TYPES = 11;
const plans = Object.entries<Plan>(metadata.countries);
const nonGeographic = Object.entries<Plan>(metadata.nonGeographic);
const full = (number: string) => parsePhoneNumberFromString(number, metadata);

/** Numbers of every type that a plan has, made from its own patterns. */
function numbersOf(plan: Plan, each: number): string[] {
  const types = (plan[TYPES] ?? []) as readonly ([pattern: string] | 0)[];
  return types.flatMap((type) => {
    if (type === 0 || type[0] === '') return [];
    const national = fc.stringMatching(new RegExp(`^(?:${type[0]})$`));
    return fc.sample(national, { numRuns: each, seed: SEED }).map((digits) => `+${String(plan[0])}${digits}`);
  });
}

test.each(nonGeographic)('numbers of +%s belong to no country, and are refused', (_, plan) => {
  const numbers = numbersOf(plan, 50).filter((number) => number.length >= 8);
  expect(numbers.length).toBeGreaterThan(40);
  for (const number of numbers) expect(refusalOf(() => parse(number))).toMatch(/^bad_recipient: /);
});

test.each([
  ['universal freephone', '+80012345678'],
  ['shared cost', '+80812345678'],
  ['Inmarsat', '+870773101234'],
  ['universal personal number', '+878101234567890'],
  ['Iridium', '+881612345678'],
  ['international network', '+882161234567'],
  ['international network', '+883510012345'],
  ['telecommunications for disaster relief', '+88812345678901'],
  ['international premium rate', '+979123456789'],
  ['information service of a North American exchange 976', '+12129761234'],
  ['the same in Canada', '+14169761234'],
  ['fixed line of Tristan da Cunha', '+2908123'],
])('%s is refused: %s', (_, number) => {
  expect(refusalOf(() => parse(number))).toBe('bad_recipient: phone_number_not_mobile');
});

test('of all numbers of all types, those that can receive SMS are taken alone, each in its country', () => {
  const wrong = new Map<string, string>();
  let taken = 0;
  for (const number of plans.flatMap(([, plan]) => numbersOf(plan, 12))) {
    if (refusalOf(() => parse(number)) !== undefined) continue;
    taken += 1;
    const { country, type } = { country: full(number)?.country, type: full(number)?.getType() };
    const canReceive = type === 'MOBILE' || type === 'FIXED_LINE_OR_MOBILE';
    if (!canReceive || parse(number).country !== country) wrong.set(`${country} ${type}`, number);
  }
  expect([...wrong]).toEqual([]);
  expect(taken).toBeGreaterThan(2500);
});

test("every number gets the verdict of the library's parser", () => {
  const parsed = (number: string) => {
    const found = parsePhoneNumberFromString(number, mobile);
    const isMobile = found?.isValid() === true && found.getType() === 'MOBILE' && found.number === number;
    return isMobile ? found.country : undefined;
  };
  const digits = fc.stringMatching(/^[1-9]\d{6,14}$/).map((text) => `+${text}`);
  const numbers = [
    ...[...plans, ...nonGeographic].flatMap(([, plan]) => numbersOf(plan, 12)),
    ...fc.sample(digits, { numRuns: 5000, seed: SEED }),
  ].filter((number) => /^\+\d{7,15}$/.test(number) && !/^\+1\d{3}976/.test(number));
  const taken = (number: string) =>
    refusalOf(() => parse(number)) === undefined ? parse(number).country : undefined;
  expect(numbers.filter((number) => taken(number) !== parsed(number))).toEqual([]);
});
