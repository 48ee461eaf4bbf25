import fc from 'fast-check';
import { parseEmailAddress } from '../../../lib/ownid/email-address.js';

test.each([
  ['user@example.com', 'user@example.com'],
  ['User.Name+tag@EXAMPLE.com', 'User.Name+tag@example.com'],
  ["o'brien@example.com", "o'brien@example.com"],
  ['a@b.co', 'a@b.co'],
  ['a#$&*/?=^_`{|}~-1@example.com', 'a#$&*/?=^_`{|}~-1@example.com'],
  ['user@münchen.de', 'user@xn--mnchen-3ya.de'],
  ['user@例え.テスト', 'user@xn--r8jz45g.xn--zckzah'],
  ['user@xn--mnchen-3ya.de', 'user@xn--mnchen-3ya.de'],
  ['user@faß.de', 'user@xn--fa-hia.de'],
  ['user@a。com', 'user@a.com'],
  ['user@1a.2b', 'user@1a.2b'],
  [`${'a'.repeat(64)}@example.com`, `${'a'.repeat(64)}@example.com`],
])('reads %s', (text, address) => {
  expect(parseEmailAddress(text)).toBe(address);
});

test.each([
  ['nothing', ''],
  ['no at sign', 'example.com'],
  ['no local part', '@example.com'],
  ['no domain', 'user@'],
  ['two at signs', 'user@example.com@evil.com'],
  ['a list', 'a@example.com,b@evil.com'],
  ['a list with semicolons', 'a@example.com;b@evil.com'],
  ['a list with spaces', 'a@example.com b@evil.com'],
  ['a group', 'friends: a@example.com, b@evil.com;'],
  ['a display name', 'User <user@example.com>'],
  ['angle brackets', '<user@example.com>'],
  ['a header', 'user@example.com\nBcc: other@evil.com'],
  ['a header, carriage return', 'user@example.com\r\nBcc: other@evil.com'],
  ['a line break within the domain', 'user@exam\nple.com'],
  ['a tab', 'user@example.com\t'],
  ['a leading space', ' user@example.com'],
  ['NUL', 'user\0@example.com'],
  ['a quoted local part', '"user"@example.com'],
  ['a quoted local part holding an address', '"a@example.com b"@evil.com'],
  ['a comment', 'user(comment)@example.com'],
  ['a comment in the domain', 'user@example.com(evil.com)'],
  ['a backslash', 'user\\@evil.com@example.com'],
  ['an address literal', 'user@[127.0.0.1]'],
  ['an IPv4 address', 'user@127.0.0.1'],
  ['an IPv4 address in hexadecimal', 'user@0x7f.1'],
  ['an IPv6 address literal', 'user@[IPv6:::1]'],
  ['a source route', '@relay.com:user@example.com'],
  ['a percent route', 'user%evil.com@example.com'],
  ['a bang path', 'evil!user@example.com'],
  ['a domain without a dot', 'user@localhost'],
  ['a trailing dot', 'user@example.com.'],
  ['an empty label', 'user@example..com'],
  ['a leading hyphen', 'user@-example.com'],
  ['a trailing hyphen', 'user@example-.com'],
  ['an underscore in the domain', 'user@exa_mple.com'],
  ['a percent-encoded domain', 'user@ex%61mple.com'],
  ['a soft hyphen in the domain', 'user@exa\u00admple.com'],
  ['a zero-width space in the domain', 'user@exa\u200bmple.com'],
  ['a right-to-left override', 'user@\u202emoc.elpmaxe'],
  ['an invalid A-label', 'user@xn--a.com'],
  ['a fullwidth at sign', 'user＠example.com'],
  ['a fullwidth at sign in the domain', 'user@a＠example.com'],
  ['a non-ASCII local part', 'üser@example.com'],
  ['a local part that starts with a dot', '.user@example.com'],
  ['a local part with two dots', 'us..er@example.com'],
  ['an encoded word', '=?utf-8?q?a?=@example.com'],
  ['the beginning of an encoded word', 'user=?@example.com'],
])('refuses %s', (_, text) => {
  expect(() => parseEmailAddress(text)).toThrow(new Error('email_malformed'));
});

test.each([
  ['local part', `${'a'.repeat(65)}@example.com`],
  ['domain', `a@${'a.'.repeat(126)}com`],
  ['address', `${'a'.repeat(64)}@${'a.'.repeat(94)}com`],
  [
    'address, once its domain is in ASCII',
    `${'a'.repeat(40)}@${'ü'.repeat(50)}.${'é'.repeat(50)}.${'ö'.repeat(50)}.${'ä'.repeat(50)}.de`,
  ],
])('refuses a %s that is too long', (_, text) => {
  expect(() => parseEmailAddress(text)).toThrow(new Error('email_too_long'));
});

test('nothing is computed for an address of more than 254 characters', () => {
  // Long enough for IDNA to refuse it as malformed only after seconds; what is not looked at is too long.
  expect(() => parseEmailAddress(`a@${'ü.'.repeat(43_500)}`)).toThrow(new Error('email_too_long'));
});

test('a label of more than 63 characters', () => {
  expect(() => parseEmailAddress(`a@${'a'.repeat(64)}.com`)).toThrow(new Error('email_malformed'));
});

test('whatever is accepted is one ASCII address, and parses to itself (property)', () => {
  const hostile = fc.constantFrom(...Array.from('a1@.,;:<>()[]"\\%!\r\n\t \0\'+-_ü＠。|/'));
  const text = fc.oneof(
    fc.string(),
    fc.emailAddress(),
    fc.string({ unit: hostile }),
    fc.string({ unit: 'binary' }),
  );
  let accepted = 0;
  fc.assert(
    fc.property(text, text, (first, second) => {
      for (const candidate of [
        first,
        `${first}@${second}`,
        `${first}${second}`,
        `a@${second}`,
        `${first}@b.co`,
      ]) {
        let address: string;
        try {
          address = parseEmailAddress(candidate);
        } catch (error) {
          expect((error as Error).message).toMatch(/^email_(?:malformed|too_long)$/);
          continue;
        }
        accepted += 1;
        expect(address).toMatch(/^[\x21-\x7e]+$/);
        expect(address.split('@')).toHaveLength(2);
        expect(address).not.toMatch(/[\s,;:<>()[\]"\\%!]|=\?/);
        expect(parseEmailAddress(address)).toBe(address);
      }
    }),
    { numRuns: 1000 },
  );
  expect(accepted).toBeGreaterThan(100);
});
