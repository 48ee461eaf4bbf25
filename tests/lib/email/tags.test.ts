import { parseTags } from '../../../lib/email/tags.js';
import { readRequest } from '../../../lib/ownid/request.js';

const tagsOf = (headers: Record<string, string>) => parseTags(readRequest({ headers }));

test('every custom header with the prefix is a tag, whatever the case of its name', () => {
  expect(
    tagsOf({ 'X-OTP-Tag-Flow': 'login', 'x-otp-tag-brand_1': 'Shop-1_a', 'x-otp-tags': 'no', host: 'x' }),
  ).toEqual([
    { name: 'flow', value: 'login' },
    { name: 'brand_1', value: 'Shop-1_a' },
  ]);
  expect(tagsOf({})).toEqual([]);
});

test.each([
  ['an empty name', 'x-otp-tag-', 'login'],
  ['a name that is too long', `x-otp-tag-${'a'.repeat(17)}`, 'login'],
  ['a name that begins with an underscore', 'x-otp-tag-_flow', 'login'],
  ['a name with a colon', 'x-otp-tag-ses:from', 'login'],
  ['an empty value', 'x-otp-tag-flow', ''],
  ['a value that is too long', 'x-otp-tag-flow', 'a'.repeat(33)],
  ['spaces', 'x-otp-tag-flow', 'log in'],
  ['a line break', 'x-otp-tag-flow', 'login\r\nBcc: evil@example.com'],
  ['not ASCII', 'x-otp-tag-flow', 'löggä'],
  ['markup', 'x-otp-tag-flow', '<b>'],
])('%s is left out, and the others kept', (_, name, value) => {
  expect(tagsOf({ [name]: value, 'x-otp-tag-kept': 'yes' })).toEqual([{ name: 'kept', value: 'yes' }]);
});

test('a repeated tag is left out', () => {
  const headers = { 'x-otp-tag-flow': ['login', 'login'], 'x-otp-tag-kept': ['yes'] };
  expect(parseTags(readRequest({ multiValueHeaders: headers }))).toEqual([{ name: 'kept', value: 'yes' }]);
});

test('ten tags at most', () => {
  const headers = Object.fromEntries(Array.from({ length: 12 }, (_, index) => [`x-otp-tag-t${index}`, 'v']));
  expect(tagsOf(headers)).toHaveLength(10);
});
