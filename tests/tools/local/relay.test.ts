import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { EMAIL_FORM, startRelay, statusesOf } from '../../support/local-relay.js';

const run = promisify(execFile);
let relay: Awaited<ReturnType<typeof startRelay>>;

beforeAll(async () => {
  relay = await startRelay('relay', {
    OWNID_SHARED_SECRET__SHOP: Buffer.alloc(20, 5).toString('base64'),
  });
}, 120_000);

afterAll(() => relay.close());
beforeEach(() => {
  relay.inbox.clear();
});

describe('the printed command', () => {
  const shell = async (command: string) => (await run('bash', ['-c', command])).stdout;

  test('is answered with 202, and the message is in the inbox', async () => {
    expect(await shell(relay.command)).toMatch(/^HTTP\/1\.1 202 .*content-length: 0\r\n.*\r\n\r\n$/s);
    const [entry] = await relay.settled(1);
    expect(entry).toMatchObject({
      status: 202,
      outcome: 'accepted',
      messages: [
        {
          provider: 'ses',
          to: 'you@example.com',
          from: '"Example Shop" <login@example.com>',
          subject: 'Your sign-in code',
          html: 'Your code is <b>5928</b>.',
          text: 'Your code is 5928.',
        },
      ],
    });
  });

  test('with one byte more is answered with 401 and an empty body', async () => {
    const tampered = relay.command.replace('--data-raw "$b"', '--data-raw "$b "');
    expect(tampered).not.toBe(relay.command);
    expect(await shell(tampered)).toMatch(/^HTTP\/1\.1 401 .*content-length: 0\r\n.*\r\n\r\n$/s);
    expect(await relay.settled(1)).toMatchObject([
      { status: 401, reason: 'signature_mismatch', messages: [] },
    ]);
  });
});

describe('the form', () => {
  test('sends an email', async () => {
    const response = await relay.send(EMAIL_FORM);
    const { answers } = (await response.json()) as { answers: { id: string; status: number }[] };
    expect(answers).toMatchObject([{ status: 202 }]);
    expect(await relay.settled(1)).toMatchObject([{ id: answers[0]?.id, messages: [{ subject: 'Grüße' }] }]);
  });

  test('sends a text message', async () => {
    const body = 'Your code is 5928';
    const response = await relay.send({ channel: 'sms', to: '+12025550123', body, variant: 'valid' });
    expect(await statusesOf(response)).toEqual([202]);
    expect(await relay.settled(1)).toMatchObject([
      { messages: [{ provider: 'sns', to: '+12025550123', text: body, encoding: 'GSM-7', segments: 1 }] },
    ]);
  });

  test.each([
    ['wrong_secret', 'signature_mismatch'],
    ['altered', 'signature_mismatch'],
    ['stale', 'timestamp_stale'],
  ])('sends a request that is %s', async (variant, reason) => {
    expect(await statusesOf(await relay.send({ ...EMAIL_FORM, variant }))).toEqual([401]);
    expect(await relay.settled(1)).toMatchObject([
      { status: 401, outcome: 'unauthenticated', reason, messages: [] },
    ]);
  });

  test('sends the same request twice, of which one is delivered', async () => {
    expect(await statusesOf(await relay.send({ ...EMAIL_FORM, variant: 'replayed' }))).toEqual([202, 202]);
    expect(await relay.settled(2)).toMatchObject([
      { outcome: 'replayed', messages: [] },
      { outcome: 'accepted', messages: [{}] },
    ]);
  });

  test('signs with the secret of the app', async () => {
    expect(await statusesOf(await relay.send({ ...EMAIL_FORM, app: 'shop' }))).toEqual([202]);
    expect(await relay.settled(1)).toMatchObject([{ app: 'shop', outcome: 'accepted' }]);
    expect(await statusesOf(await relay.send({ ...EMAIL_FORM, app: 'nowhere' }))).toEqual([401]);
  });

  test.each([
    { ...EMAIL_FORM, channel: 'fax' },
    { ...EMAIL_FORM, variant: 'x' },
    { ...EMAIL_FORM, app: 'a/b' },
    [],
  ])('refuses what it cannot have sent', async (form) => {
    expect((await relay.send(form)).status).toBe(400);
    expect(relay.inbox.entries()).toEqual([]);
  });
});

describe('a scenario', () => {
  const set = (id: string | null) => relay.post('/scenario', { id });

  test.each([
    ['email_rejected_ses', 422, 'rejected'],
    ['email_misconfigured_ses', 500, 'misconfigured'],
  ])('%s makes the provider fail', async (id, status, outcome) => {
    expect((await set(id)).status).toBe(200);
    try {
      expect(await statusesOf(await relay.send(EMAIL_FORM))).toEqual([status]);
      expect(await relay.settled(1)).toMatchObject([{ status, outcome, messages: [] }]);
    } finally {
      await set(null);
    }
  });

  test('shows a message whose acceptance was never confirmed', async () => {
    await set('sms_lost_sns');
    try {
      await relay.send({ channel: 'sms', to: '+12025550123', body: 'Code 1', variant: 'valid' });
      const entry = await relay.until(() =>
        relay.inbox.entries().find(({ messages, status }) => status && messages[0]),
      );
      expect(entry).toMatchObject({ status: 202, outcome: 'unconfirmed', messages: [{ text: 'Code 1' }] });
    } finally {
      await set(null);
    }
  });

  test('that ends lets the queue deliver what waits', async () => {
    await set('sms_down');
    await relay.send({ channel: 'sms', to: '+12025550123', body: 'Code 2', variant: 'valid' });
    const queued = await relay.until(() =>
      relay.inbox.entries().find(({ outcome, status }) => status && outcome),
    );
    expect(queued).toMatchObject({ status: 202, outcome: 'queued', messages: [] });
    await set(null);
    const sent = await relay.until(() =>
      relay.inbox.entries().find(({ outcome, messages }) => outcome === 'accepted' && messages[0]),
    );
    expect(sent).toMatchObject({ id: queued.id, messages: [{ text: 'Code 2' }] });
    expect(sent.steps.at(-1)?.attempt).toBeGreaterThanOrEqual(1);
  });

  test('of another name is refused', async () => {
    expect((await set('fax_down')).status).toBe(400);
  });
});
