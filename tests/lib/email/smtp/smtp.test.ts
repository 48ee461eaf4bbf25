import { randomUUID } from 'node:crypto';
import { systemClock } from '../../../../lib/clock.js';
import { createBreaker } from '../../../../lib/delivery/breaker.js';
import { startDeadline } from '../../../../lib/net/deadline.js';
import { deliverWithRetry } from '../../../../lib/delivery/route.js';
import { type Certificate, createCertificate } from '../../../../tools/loopback/certificate.js';
import { createClock } from '../../../support/clock.js';
import { connectProvider, emailMessage } from '../../../support/email-provider.js';
import { type Moment, type Reaction, startScriptedSmtp } from '../../../support/scripted-smtp.js';
import { until } from '../../../support/until.js';

let certificate: Certificate;
const cleanUps: (() => Promise<void>)[] = [];
beforeAll(async () => {
  certificate = await createCertificate();
});
afterEach(async () => {
  await Promise.all(cleanUps.splice(0).map((cleanUp) => cleanUp()));
});

async function setUp(
  react?: (moment: Moment, connection: number) => Reaction | undefined,
  options: Omit<Parameters<typeof startScriptedSmtp>[0], 'certificate' | 'react'> & {
    environment?: Record<string, string>;
  } = {},
) {
  const { environment, ...serverOptions } = options;
  const server = await startScriptedSmtp({ certificate, ...serverOptions, ...(react && { react }) });
  cleanUps.push(server.close);
  const deliver = await connectProvider({
    EMAIL_PROVIDER: 'smtp',
    SMTP_HOST: '127.0.0.1',
    SMTP_PORT: String(server.port),
    SMTP_USERNAME: 'relay',
    SMTP_PASSWORD: 'correct horse',
    SMTP_CA: certificate.cert,
    ...environment,
  });
  const send = (fields: Parameters<typeof emailMessage>[0] = {}, timeoutMs = 5000) =>
    deliver(emailMessage(fields), until(AbortSignal.timeout(timeoutMs)));
  return { server, send, deliver };
}

const BEFORE_THE_END = ['GREETING', 'EHLO', 'STARTTLS', 'HANDSHAKE', 'AUTH', 'MAIL', 'RCPT', 'DATA'] as const;

test('a second send keeps the Message-ID, and another message has another', async () => {
  const { server, deliver } = await setUp();
  for (const id of ['one', 'one', 'two']) {
    await deliver(emailMessage(), { ...until(AbortSignal.timeout(5000)), id });
  }
  const ids = server.messages.map(({ source }) => /^Message-ID: (.*)\r$/m.exec(source)?.[1]);
  expect(ids).toEqual(['<one@shop.example>', '<one@shop.example>', '<two@shop.example>']);
});

test('a mail is what it should be, byte for byte', async () => {
  const { server, send } = await setUp(undefined, {
    environment: { EMAIL_FROM_NAME: 'Café', EMAIL_REPLY_TO: 'help@shop.example' },
  });
  const { messageId = '' } = await send({ subject: '確認', tags: [{ name: 'flow', value: 'login' }] });
  const [mail] = server.messages;
  const boundary = /boundary="(.*)"/.exec(mail?.source ?? '')?.[1] ?? '';
  const date = /^Date: (.*)$/m.exec(mail?.source ?? '')?.[1] ?? '';

  expect(messageId).toBe('<a-message@shop.example>');
  expect(Math.abs(Date.parse(date) - Date.now())).toBeLessThan(60_000);
  expect(mail?.to).toBe('user@example.com');
  expect(mail?.source.replaceAll(boundary, 'BOUNDARY')).toBe(
    [
      'From: =?UTF-8?Q?Caf=C3=A9?= <otp@shop.example>',
      'To: user@example.com',
      'Reply-To: help@shop.example',
      'Subject: =?UTF-8?B?56K66KqN?=',
      'Auto-Submitted: auto-generated',
      'X-Otp-Tags: flow:login',
      `Message-ID: ${messageId}`,
      `Date: ${date.trim()}`,
      'MIME-Version: 1.0',
      'Content-Type: multipart/alternative;',
      ' boundary="BOUNDARY"',
      '',
      '--BOUNDARY',
      'Content-Type: text/plain; charset=utf-8',
      'Content-Transfer-Encoding: base64',
      '',
      Buffer.from('Your verification code is: 5928').toString('base64'),
      '--BOUNDARY',
      'Content-Type: text/html; charset=utf-8',
      'Content-Transfer-Encoding: base64',
      '',
      Buffer.from('<p>Your verification code is: <b>5928</b></p>').toString('base64'),
      '--BOUNDARY--',
    ].join('\r\n'),
  );
});

describe('the login', () => {
  const plain = Buffer.from('\0relay\0correct horse').toString('base64');
  const [user, password] = ['relay', 'correct horse'].map((text) => Buffer.from(text).toString('base64'));

  test.each([
    ['PLAIN', 'PLAIN LOGIN', [`AUTH PLAIN ${plain}`]],
    ['LOGIN, where PLAIN is not offered', 'LOGIN', ['AUTH LOGIN', user, password]],
  ])('%s, after STARTTLS and never before', async (_, mechanisms, login) => {
    const { server, send } = await setUp(undefined, { mechanisms });
    await send();
    expect(server.commands).toEqual([
      expect.stringMatching(/^EHLO /),
      'STARTTLS',
      expect.stringMatching(/^EHLO /),
      ...login,
      expect.stringMatching(/^MAIL FROM:<otp@shop\.example> SIZE=\d+$/),
      'RCPT TO:<user@example.com>',
      'DATA',
    ]);
  });

  test('with TLS from the first byte', async () => {
    const { server, send } = await setUp(undefined, {
      implicitTls: true,
      environment: { SMTP_SECURITY: 'tls' },
    });
    await send();
    expect(server.commands).not.toContain('STARTTLS');
    expect(server.messages).toHaveLength(1);
  });

  test.each([
    ['an implicit TLS client', 'tls', false],
    ['a STARTTLS client', 'starttls', true],
  ])('%s at the other kind of server gives up', async (_, security, implicitTls) => {
    const { server, send } = await setUp(undefined, {
      implicitTls,
      environment: { SMTP_SECURITY: security },
    });
    // Both wait for the other to begin, but an implicit TLS client begins itself.
    const [kind, timeoutMs] = security === 'tls' ? ['misconfigured', 5000] : ['transient', 300];
    await expect(send({}, timeoutMs)).rejects.toMatchObject({ kind });
    expect(server.commands).toEqual([]);
  });
});

test('a server that has nothing newer than TLS 1.1 is refused', async () => {
  const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
  const { server, send } = await setUp(undefined, { tls: old });
  await expect(send()).rejects.toMatchObject({ kind: 'misconfigured' });
  expect(server.commands.filter((command) => command.startsWith('AUTH'))).toEqual([]);
});

test('a message beyond what the server takes is not sent', async () => {
  let greetings = 0;
  const { server, send } = await setUp((moment) =>
    moment === 'EHLO' && (greetings += 1) === 2
      ? { reply: '250-localhost\r\n250-AUTH PLAIN\r\n250 SIZE 100' }
      : undefined,
  );
  await expect(send()).rejects.toMatchObject({ kind: 'rejected', code: 'MESSAGE_TOO_LARGE' });
  expect(server.commands.filter((command) => command.startsWith('MAIL'))).toEqual([]);
});

describe('sessions', () => {
  test('one is kept between messages', async () => {
    const { server, send } = await setUp();
    await send();
    await send();
    await send();
    expect(server.messages).toHaveLength(3);
    expect(server.connections()).toBe(1);
  });

  test.each(['close', 'reset', { reply: '421 4.4.2 Idle for too long' }] as const)(
    'one that the server ended while idle (%j) is replaced',
    async (reaction) => {
      const { server, send } = await setUp((moment) => (moment === 'IDLE' ? reaction : undefined));
      await send({ to: 'one@example.com' });
      await send({ to: 'two@example.com' });
      expect(server.messages.map(({ to }) => to)).toEqual(['one@example.com', 'two@example.com']);
      expect(server.connections()).toBe(2);
    },
  );

  test.each(['MAIL', 'RCPT', 'DATA'] as const)('one that breaks at %s is replaced', async (at) => {
    let count = 0;
    const { server, send } = await setUp((moment) =>
      moment === at && (count += 1) === 2 ? 'reset' : undefined,
    );
    await send({ to: 'one@example.com' });
    await send({ to: 'two@example.com' });
    expect(server.messages.map(({ to }) => to)).toEqual(['one@example.com', 'two@example.com']);
    expect(server.connections()).toBe(2);
  });

  test('one is not kept after a refusal', async () => {
    const { server, send } = await setUp((moment, connection) =>
      moment === 'RCPT' && connection === 1 ? { reply: '550 5.1.1 User unknown' } : undefined,
    );
    await expect(send()).rejects.toMatchObject({ kind: 'rejected' });
    await send();
    expect(server.connections()).toBe(2);
  });

  test('no more than five are open at a time', async () => {
    let open = 0;
    let most = 0;
    const { server, send } = await setUp((moment) => {
      if (moment === 'GREETING') most = Math.max(most, (open += 1));
      if (moment === 'IDLE') open -= 1;
      return moment === 'IDLE' ? 'close' : undefined;
    });
    await Promise.all(Array.from({ length: 25 }, () => send()));
    expect(server.messages).toHaveLength(25);
    expect(most).toBe(5);
  });

  test('who waits for one in vain was not sent', async () => {
    const controller = new AbortController();
    let waiting = 0;
    const { server, deliver } = await setUp((moment) => {
      if (moment !== 'MAIL') return undefined;
      if ((waiting += 1) === 5) controller.abort();
      return 'hang';
    });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 8 }, () => deliver(emailMessage(), until(controller.signal))),
    );
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ reason: { kind: 'transient', code: 'TIMEOUT' } });
    }
    expect(server.connections()).toBe(5);
  });
});

describe('a connection that breaks', () => {
  test.each(BEFORE_THE_END.flatMap((at) => [[at, 'reset'] as const, [at, 'close'] as const]))(
    'at %s (%s) is replaced, and the message arrives once',
    async (at, reaction) => {
      const { server, send } = await setUp((moment, connection) =>
        moment === at && connection === 1 ? reaction : undefined,
      );
      await send();
      expect(server.messages).toHaveLength(1);
      expect(server.connections()).toBe(2);
    },
  );

  test.each(BEFORE_THE_END)('at %s again and again is transient', async (at) => {
    const { server, send } = await setUp((moment) => (moment === at ? 'reset' : undefined));
    await expect(send()).rejects.toMatchObject({ kind: 'transient' });
    expect(server.messages).toEqual([]);
    expect(server.connections()).toBe(3);
  });

  test.each(['reset', 'close'] as const)(
    'after the end of the message (%s) is ambiguous',
    async (reaction) => {
      const { server, send } = await setUp((moment) => (moment === 'MESSAGE' ? reaction : undefined));
      await expect(send()).rejects.toMatchObject({ kind: 'ambiguous' });
      expect(server.messages).toHaveLength(1);
      expect(server.connections()).toBe(1);
    },
  );
});

describe('time that runs out', () => {
  /** Aborts at the very moment. */
  async function sendUntil(at: Moment) {
    const controller = new AbortController();
    const { server, deliver } = await setUp((moment) => {
      if (moment !== at) return undefined;
      controller.abort();
      return 'hang';
    });
    return { server, attempt: deliver(emailMessage(), until(controller.signal)) };
  }

  test.each(BEFORE_THE_END)('at %s is transient', async (at) => {
    const { server, attempt } = await sendUntil(at);
    await expect(attempt).rejects.toMatchObject({ kind: 'transient', code: 'TIMEOUT' });
    expect(server.messages).toEqual([]);
  });

  test('before the end of a message that the server does not read is transient', async () => {
    const { send } = await setUp((moment) => (moment === 'BODY' ? 'hang' : undefined));
    // More than the sockets at both ends hold.
    const html = `<p>1234</p><!--${'x'.repeat(7_000_000)}-->`;
    await expect(send({ html }, 1000)).rejects.toMatchObject({ kind: 'transient', code: 'TIMEOUT' });
  });

  test('after the end of the message is ambiguous', async () => {
    const { attempt } = await sendUntil('MESSAGE');
    await expect(attempt).rejects.toMatchObject({ kind: 'ambiguous', code: 'TIMEOUT' });
  });
});

describe('two hundred sends at once, every seventh connection dropped', () => {
  const recipients = Array.from({ length: 200 }, () => `${randomUUID()}@example.com`);
  // Servers end a session after so many messages; here that makes for more of them.
  const MESSAGES_PER_CONNECTION = 2;

  async function sendAll(moments: readonly Moment[]) {
    const handled = new Map<number, number>();
    const dropped: string[] = [];
    const { server, deliver } = await setUp((moment, connection) => {
      if (connection % 7 === 0 && moment === moments[(connection / 7) % moments.length]) {
        dropped.push(moment);
        return connection % 2 === 0 ? 'reset' : 'close';
      }
      if (moment !== 'IDLE') return undefined;
      const count = (handled.get(connection) ?? 0) + 1;
      handled.set(connection, count);
      return count === MESSAGES_PER_CONNECTION ? 'close' : undefined;
    });
    const route = [{ name: 'smtp', deliver, breaker: createBreaker(Date.now) }];
    const options = {
      endsAt: Date.now() + 15_000,
      id: 'a-message',
      expiresAt: Date.now() + 300_000,
      clock: systemClock,
      random: Math.random,
      onFailure: () => undefined,
    };
    const outcomes = await Promise.allSettled(
      recipients.map((to) => deliverWithRetry(route, emailMessage({ to }), options)),
    );
    const arrived = server.messages.map(({ to }) => to);
    console.log(
      `${recipients.length} sends, ${server.connections()} connections, ${dropped.length} dropped at ` +
        `${[...new Set(dropped)].join(', ')}: ${arrived.length} messages arrived, ` +
        `${arrived.length - new Set(arrived).size} twice`,
    );
    return { outcomes, arrived, dropped };
  }

  test('before the end of a message: each arrives, none twice', async () => {
    const { outcomes, arrived, dropped } = await sendAll(BEFORE_THE_END);
    expect(outcomes.filter(({ status }) => status === 'rejected')).toEqual([]);
    expect(arrived.toSorted()).toEqual(recipients.toSorted());
    expect(new Set(dropped).size).toBe(BEFORE_THE_END.length);
  });

  test('after it: none is lost unnoticed, none arrives twice', async () => {
    const { outcomes, arrived } = await sendAll(['BODY', 'MESSAGE']);
    const unconfirmed = recipients.filter((_, index) => outcomes[index]?.status === 'rejected');
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ kind: 'ambiguous' });
    }
    expect(unconfirmed).not.toEqual([]);
    expect(new Set(arrived).size).toBe(arrived.length);
    expect(recipients.filter((to) => !arrived.includes(to) && !unconfirmed.includes(to))).toEqual([]);
  });
});

test('a message is not sent to its end by a process that was held up past the deadline', async () => {
  const clock = createClock();
  const { server, deliver } = await setUp((moment) => {
    if (moment === 'DATA') clock.time += 60_000;
    return undefined;
  });
  const deadline = startDeadline(clock, 60_000);
  await expect(deliver(emailMessage(), until(deadline))).rejects.toMatchObject({
    kind: 'transient',
    code: 'TIMEOUT',
  });
  expect(server.commands.filter((command) => command.startsWith('DATA'))).toHaveLength(1);
  expect(server.messages).toEqual([]);
  deadline.clear();
});
