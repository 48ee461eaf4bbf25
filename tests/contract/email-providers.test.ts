import type { EmailMessage } from '../../lib/email/message.js';
import { toPlainText } from '../../lib/email/plain-text.js';
import type { Environment } from '../../lib/settings/settings.js';
import { connectProvider, emailMessage } from '../support/email-provider.js';
import type { EmailWire } from './contract.js';
import { mandrill } from './mandrill.js';
import { microsoft } from './microsoft.js';
import { sendingTo, testProviderRules } from './rules.js';
import { sendgrid } from './sendgrid.js';
import { ses } from './ses.js';
import { smtp } from './smtp.js';

const PROVIDERS = [ses, smtp, microsoft, sendgrid, mandrill];

/** 200 KiB exactly, of every kind of character and line break that an encoding might touch. */
function largeBody(): string {
  const line = '<p>\r\n.\n.. code ＡＢＣ 🔐 é=3D\t--boundary 確認 ﷽ x\n</p> trailing space \n';
  const text = line.repeat(Math.floor((200 * 1024) / Buffer.byteLength(line)));
  return text + '.'.repeat(200 * 1024 - Buffer.byteLength(text));
}

describe.each(PROVIDERS)('$name', (contract) => {
  const { name } = contract;
  testProviderRules(contract, {
    connect: connectProvider,
    message: (to) => emailMessage(to === undefined ? {} : { to }),
    recipient: (index) => `${index}@example.com`,
    personal: /user@example\.com|5928|horse/,
  });

  describe('on the wire', () => {
    const deliver = sendingTo<EmailMessage, EmailWire>(contract);
    const send = (fields: Partial<EmailMessage>, environment: Environment = {}) =>
      deliver(connectProvider, emailMessage(fields), { environment });

    test('a message reaches its one recipient, and the acceptance names it', async () => {
      const { acceptance, wire, received: arrived } = await send({});
      expect(acceptance).toEqual({ provider: name, messageId: arrived.messageId });
      // Else the log would withhold it.
      expect(arrived.messageId).toMatch(/^[\w.<>@-]{1,200}$/);
      expect(wire).toEqual({
        to: ['user@example.com'],
        from: { name: '', address: 'otp@shop.example' },
        replyTo: [],
        subject: 'Login Verification',
        parts: [
          { type: 'text/plain', content: 'Your verification code is: 5928' },
          { type: 'text/html', content: '<p>Your verification code is: <b>5928</b></p>' },
        ],
        tags: [],
      });
    });

    test.each([
      ['ASCII', 'Shop'],
      ['quotes, commas and brackets', 'Shop "Best", <Inc.> \\ (a@b.example)'],
      ['Japanese', '株式会社オウンアイディー認証センター・ログイン確認係'],
      ['an emoji and accents', 'Café 🔐 Ünïcode'],
      ['as long as can be', 'u'.repeat(100)],
      ['long and accented', 'ü'.repeat(80)],
    ])('the display name is kept: %s', async (_, displayName) => {
      const { wire } = await send({}, { EMAIL_FROM_NAME: displayName, EMAIL_REPLY_TO: 'help@shop.example' });
      expect(wire.from).toEqual({ name: displayName, address: 'otp@shop.example' });
      expect(wire.replyTo).toEqual(['help@shop.example']);
      expect(wire.to).toEqual(['user@example.com']);
    });

    test.each([
      ['Japanese', 'ログイン確認コード:ご本人様確認のため、次のコードを入力してください'],
      ['looks encoded', 'Your code =?UTF-8?B?RXZpbA==?= here'],
      ['runs of spaces', ' Your  code   is 12 34 '],
      ['long words', `${'x'.repeat(120)} ${'y'.repeat(120)}`],
      ['as long as can be', '🔐'.repeat(127)],
    ])('the subject is kept: %s', async (_, subject) => {
      expect((await send({ subject })).wire.subject).toBe(subject);
    });

    test.each([
      ['an emoji', '<p>Your code is <b>1234</b> 🎉👩‍👩‍👧‍👦</p>'],
      ['dots at the beginnings of lines', '<p>a\n.\n..\r\n.b</p>'],
      ['one very long line', `<p>${'1234 '.repeat(2000)}</p>`],
      ['200 KiB', largeBody()],
    ])('the body arrives byte for byte: %s', async (_, html) => {
      const { wire } = await send({ html });
      const [text, rich] = wire.parts;
      expect(rich?.type).toBe('text/html');
      expect(rich?.content === html).toBe(true);
      expect(text?.type).toBe('text/plain');
      expect(text?.content === toPlainText(html)).toBe(true);
    });

    test('HTML that shows no text has no text part', async () => {
      const html = '<img src="https://shop.example/a.png" alt="">';
      expect((await send({ html })).wire.parts).toEqual([{ type: 'text/html', content: html }]);
    });

    test('tags come along', async () => {
      const tags = [
        { name: 'flow', value: 'login' },
        { name: 'brand', value: 'Shop_1-a' },
      ];
      expect((await send({ tags })).wire.tags).toEqual(['flow:login', 'brand:Shop_1-a']);
    });
  });
});
