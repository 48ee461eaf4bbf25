import { emailChannel } from '../../../lib/email/channel.js';
import { type Environment, readSettings } from '../../../lib/settings/settings.js';
import type { SettingName } from '../../../lib/settings/table.js';
import { createCertificate } from '../../../tools/loopback/certificate.js';

const read = <N extends SettingName>(name: N, text: string | undefined) =>
  readSettings({ app: '', values: { [name]: text } }, (get) => get(name));

test.each<[SettingName, string | undefined, unknown]>([
  ['EMAIL_PROVIDER', 'smtp, ses', ['smtp', 'ses']],
  ['SMTP_HOST', 'smtp.example.com', 'smtp.example.com'],
  ['SMTP_HOST', '127.0.0.1', '127.0.0.1'],
  ['SMTP_PORT', undefined, 587],
  ['SMTP_PORT', '25', 25],
  ['SMTP_SECURITY', undefined, undefined],
  ['SMTP_SECURITY', 'tls', 'tls'],
  ['SMTP_PASSWORD', 'correct horse 🐎', 'correct horse 🐎'],
  ['SMTP_CA', undefined, undefined],
  ['MICROSOFT_TENANT_ID', 'contoso.onmicrosoft.com', 'contoso.onmicrosoft.com'],
  ['MICROSOFT_TENANT_ID', 'C0FFEE00-1111-4222-8333-444455556666', 'C0FFEE00-1111-4222-8333-444455556666'],
  ['MICROSOFT_LOGIN_URL', undefined, new URL('https://login.microsoftonline.com/')],
  ['MICROSOFT_LOGIN_URL', 'https://login.microsoftonline.us', new URL('https://login.microsoftonline.us/')],
  ['MICROSOFT_SCOPE', 'https://outlook.office365.us/.default', 'https://outlook.office365.us/.default'],
  ['MICROSOFT_SMTP_HOST', undefined, 'smtp.office365.com'],
  ['SENDGRID_REGION', 'eu', 'eu'],
  ['SENDGRID_API_URL', 'http://127.0.0.1:1234', new URL('http://127.0.0.1:1234/')],
  ['SENDGRID_API_URL', 'http://localhost:1234/', new URL('http://localhost:1234/')],
  ['MANDRILL_API_URL', undefined, new URL('https://mandrillapp.com/')],
  ['WEBHOOK_HEADER', 'X-Relay-Key: a b:c', { name: 'x-relay-key', value: 'a b:c' }],
  ['WEBHOOK_HEADER', 'authorization:Bearer abc', { name: 'authorization', value: 'Bearer abc' }],
])('%s=%s is read as %j', (name, text, value) => {
  expect(read(name, text)).toEqual(value);
});

test.each<[SettingName, string]>([
  ['EMAIL_PROVIDER', 'smtp,smtp'],
  ['EMAIL_FROM_NAME', '=?UTF-8?Q?Evil?='],
  ['SMTP_HOST', 'smtp://smtp.example.com'],
  ['SMTP_HOST', 'smtp.example.com:587'],
  ['SMTP_HOST', '-smtp.example.com'],
  ['SMTP_HOST', 'smtp..example.com'],
  ['SMTP_PORT', '0'],
  ['SMTP_PORT', '65536'],
  ['SMTP_SECURITY', 'none'],
  ['SMTP_PASSWORD', 'a\nb'],
  ['SMTP_CA', 'not one at all'],
  ['SMTP_CA', '-----BEGIN CERTIFICATE-----\nbm90aGluZw==\n-----END CERTIFICATE-----'],
  ['MICROSOFT_TENANT_ID', 'common'],
  ['MICROSOFT_TENANT_ID', '../evil'],
  ['MICROSOFT_CLIENT_ID', 'my app'],
  ['MICROSOFT_LOGIN_URL', 'http://login.microsoftonline.com'],
  ['MICROSOFT_LOGIN_URL', 'https://login.microsoftonline.com/tenant'],
  ['MICROSOFT_SCOPE', 'SMTP.SendAsApp'],
  ['SENDGRID_API_KEY', 'SG.a b'],
  ['SENDGRID_REGION', 'ap-1'],
  ['SENDGRID_API_URL', 'http://127.0.0.1.example.com'],
  ['SENDGRID_API_URL', 'https://user:pass@api.sendgrid.com'],
  ['SENDGRID_API_URL', 'https://api.sendgrid.com/?a=b'],
  ['SENDGRID_API_URL', 'ftp://127.0.0.1'],
  ['SENDGRID_API_URL', 'api.sendgrid.com'],
  ['WEBHOOK_HEADER', 'x-relay-key'],
  ['WEBHOOK_HEADER', 'x-relay-key:'],
  ['WEBHOOK_HEADER', 'x relay key: abc'],
  ['WEBHOOK_HEADER', 'x-relay-key: a, b'],
  ['WEBHOOK_HEADER', 'x-relay-key: é'],
])('%s=%j is a fault, named without the value', (name, text) => {
  expect(() => read(name, text)).toThrow(new RegExp(`- ${name} must `));
  expect(() => read(name, text)).not.toThrow(text);
});

test('certificates may come several at a time, and with escaped line breaks', async () => {
  const [one, two] = await Promise.all([createCertificate(), createCertificate()]);
  const both = one.cert.trim() + '\n' + two.cert.trim();
  expect(read('SMTP_CA', `issued by us\n${one.cert}\n${two.cert}`)).toBe(both);
  expect(read('SMTP_CA', both.replaceAll('\n', '\\n'))).toBe(both);
});

describe('a sender of more than 320 bytes', () => {
  const read = (values: Environment) => () => readSettings({ app: '', values }, emailChannel.settings);
  const smtp = { SMTP_HOST: 'mail.example.com', SMTP_USERNAME: 'relay', SMTP_PASSWORD: 'correct horse' };
  /** 220 characters; quotes, brackets and a space add 5. */
  const from = `${'a'.repeat(64)}@${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(24)}.io`;
  const fault = /- EMAIL_FROM_NAME is too long: Amazon SES takes 320 bytes/;

  test('is a fault of the settings where SES is in the route, and nowhere else', () => {
    const sender = { EMAIL_FROM: from, EMAIL_FROM_NAME: 'x'.repeat(96) };
    expect(read(sender)).toThrow(fault);
    expect(read({ ...sender, ...smtp, EMAIL_PROVIDER: 'smtp,ses' })).toThrow(fault);
    expect(read({ ...sender, ...smtp, EMAIL_PROVIDER: 'smtp' })).not.toThrow();
    expect(read({ ...sender, EMAIL_FROM_NAME: 'x'.repeat(95) })).not.toThrow();
  });

  test('is counted as it is encoded', () => {
    const sender = { EMAIL_FROM: 'otp@shop.example', EMAIL_FROM_NAME: 'ü'.repeat(100) };
    expect(read(sender)).toThrow(fault);
    expect(read({ ...sender, EMAIL_FROM_NAME: 'u'.repeat(100) })).not.toThrow();
  });

  test('waits for a value that is in the parameter store', () => {
    expect(read({ EMAIL_FROM: 'ssm:/from', EMAIL_FROM_NAME: 'ü'.repeat(100) })).not.toThrow();
  });
});
