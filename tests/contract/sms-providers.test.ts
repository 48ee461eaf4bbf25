import type { SmsMessage } from '../../lib/sms/message.js';
import type { Environment } from '../../lib/settings/settings.js';
import { connectSmsProvider, smsMessage } from '../support/sms-provider.js';
import { eum } from './eum.js';
import { notify } from './notify.js';
import { sendingTo, testProviderRules } from './rules.js';
import type { SmsWire } from './sms-contract.js';
import { sns } from './sns.js';
import { twilio } from './twilio.js';

const PROVIDERS = [sns, eum, twilio, notify];

describe.each(PROVIDERS)('$name', (contract) => {
  const { name, features } = contract;
  testProviderRules(contract, {
    connect: connectSmsProvider,
    message: (to) => smsMessage(to === undefined ? {} : { to }),
    recipient: (index) => `+1213373${4000 + index}`,
    personal: /12133734253|5928|horse/,
  });

  describe('on the wire', () => {
    const deliver = sendingTo<SmsMessage, SmsWire>(contract);
    const send = (fields: Partial<SmsMessage>, environment: Environment = {}) =>
      deliver(connectSmsProvider, smsMessage(fields), { environment });

    test('a message reaches its one recipient, and the acceptance names it and nothing else', async () => {
      const { acceptance, wire, received: arrived } = await send({});
      expect(acceptance).toEqual({ provider: name, messageId: arrived.messageId });
      // Else the log would withhold it.
      expect(arrived.messageId).toMatch(/^[\w-]{1,200}$/);
      expect(wire.to).toBe('+12133734253');
      expect(arrived.text).toContain('5928');
    });

    const texts: [string, string][] = [
      ['a domain-bound code', 'Your code is 747723.\n\n@example.com #747723'],
      ['one in a frame', '747723\n@top.example #747723 @frame.example'],
      ['the line breaks of Windows', 'Your code is 747723\r\n@example.com #747723'],
      ['what a GSM alphabet lacks', 'Code ‘747723’ – ç ` 🔐 確認 ﷽'],
      ['spaces at its ends', ' 747723 \n'],
      ['what forms and JSON escape', 'a+b=c&d%20"e"\\f <g>'],
      ['1,600 bytes', 'a'.repeat(1600)],
    ];
    if (features.text) {
      test.each(texts)('the text arrives byte for byte: %s', async (_, text) => {
        expect((await send({ text })).wire.text).toBe(text);
      });
    }

    if (features.expiry !== undefined) {
      const { least } = features.expiry;
      test.each([
        [240_500, 240],
        [60_000, 60],
        [1000, least],
        [-1000, least],
      ])('a passcode that dies in %d ms may be handed over for %d s', async (remaining, seconds) => {
        const now = 1_700_000_000_000;
        const clock = { now: () => now, after: () => () => undefined };
        const connect = (environment: Environment) => connectSmsProvider(environment, { clock });
        const { wire } = await deliver(connect, smsMessage(), { expiresAt: now + remaining });
        expect(wire.seconds).toBe(seconds);
      });
    }

    if (features.senders !== undefined) {
      test.each(features.senders)('$title', async ({ country, settings, sender }) => {
        expect((await send({ country }, settings)).wire.sender).toBe(sender);
      });
    }
  });
});
