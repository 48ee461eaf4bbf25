import fc from 'fast-check';
import PostalMime from 'postal-mime';
import { composeMail } from '../../../../lib/email/smtp/mime.js';
import { emailMessage } from '../../../support/email-provider.js';

const sender = { from: 'otp@shop.example', name: undefined, replyTo: undefined };

async function compose(subject: string, name?: string) {
  const { source } = await composeMail(emailMessage({ subject }), { ...sender, name }, 'an-id');
  const [head = ''] = source.toString().split('\r\n\r\n');
  const field = (wanted: string) =>
    new RegExp(String.raw`^${wanted}:.*(?:\r\n[ \t].*)*`, 'm').exec(head)?.[0] ?? '';
  return { field, mail: await PostalMime.parse(source) };
}

const SUBJECTS = [
  'Your code is 493817',
  'ログイン確認コード:ご本人様確認のため、次のコードを入力してください',
  `${'a'.repeat(60)} é${' word'.repeat(20)}`,
  'x'.repeat(255),
  `${'x'.repeat(60)}${` ${'y'.repeat(60)}`.repeat(3)}`,
  '🔐'.repeat(127),
  'Your code =?UTF-8?B?RXZpbA==?= here',
  '=?utf-8?q?a?=',
  ' a  b ',
];

test.each(SUBJECTS)(
  'a subject has no empty line, none that is too long, and reads as it was: %s',
  async (subject) => {
    const { field, mail } = await compose(subject);
    for (const line of field('Subject').split('\r\n')) {
      expect(line.length).toBeLessThanOrEqual(76);
      expect(line).toMatch(/^(?:Subject:)? \S/);
    }
    expect(mail.subject).toBe(subject);
  },
);

test('any subject reads as it was (property)', async () => {
  const subject = fc
    .string({ unit: 'binary', minLength: 1, maxLength: 255 })
    .filter((text) => text.isWellFormed() && !/[\p{Cc}\p{Zl}\p{Zp}]/u.test(text));
  await fc.assert(
    fc.asyncProperty(subject, async (text) => {
      expect((await compose(text)).mail.subject).toBe(text);
    }),
  );
});

test.each(['ü'.repeat(100), 'Shop "Best", <Inc.>', '認証 🔐'.repeat(16)])(
  'a display name has no empty line either: %s',
  async (name) => {
    const { field, mail } = await compose('a', name);
    expect(field('From')).toMatch(/^From: \S/);
    expect(mail.from?.name).toBe(name);
  },
);
