import { isAddress } from '../../../tools/loopback/address.js';

test.each([
  'user@example.com',
  "o'neil+shop@a-b.example",
  'a.b.c@xn--bcher-kva.example',
  `${'a'.repeat(64)}@b.cd`,
])('%s is an address', (text) => {
  expect(isAddress(text)).toBe(true);
});

test.each([
  'a..b@example.com',
  '.a@example.com',
  'a.@example.com',
  'a@example..com',
  'a@.example.com',
  'a@-example.com',
  'a@localhost',
  'a b@example.com',
  'a@b@example.com',
  'a@example.com,b@example.com',
  'a@example.com\n',
  'größe@example.com',
  `${'a'.repeat(65)}@example.com`,
  `a@${'b.'.repeat(130)}example`,
  '',
  null,
  ['a@example.com'],
])('%j is not an address', (text) => {
  expect(isAddress(text)).toBe(false);
});
