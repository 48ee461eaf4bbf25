/** A server that does not speak SMTP, or no longer: what may have been accepted is never called not accepted. */
import fc from 'fast-check';
import type { Deliver } from '../../../../lib/delivery/route.js';
import type { EmailMessage } from '../../../../lib/email/message.js';
import { DeliveryError } from '../../../../lib/errors.js';
import { createCertificate } from '../../../../tools/loopback/certificate.js';
import { connectProvider, emailMessage } from '../../../support/email-provider.js';
import { type Moment, type Reaction, startScriptedSmtp } from '../../../support/scripted-smtp.js';
import { until } from '../../../support/until.js';

let script: { at: Moment; reaction: Reaction; onReached: () => void } | undefined;
let server: Awaited<ReturnType<typeof startScriptedSmtp>>;
let deliver: Deliver<EmailMessage>;

beforeAll(async () => {
  const certificate = await createCertificate();
  server = await startScriptedSmtp({
    certificate,
    react: (moment) => {
      if (moment !== script?.at) return undefined;
      script.onReached();
      return script.reaction;
    },
  });
  deliver = await connectProvider({
    EMAIL_PROVIDER: 'smtp',
    SMTP_HOST: '127.0.0.1',
    SMTP_PORT: String(server.port),
    SMTP_USERNAME: 'relay',
    SMTP_PASSWORD: 'correct horse',
    SMTP_CA: certificate.cert,
  });
});
afterAll(() => server.close());

/**
 * What a delivery makes of a reaction, `accepted` or the kind of its failure, and how long that took.
 *
 * @param deadlineMs from the reaction on.
 */
async function play(at: Moment, reaction: Reaction, deadlineMs: number) {
  const controller = new AbortController();
  let reachedAt = 0;
  const onReached = () => {
    reachedAt = Date.now();
    setTimeout(() => {
      controller.abort();
    }, deadlineMs).unref();
  };
  script = { at, reaction, onReached };
  const outcome = await deliver(emailMessage(), until(controller.signal)).then(
    () => 'accepted',
    (error: unknown) => {
      if (error instanceof DeliveryError) return error.kind;
      throw error;
    },
  );
  return { outcome, elapsedMs: Date.now() - reachedAt };
}

describe.each(['GREETING', 'EHLO', 'STARTTLS', 'AUTH', 'MAIL', 'RCPT', 'DATA', 'MESSAGE'] as const)(
  'at %s',
  (moment) => {
    const unknown = moment === 'MESSAGE' ? 'ambiguous' : 'transient';

    test.each(['endless lines', 'endless line'] as const)('a reply of %s ends in time', async (reaction) => {
      const { outcome, elapsedMs } = await play(moment, reaction, 1000);
      expect(outcome).toBe(unknown);
      expect(elapsedMs).toBeLessThan(2000);
    });

    test('silence ends in time', async () => {
      const { outcome, elapsedMs } = await play(moment, 'hang', 300);
      expect(outcome).toBe(unknown);
      expect(elapsedMs).toBeLessThan(1300);
    });
  },
);

test('the end of a message is refused by nothing but a reply of 4xx or 5xx', async () => {
  const code = fc.constantFrom(
    '250',
    '4',
    '45',
    '4500',
    '999',
    '550',
    '55a',
    '0',
    '099',
    '354',
    '-1',
    'HTTP/1.1',
  );
  const line = fc.tuple(
    code,
    fc.constantFrom('', ' ', '-', 'x', '\t', '  '),
    fc.constantFrom('', 'Ok', '550 No', '5.1.1'),
  );
  const reply = fc.oneof(
    line.map((parts) => parts.join('')),
    fc.tuple(line, line).map((lines) => lines.map((parts) => parts.join('')).join('\r\n')),
    fc.string({ minLength: 1 }).filter((text) => text.trim() !== ''),
  );
  await fc.assert(
    fc.asyncProperty(reply, async (text) => {
      // A reply that promises more lines is waited for.
      const { outcome } = await play('MESSAGE', { reply: text }, 100);
      const isRefusal = /^[45]\d\d(?:[ -]|[\r\n]|$)/.test(text);
      if (!isRefusal) expect(['accepted', 'ambiguous']).toContain(outcome);
    }),
    { numRuns: 60 },
  );
});
