import fc from 'fast-check';
import { providerSettings, withoutSettings } from '../../../tools/settings/edit.js';

/** How people write a setting, in whole lines. */
const STYLES: readonly ((name: string) => string)[] = [
  (name) => `${name}: smtp.acme-shop.com\n`,
  (name) => `${name}: '25' # of the old server\n`,
  (name) => `"${name}": "a: b # c"\n`,
  (name) => `${name}:\n`,
  (name) => `${name}:   \n  on a line of its own\n`,
  (name) => `${name}: |\n  -----BEGIN CERTIFICATE-----\n  MIIB\n\n  -----END CERTIFICATE-----\n`,
  (name) => `${name}: >-\n  folded\n  text\n`,
  (name) => `${name}: 'of two\n\n  lines'\n`,
  (name) => `? ${name}\n: explicit\n`,
];
const BETWEEN = ['', '\n', '# A comment\n', '\n# EMAIL_PROVIDER: in a comment\n\n'];

const line = fc.record({
  style: fc.constantFrom(...STYLES),
  before: fc.constantFrom(...BETWEEN),
  isRemoved: fc.boolean(),
});

test('removing settings removes their lines and leaves every other byte of the file', () => {
  fc.assert(
    fc.property(fc.array(line, { minLength: 1, maxLength: 8 }), fc.constantFrom(...BETWEEN), (lines, end) => {
      const pieces = lines.map(({ style, before, isRemoved }, index) => {
        const name = `SMTP_SETTING_${index}`;
        const setting = style(name);
        return { name, isRemoved, text: before + setting, rest: isRemoved ? before : before + setting };
      });
      const text = pieces.map((piece) => piece.text).join('') + end;
      const names = pieces.filter(({ isRemoved }) => isRemoved).map(({ name }) => name);
      expect(withoutSettings(text, names)).toBe(pieces.map(({ rest }) => rest).join('') + end);
    }),
    { numRuns: 500 },
  );
});

test.each([
  ['without a line end', 'A: 1\nSMTP_HOST: b', 'A: 1\n'],
  ['with Windows line ends', 'A: 1\r\nSMTP_HOST: b\r\nC: 2\r\n', 'A: 1\r\nC: 2\r\n'],
  ['with nothing else', 'SMTP_HOST: b\n', ''],
  ['with a beginning of a document', '---\nSMTP_HOST: b\nC: 2\n', '---\nC: 2\n'],
])('a file %s', (_, text, rest) => {
  expect(withoutSettings(text, ['SMTP_HOST'])).toBe(rest);
});

test.each([
  ['on one line', '{ A: 1, SMTP_HOST: b }\n'],
  ['with an anchor that another setting needs', 'SMTP_HOST: &host b\nA: *host\n'],
])('a file %s is not changed, and the error says what to delete', (_, text) => {
  expect(() => withoutSettings(text, ['SMTP_HOST'])).toThrow(/Delete by hand: SMTP_HOST$/);
});

const NAMES = [
  'OWNID_SHARED_SECRET',
  'EMAIL_PROVIDER',
  'EMAIL_PROVIDER__SHOP',
  'EMAIL_FROM',
  'SES_REGION',
  'SMTP_HOST',
  'SENDGRID_API_KEY__SHOP',
  'SMTP_HOSTS',
  'SMS_PROVIDER',
  'SMS_SENDER_ID',
  'EUM_CONFIGURATION_SET',
  'TWILIO_SENDER__MY_SHOP',
];

test('for email the provider and the settings of all providers but SES are removed, for all apps', () => {
  expect(providerSettings('email', NAMES)).toEqual([
    'EMAIL_PROVIDER',
    'EMAIL_PROVIDER__SHOP',
    'SMTP_HOST',
    'SENDGRID_API_KEY__SHOP',
  ]);
});

test('for SMS the provider and the settings of all providers but SNS are removed, but no sender', () => {
  expect(providerSettings('sms', NAMES)).toEqual([
    'SMS_PROVIDER',
    'EUM_CONFIGURATION_SET',
    'TWILIO_SENDER__MY_SHOP',
  ]);
});
