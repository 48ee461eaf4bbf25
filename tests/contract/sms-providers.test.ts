import type { Deliver } from '../../lib/delivery/route.js';
import type { SmsMessage } from '../../lib/sms/message.js';
import type { Environment } from '../../lib/settings/settings.js';
import type { ReceivedMessage } from '../../tools/loopback/provider.js';
import { connectSmsProvider, smsMessage } from '../support/sms-provider.js';
import { until } from '../support/until.js';
import type { Peer } from './contract.js';
import { eum } from './eum.js';
import { notify } from './notify.js';
import { testProviderRules } from './rules.js';
import { sns } from './sns.js';
import { twilio } from './twilio.js';

const PROVIDERS = [sns, eum, twilio, notify];

describe.each(PROVIDERS)('$name', (contract) => {
  const { name, accept, read, features } = contract;
  testProviderRules(contract, {
    connect: connectSmsProvider,
    message: (to) => smsMessage(to === undefined ? {} : { to }),
    recipient: (index) => `+1213373${4000 + index}`,
    personal: /12133734253|5928|horse/,
  });

  describe('on the wire', () => {
    const received: ReceivedMessage[] = [];
    let peer: Peer;
    beforeAll(async () => {
      peer = await accept((one) => received.push(one));
    });
    afterAll(() => peer.close());

    const send = async (
      fields: Partial<SmsMessage>,
      environment: Environment = {},
      options: Partial<Parameters<Deliver<SmsMessage>>[1]> = {},
    ) => {
      received.length = 0;
      const deliver = await connectSmsProvider({ ...peer.environment, ...environment });
      const acceptance = await deliver(smsMessage(fields), {
        ...until(AbortSignal.timeout(5000)),
        ...options,
      });
      const [only, ...others] = received;
      if (only === undefined || others.length > 0) throw new Error(`${received.length} messages arrived`);
      return { acceptance, wire: await read(only), received: only };
    };

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
        received.length = 0;
        const clock = { now: () => now, after: () => () => undefined };
        const deliver = await connectSmsProvider(peer.environment, { clock });
        await deliver(smsMessage(), { ...until(AbortSignal.timeout(5000)), expiresAt: now + remaining });
        const [arrived] = received;
        expect(arrived && (await read(arrived)).seconds).toBe(seconds);
      });
    }

    if (features.senders !== undefined) {
      test.each(features.senders)('$title', async ({ country, settings, sender }) => {
        expect((await send({ country }, settings)).wire.sender).toBe(sender);
      });
    }
  });
});
