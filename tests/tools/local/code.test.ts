import { fileURLToPath } from 'node:url';

const { findCode } = (await import(
  fileURLToPath(new URL('../../../tools/local/page/code.js', import.meta.url))
)) as { findCode: (text?: string, subject?: string) => string | undefined };

test.each([
  ['Your code is 5928', '5928'],
  ['5928 is your verification code.', '5928'],
  ['Your verification code is\n\n123 456\n\nIt is good for 10 minutes.', '123 456'],
  ['Use G-482913 to sign in.', 'G-482913'],
  ['Your passcode: AB12CD', 'AB12CD'],
  ['Dein Code lautet 5928', '5928'],
  ['Ваш код 5928', '5928'],
  ['您的验证码：482913', '482913'],
  ['認証コード: 482913', '482913'],
])('in "%s" the code is %s', (text, code) => {
  expect(findCode(text)).toBe(code);
});

test.each([
  ['an order’s number', 'Order 20261124 was shipped. Your code is 5928.', '5928'],
  ['a price', 'You paid $1299.00. Your code is 5928.', '5928'],
  ['a phone number', 'Call +12025550123. Your code is 5928.', '5928'],
  ['a link', 'https://shop.example/98765432/x\nYour code is 5928.', '5928'],
  ['a year', 'Your code is 5928.\n© 2026 Example Shop', '5928'],
])('%s is not taken for it', (_, text, code) => {
  expect(findCode(text)).toBe(code);
});

test('the text comes before the subject, and the subject before nothing', () => {
  expect(findCode('Your code is 5928', '1111 is your code')).toBe('5928');
  expect(findCode('Welcome!', '5928 is your code')).toBe('5928');
});

test.each(['', 'Welcome to the shop.', '© 2026 Example Shop', 'See https://shop.example/12345678'])(
  'in "%s" there is none',
  (text) => {
    expect(findCode(text)).toBeUndefined();
  },
);
