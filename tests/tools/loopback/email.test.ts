import { type EmailLoopbacks, startEmailLoopbacks } from '../../../tools/loopback/email.js';
import type { Behaviour, ReceivedMessage } from '../../../tools/loopback/provider.js';
import { connectProvider, emailMessage } from '../../support/email-provider.js';
import { until } from '../../support/until.js';

let loopbacks: EmailLoopbacks;
let told: { answer: Behaviour; delayMs?: number } = { answer: 'accept' };
const received: ReceivedMessage[] = [];
beforeAll(async () => {
  loopbacks = await startEmailLoopbacks({
    onMessage: (message) => received.push(message),
    behaviour: () => told,
  });
});
afterAll(() => loopbacks.close());
beforeEach(() => {
  told = { answer: 'accept' };
  received.length = 0;
});

describe.each(['smtp', 'microsoft', 'sendgrid', 'mandrill'])('the loopback of %s', (provider) => {
  const connect = () => connectProvider({ ...loopbacks.environment, EMAIL_PROVIDER: provider });
  const signal = () => AbortSignal.timeout(5000);

  test('reports what it accepted', async () => {
    const deliver = await connect();
    const { messageId } = await deliver(emailMessage({ subject: '確認' }), until(signal()));
    expect(received).toEqual([
      {
        channel: 'email',
        provider,
        messageId,
        receivedAt: expect.any(Number) as number,
        to: 'user@example.com',
        from: 'otp@shop.example',
        subject: '確認',
        text: 'Your verification code is: 5928',
        html: '<p>Your verification code is: <b>5928</b></p>',
        raw: expect.any(String) as string,
      },
    ]);
  });

  test.each<[Behaviour, number]>([
    ['transient', 0],
    ['rejected', 0],
    ['misconfigured', 0],
    ['ambiguous', 1],
  ])('fails as configured (%s), and recovers', async (answer, arrived) => {
    const deliver = await connect();
    await deliver(emailMessage(), until(signal()));
    received.length = 0;
    told = { answer };
    await expect(deliver(emailMessage(), until(signal()))).rejects.toMatchObject({ kind: answer });
    expect(received).toHaveLength(arrived);
    told = { answer: 'accept' };
    await deliver(emailMessage(), until(signal()));
    expect(received).toHaveLength(arrived + 1);
  });

  test.each(['a..b@example.com', 'a.@example.com', 'a@example..com'])('refuses %s', async (to) => {
    const arrived = received.length;
    const deliver = await connect();
    await expect(deliver(emailMessage({ to }), until(signal()))).rejects.toMatchObject({ kind: 'rejected' });
    expect(received).toHaveLength(arrived);
  });

  test('is as slow as configured', async () => {
    const deliver = await connect();
    told = { answer: 'accept', delayMs: 10_000 };
    await expect(deliver(emailMessage(), until(AbortSignal.timeout(300)))).rejects.toMatchObject({
      code: 'TIMEOUT',
    });
  });
});

// Mailchimp Transactional API reference, "Send new message", error examples.
test.each<[string, object, Behaviour, number, string]>([
  ['a wrong key', { key: 'wrong' }, 'accept', 401, 'Invalid_Key'],
  ['what the account has not paid for', {}, 'misconfigured', 402, 'PaymentRequired'],
  [
    'a subaccount that there is not',
    { message: { subaccount: 'shop' } },
    'accept',
    404,
    'Unknown_Subaccount',
  ],
  ['a message without a recipient', { message: {} }, 'accept', 500, 'ValidationError'],
])('Mandrill refuses %s', async (_, change, answer, status, name) => {
  told = { answer };
  const { MANDRILL_API_URL: origin = '', MANDRILL_API_KEY: key } = loopbacks.environment;
  const response = await fetch(`${origin}/api/1.0/messages/send.json`, {
    method: 'POST',
    body: JSON.stringify({ key, message: {}, ...change }),
  });
  expect(response.status).toBe(status);
  expect(await response.json()).toMatchObject({ status: 'error', name });
  expect(received).toEqual([]);
});
