import fc from 'fast-check';
import { parseEmail } from '../../../lib/email/message.js';
import { Refusal } from '../../../lib/errors.js';
import { parseSms } from '../../../lib/sms/message.js';
import { refusalOf } from '../../support/refusal.js';
import { verified } from '../../support/verified.js';

const EMAIL = { email: 'user@example.com', subject: 'Login Verification', body: 'Your code is: 5928' };
const SMS = { phoneNumber: '+12133734253', messageText: 'Your code is 1234', code: '1234' };

const email = (change: object) => parseEmail(verified(JSON.stringify({ ...EMAIL, ...change })));
const sms = (change: object) => parseSms(verified(JSON.stringify({ ...SMS, ...change })));

describe('JSON', () => {
  test.each<[string, string | Uint8Array, string]>([
    ['nothing', '', 'not_json'],
    ['no JSON', 'hello', 'not_json'],
    ['cut off', '{"email":', 'not_json'],
    ['two values', '{}{}', 'not_json'],
    ['invalid UTF-8', Buffer.from([0x22, 0xff, 0x22]), 'not_json'],
    ['UTF-16', Buffer.from(JSON.stringify(EMAIL), 'utf16le'), 'not_json'],
    ['null', 'null', 'not_an_object'],
    ['a string', '"hello"', 'not_an_object'],
    ['a number', '1', 'not_an_object'],
    ['an array', '[]', 'email_missing'],
    ['an empty object', '{}', 'email_missing'],
  ])('%s is refused', (_, body, reason) => {
    expect(refusalOf(() => parseEmail(verified(body)))).toBe(`malformed: ${reason}`);
  });

  test('a byte order mark is skipped', () => {
    expect(parseEmail(verified(`\ufeff${JSON.stringify(EMAIL)}`)).to).toBe('user@example.com');
  });

  test('unknown members are ignored', () => {
    expect(email({ locale: 'en', cc: ['other@evil.com'], bcc: 'x@evil.com', to: 'y@evil.com' })).toEqual({
      to: 'user@example.com',
      subject: 'Login Verification',
      html: 'Your code is: 5928',
    });
  });

  test('members of the prototype are not taken for members', () => {
    const body = '{"__proto__":{"email":"user@example.com","subject":"s","body":"b"}}';
    expect(refusalOf(() => parseEmail(verified(body)))).toBe('malformed: email_missing');
  });
});

describe('email', () => {
  test.each<[string, object, string]>([
    ['email is no string', { email: ['user@example.com'] }, 'malformed: email_missing'],
    ['email is two addresses', { email: 'a@example.com,b@example.com' }, 'bad_recipient: email_malformed'],
    ['email is too long', { email: `${'a'.repeat(65)}@example.com` }, 'bad_recipient: email_too_long'],
    ['subject is missing', { subject: undefined }, 'malformed: subject_missing'],
    ['subject is null', { subject: null }, 'malformed: subject_missing'],
    ['subject is empty', { subject: '' }, 'malformed: subject_empty'],
    [
      'subject has a line break',
      { subject: 'Hi\nBcc: other@evil.com' },
      'malformed: subject_control_character',
    ],
    ['subject has a carriage return', { subject: 'Hi\rthere' }, 'malformed: subject_control_character'],
    ['subject has NUL', { subject: 'Hi\0' }, 'malformed: subject_control_character'],
    ['subject has DEL', { subject: 'Hi\x7f' }, 'malformed: subject_control_character'],
    ['subject has NEXT LINE', { subject: 'Hi\x85' }, 'malformed: subject_control_character'],
    ['subject has a line separator', { subject: 'Hi\u2028' }, 'malformed: subject_control_character'],
    ['subject has half a surrogate pair', { subject: 'Hi \ud83d' }, 'malformed: subject_malformed'],
    ['subject has 256 characters', { subject: 'a'.repeat(256) }, 'malformed: subject_too_long'],
    ['body is missing', { body: undefined }, 'malformed: body_missing'],
    ['body is an object', { body: {} }, 'malformed: body_missing'],
    ['body is empty', { body: '' }, 'malformed: body_empty'],
    ['body has half a surrogate pair', { body: '\udc00' }, 'malformed: body_malformed'],
  ])('%s', (_, change, refusal) => {
    expect(refusalOf(() => email(change))).toBe(refusal);
  });

  test('a subject of 255 characters and a body with any character are taken', () => {
    expect(email({ subject: 'ü'.repeat(255), body: 'line\r\nline\t👩‍👩‍👧' })).toEqual({
      to: 'user@example.com',
      subject: 'ü'.repeat(255),
      html: 'line\r\nline\t👩‍👩‍👧',
    });
  });
});

describe('SMS', () => {
  test.each([
    ['+12133734253', 'US'],
    ['+14165550123', 'CA'],
    ['+447400123456', 'GB'],
    ['+4915112345678', 'DE'],
    ['+919876543210', 'IN'],
    ['+525512345678', 'MX'],
    ['+447624123456', 'IM'],
  ])('%s is a number in %s', (phoneNumber, country) => {
    expect(sms({ phoneNumber })).toEqual({
      to: phoneNumber,
      country,
      text: 'Your code is 1234',
      code: '1234',
    });
  });

  test.each<[string, unknown, string]>([
    ['missing', undefined, 'malformed: phone_number_missing'],
    ['a JSON number', 12133734253, 'malformed: phone_number_missing'],
    ['empty', '', 'bad_recipient: phone_number_malformed'],
    ['without plus', '12133734253', 'bad_recipient: phone_number_malformed'],
    ['with 00', '0012133734253', 'bad_recipient: phone_number_malformed'],
    ['with spaces', '+1 213 373 4253', 'bad_recipient: phone_number_malformed'],
    ['with an extension', '+12133734253;ext=5', 'bad_recipient: phone_number_malformed'],
    ['two numbers', '+12133734253,+12133734254', 'bad_recipient: phone_number_malformed'],
    ['with a line break', '+12133734253\n', 'bad_recipient: phone_number_malformed'],
    ['in other digits', '+١٢١٣٣٧٣٤٢٥٣', 'bad_recipient: phone_number_malformed'],
    ['of 16 digits', '+1213373425312345', 'bad_recipient: phone_number_malformed'],
    ['short', '+12345', 'bad_recipient: phone_number_malformed'],
    [
      "the documentation's example, which no operator has",
      '+1234567890',
      'bad_recipient: phone_number_not_mobile',
    ],
    ['toll-free, US', '+18005551234', 'bad_recipient: phone_number_not_mobile'],
    ['premium-rate, US', '+19005551234', 'bad_recipient: phone_number_not_mobile'],
    ['premium-rate, UK', '+449012345678', 'bad_recipient: phone_number_not_mobile'],
    ['fixed line, UK', '+442071838750', 'bad_recipient: phone_number_not_mobile'],
    ['fixed line, FR', '+33145000000', 'bad_recipient: phone_number_not_mobile'],
    ['shared cost, DE', '+491801234567', 'bad_recipient: phone_number_not_mobile'],
    ['with the national 0, UK', '+4407400123456', 'bad_recipient: phone_number_not_mobile'],
  ])('a number is refused: %s', (_, phoneNumber, refusal) => {
    expect(refusalOf(() => sms({ phoneNumber }))).toBe(refusal);
  });

  test.each<[string, unknown, string | undefined]>([
    ['missing', undefined, 'malformed: message_text_missing'],
    ['empty', '', 'malformed: message_text_empty'],
    ['with NUL', 'a\0b', 'malformed: message_text_control_character'],
    ['with an escape sequence', 'a\x1b[31m', 'malformed: message_text_control_character'],
    ['with line breaks and tabs', 'a\r\nb\tc', undefined],
    ['with half a surrogate pair', '\ud83d', 'malformed: message_text_malformed'],
    ['of 1,600 bytes', 'a'.repeat(1600), undefined],
    ['of 1,600 bytes in fewer characters', 'é'.repeat(800), undefined],
    ['of 1,601 bytes', 'a'.repeat(1601), 'malformed: message_text_too_long'],
    ['of 1,602 bytes in fewer characters', 'é'.repeat(801), 'malformed: message_text_too_long'],
  ])('a text %s', (_, messageText, refusal) => {
    expect(refusalOf(() => sms({ messageText }))).toBe(refusal);
  });

  test('the code apart from the text is not needed', () => {
    expect(sms({ code: undefined }).text).toBe('Your code is 1234');
  });
});

test('any JSON is parsed to one recipient or refused (property)', () => {
  const members = fc.record(
    {
      email: fc.oneof(fc.emailAddress(), fc.jsonValue()),
      subject: fc.oneof(fc.string(), fc.jsonValue()),
      body: fc.oneof(fc.string(), fc.jsonValue()),
      phoneNumber: fc.oneof(fc.constant('+12133734253'), fc.jsonValue()),
      messageText: fc.oneof(fc.string(), fc.jsonValue()),
    },
    { requiredKeys: [] },
  );
  fc.assert(
    fc.property(
      fc.oneof(
        members.map((value) => JSON.stringify(value)),
        fc.json(),
        fc.string(),
      ),
      (body) => {
        for (const parse of [parseEmail, parseSms]) {
          try {
            expect(parse(verified(body)).to).toMatch(/^[^\s,;]+$/);
          } catch (error) {
            expect(error).toBeInstanceOf(Refusal);
          }
        }
      },
    ),
    { numRuns: 500 },
  );
});
