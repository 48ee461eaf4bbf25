import type { Handler } from '../../../lib/relay/webhook.js';
import { EMAIL, signedEvent, SMS } from '../../support/event.js';
import { startTestRelay, type TestRelay } from '../../support/relay.js';

const running: TestRelay[] = [];

async function start(...options: Parameters<typeof startTestRelay>): Promise<TestRelay> {
  const relay = await startTestRelay(...options);
  running.push(relay);
  return relay;
}

afterEach(() => Promise.all(running.splice(0).map((relay) => relay.close())));

const statusOf = async (handler: Handler, event: Parameters<Handler>[0]) => (await handler(event)).statusCode;
/** Why the last request was refused. */
const reasonOf = ({ lines }: TestRelay) =>
  lines
    .map((line) => JSON.parse(line) as { outcome?: string; reason?: string })
    .findLast(({ outcome }) => outcome !== undefined)?.reason;

describe('a required header', () => {
  const environment = { WEBHOOK_HEADER: 'X-Relay-Key: correct horse' };

  test.each(['X-Relay-Key', 'x-relay-key'])('lets a request with %s pass', async (name) => {
    const relay = await start({ environment });
    const headers = { [name]: 'correct horse' };
    expect(await statusOf(relay.email, signedEvent(EMAIL, { headers }))).toBe(202);
    expect(await statusOf(relay.sms, signedEvent(SMS, { headers, path: '/sms' }))).toBe(202);
    expect(relay.received).toHaveLength(2);
  });

  test.each([
    ['missing', {}],
    ['empty', { 'x-relay-key': '' }],
    ['different', { 'x-relay-key': 'battery staple' }],
    ['longer', { 'x-relay-key': 'correct horse ' }],
    ['in another case', { 'x-relay-key': 'Correct horse' }],
    ['repeated', { 'x-relay-key': 'correct horse, correct horse' }],
  ])('that is %s is a 401', async (_, headers) => {
    const relay = await start({ environment });
    expect(await statusOf(relay.email, signedEvent(EMAIL, { headers }))).toBe(401);
    expect(await statusOf(relay.sms, signedEvent(SMS, { headers, path: '/sms' }))).toBe(401);
    expect(relay.received).toEqual([]);
    expect(reasonOf(relay)).toBe('webhook_header_mismatch');
    expect(relay.lines.join()).not.toMatch(/horse|staple/);
  });

  test('does not make up for a missing signature', async () => {
    const relay = await start({ environment });
    const secret = 'b3RoZXItc2hhcmVkLXNlY3JldC0wMTIzNDU2Nzg5';
    const event = signedEvent(EMAIL, { secret, headers: { 'x-relay-key': 'correct horse' } });
    expect(await statusOf(relay.email, event)).toBe(401);
    expect(reasonOf(relay)).toBe('signature_mismatch');
  });

  test('may be kept in the parameter store, and changed there', async () => {
    const parameters = new Map([['/otp/header', 'x-relay-key: first']]);
    let time = Date.now();
    const relay = await start({
      environment: { WEBHOOK_HEADER: 'ssm:/otp/header' },
      parameters,
      now: () => time,
    });
    const send = (value: string) =>
      statusOf(relay.email, signedEvent(EMAIL, { headers: { 'x-relay-key': value }, time: (time += 1) }));
    expect(await send('first')).toBe(202);
    parameters.set('/otp/header', 'x-relay-key: second');
    expect(await send('third')).toBe(401);
    time += 31_000;
    expect(await send('second')).toBe(202);
    expect(await send('first')).toBe(401);
  });

  test('may differ from app to app', async () => {
    const relay = await start({ environment: { WEBHOOK_HEADER__SHOP: 'x-relay-key: shop' } });
    expect(await statusOf(relay.email, signedEvent(EMAIL))).toBe(202);
    expect(await statusOf(relay.email, signedEvent(EMAIL, { path: '/email/shop' }))).toBe(401);
    const headers = { 'x-relay-key': 'shop' };
    expect(await statusOf(relay.email, signedEvent(EMAIL, { path: '/email/shop', headers }))).toBe(202);
  });
});

describe('tags', () => {
  test('become tags of the provider', async () => {
    const relay = await start();
    const headers = { 'x-otp-tag-flow': 'login', 'x-otp-tag-brand': 'shop' };
    expect(await statusOf(relay.email, signedEvent(EMAIL, { headers }))).toBe(202);
    expect(relay.calls[0]?.fields).toMatchObject({
      'Tags.member.1.Name': 'flow',
      'Tags.member.1.Value': 'login',
      'Tags.member.2.Name': 'brand',
      'Tags.member.2.Value': 'shop',
    });
  });

  test('influence nothing else', async () => {
    const relay = await start();
    await relay.email(signedEvent(EMAIL));
    await relay.email(
      signedEvent(EMAIL, {
        headers: {
          'x-otp-tag-to': 'evil',
          'x-otp-tag-from': 'evil',
          'x-otp-tag-subject': 'evil',
          'x-otp-tag-bcc': 'evil@example.com',
          'x-otp-tag-html': '<script>',
        },
      }),
    );
    const [plain, tagged] = relay.calls.map(({ fields }) =>
      Object.fromEntries(Object.entries(fields).filter(([name]) => !name.startsWith('Tags.'))),
    );
    expect(tagged).toEqual(plain);
    expect(relay.calls[1]?.raw).not.toMatch(/evil(?:@|%40)|script/);
  });
});
