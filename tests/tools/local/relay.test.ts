import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { closeServer, listen } from '../../../tools/http.js';
import type { InboxEntry } from '../../../tools/local/inbox.js';
import { functionEnvironment } from '../../../tools/local/reality.js';
import { PortTakenError } from '../../../tools/local/port-taken.js';
import { type LocalRelay, startLocalRelay } from '../../../tools/local/relay.js';

// Below the project, whose package.json says that the bundles are ES modules.
const folder = fileURLToPath(new URL('../../../dist/test-relay', import.meta.url));
const run = promisify(execFile);
let relay: LocalRelay;

beforeAll(async () => {
  const overrides = {
    OWNID_SHARED_SECRET__SHOP: Buffer.alloc(20, 5).toString('base64'),
    RECIPIENT_LIMIT: '100',
  };
  relay = await startLocalRelay({ port: 0, overrides, folder });
}, 60_000);

afterAll(() => relay.close());
beforeEach(() => {
  relay.inbox.clear();
});

/** Waits for what arrives by another way than the answer. */
async function until<T>(look: () => T | undefined): Promise<T> {
  return new Promise((resolve) => {
    const check = () => {
      const found = look();
      if (found === undefined) return false;
      unsubscribe();
      resolve(found);
      return true;
    };
    const unsubscribe = relay.inbox.subscribe(check);
    check();
  });
}

async function settled(count: number): Promise<readonly InboxEntry[]> {
  return until(() => {
    const entries = relay.inbox.entries();
    const isSettled = ({ status, outcome, messages }: InboxEntry) =>
      status !== undefined && outcome !== undefined && (outcome !== 'accepted' || messages.length === 1);
    return entries.length === count && entries.every(isSettled) ? entries : undefined;
  });
}

async function send(form: Record<string, string>): Promise<Response> {
  return fetch(`${relay.address}/send`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(form),
  });
}

async function statusesOf(response: Response): Promise<number[]> {
  const { answers } = (await response.json()) as { answers: { status: number }[] };
  return answers.map(({ status }) => status);
}

const EMAIL = {
  channel: 'email',
  to: 'you@example.com',
  subject: 'Grüße',
  body: '<p>Code <b>5928</b></p>',
  variant: 'valid',
};

describe('the printed command', () => {
  const shell = async (command: string) => (await run('bash', ['-c', command])).stdout;

  test('is answered with 202, and the message is in the inbox', async () => {
    expect(await shell(relay.command)).toMatch(/^HTTP\/1\.1 202 .*content-length: 0\r\n.*\r\n\r\n$/s);
    const [entry] = await settled(1);
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
    expect(await settled(1)).toMatchObject([{ status: 401, reason: 'signature_mismatch', messages: [] }]);
  });
});

describe('the form', () => {
  test('sends an email', async () => {
    const response = await send(EMAIL);
    const { answers } = (await response.json()) as { answers: { id: string; status: number }[] };
    expect(answers).toMatchObject([{ status: 202 }]);
    expect(await settled(1)).toMatchObject([{ id: answers[0]?.id, messages: [{ subject: 'Grüße' }] }]);
  });

  test('sends a text message', async () => {
    const body = 'Your code is 5928';
    const response = await send({ channel: 'sms', to: '+12025550123', body, variant: 'valid' });
    expect(await statusesOf(response)).toEqual([202]);
    expect(await settled(1)).toMatchObject([
      { messages: [{ provider: 'sns', to: '+12025550123', text: body, encoding: 'GSM-7', segments: 1 }] },
    ]);
  });

  test.each([
    ['wrong_secret', 'signature_mismatch'],
    ['altered', 'signature_mismatch'],
    ['stale', 'timestamp_stale'],
  ])('sends a request that is %s', async (variant, reason) => {
    expect(await statusesOf(await send({ ...EMAIL, variant }))).toEqual([401]);
    expect(await settled(1)).toMatchObject([
      { status: 401, outcome: 'unauthenticated', reason, messages: [] },
    ]);
  });

  test('sends the same request twice, of which one is delivered', async () => {
    expect(await statusesOf(await send({ ...EMAIL, variant: 'replayed' }))).toEqual([202, 202]);
    expect(await settled(2)).toMatchObject([
      { outcome: 'replayed', messages: [] },
      { outcome: 'accepted', messages: [{}] },
    ]);
  });

  test('signs with the secret of the app', async () => {
    expect(await statusesOf(await send({ ...EMAIL, app: 'shop' }))).toEqual([202]);
    expect(await settled(1)).toMatchObject([{ app: 'shop', outcome: 'accepted' }]);
    expect(await statusesOf(await send({ ...EMAIL, app: 'nowhere' }))).toEqual([401]);
  });

  test.each([{ ...EMAIL, channel: 'fax' }, { ...EMAIL, variant: 'x' }, { ...EMAIL, app: 'a/b' }, []])(
    'refuses what it cannot have sent',
    async (form) => {
      expect((await send(form as Record<string, string>)).status).toBe(400);
      expect(relay.inbox.entries()).toEqual([]);
    },
  );
});

describe('a scenario', () => {
  const set = (id: string | null) =>
    fetch(`${relay.address}/scenario`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ id }),
    });

  test.each([
    ['email_rejected', 422, 'rejected'],
    ['email_misconfigured', 500, 'misconfigured'],
  ])('%s makes the provider fail', async (id, status, outcome) => {
    expect((await set(id)).status).toBe(200);
    try {
      expect(await statusesOf(await send(EMAIL))).toEqual([status]);
      expect(await settled(1)).toMatchObject([{ status, outcome, messages: [] }]);
    } finally {
      await set(null);
    }
  });

  test('shows a message whose acceptance was never confirmed', async () => {
    await set('sms_lost');
    try {
      await send({ channel: 'sms', to: '+12025550123', body: 'Code 1', variant: 'valid' });
      const entry = await until(() =>
        relay.inbox.entries().find(({ messages, status }) => status && messages[0]),
      );
      expect(entry).toMatchObject({ status: 202, outcome: 'unconfirmed', messages: [{ text: 'Code 1' }] });
    } finally {
      await set(null);
    }
  });

  test('that ends lets the queue deliver what waits', async () => {
    await set('sms_down');
    await send({ channel: 'sms', to: '+12025550123', body: 'Code 2', variant: 'valid' });
    const queued = await until(() => relay.inbox.entries().find(({ outcome, status }) => status && outcome));
    expect(queued).toMatchObject({ status: 202, outcome: 'queued', messages: [] });
    await set(null);
    const sent = await until(() =>
      relay.inbox.entries().find(({ outcome, messages }) => outcome === 'accepted' && messages[0]),
    );
    expect(sent).toMatchObject({ id: queued.id, messages: [{ text: 'Code 2' }] });
    expect(sent.steps.at(-1)?.attempt).toBeGreaterThanOrEqual(1);
  });

  test('of another name is refused', async () => {
    expect((await set('fax_down')).status).toBe(400);
  });
});

describe('the page', () => {
  const get = (path: string, headers: Record<string, string> = {}) =>
    fetch(`${relay.address}${path}`, { headers });

  test('has a policy by which it loads nothing from elsewhere and makes no markup of text', async () => {
    const response = await get('/');
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const policy = response.headers.get('content-security-policy');
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("require-trusted-types-for 'script'");
    expect(policy).not.toContain('unsafe');
    expect(await response.text()).not.toMatch(/https?:|\sstyle=|\son\w+=|<script>/);
  });

  test.each(['base.css', 'main.js', 'detail.js', 'icon.svg'])('has %s', async (file) => {
    const response = await get(`/page/${file}`);
    expect(response.status).toBe(200);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
  });

  test.each([
    '/page/none.js',
    '/page/../relay.ts',
    '/page/%2e%2e/relay.ts',
    '/page/..%2frelay.ts',
    '/relay.ts',
  ])('has no %s', async (path) => {
    expect((await get(path)).status).toBe(404);
  });

  test('gives the inbox as data', async () => {
    await send(EMAIL);
    const entries = await settled(1);
    expect(await (await get('/inbox.json')).json()).toEqual(JSON.parse(JSON.stringify({ entries })));
  });

  test('shows a message under a policy of its own, without what reaches out ahead of it', async () => {
    const body =
      '<LINK rel=preconnect href="//evil.example"><linkage><iframe\nsrc="//evil.example"></iframe>5928';
    await send({ ...EMAIL, body });
    const [entry] = await settled(1);
    const response = await get(`/messages/html/${entry?.messages[0]?.id ?? ''}`);
    expect(response.headers.get('content-security-policy')).toBe(
      "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'; sandbox allow-same-origin",
    );
    expect(await response.text()).toContain(
      '</style><x-LINK rel=preconnect href="//evil.example"><linkage><x-iframe\nsrc="//evil.example"></iframe>5928',
    );
    expect((await get('/messages/html/999')).status).toBe(404);
  });

  test('streams what there is, and each change', async () => {
    await send(EMAIL);
    const [first] = await settled(1);
    const controller = new AbortController();
    const { body } = await fetch(`${relay.address}/events`, { signal: controller.signal });
    let text = '';
    const decoder = new TextDecoder();
    for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
      text += decoder.decode(chunk, { stream: true });
      if (!text.includes('event: snapshot')) continue;
      if (!text.includes('event: entry')) await send({ ...EMAIL, variant: 'stale' });
      if (text.includes('timestamp_stale')) break;
    }
    controller.abort();
    const [snapshot = ''] = text.split('\n\n');
    const { entries } = JSON.parse(snapshot.slice(snapshot.indexOf('{'))) as { entries: InboxEntry[] };
    expect(entries).toMatchObject([{ id: first?.id, messages: [{ hasHtml: true }] }]);
    expect(entries[0]?.messages[0]).not.toHaveProperty('html');
  });

  const paths = ['/', '/inbox.json', '/events', '/messages/1', '/page/main.js', '/send'];

  test.each(paths)('%s is not for a host of another name', async (path) => {
    // `fetch` does not let a host be chosen.
    const { port } = new URL(relay.address);
    const { stdout } = await run('curl', [
      '-s',
      '-o',
      '/dev/null',
      '-w',
      '%{http_code}',
      '-H',
      `Host: evil.example:${port}`,
      `http://127.0.0.1:${port}${path}`,
    ]);
    expect(stdout).toBe('403');
  });

  test.each(paths)('%s is not for a page of another site', async (path) => {
    const method = path === '/send' ? 'POST' : 'GET';
    for (const headers of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }]) {
      expect((await fetch(`${relay.address}${path}`, { method, headers })).status).toBe(403);
    }
  });

  test('takes a form only in a type that other sites cannot send', async () => {
    const response = await fetch(`${relay.address}/send`, { method: 'POST', body: JSON.stringify(EMAIL) });
    expect(response.status).toBe(400);
    expect(relay.inbox.entries()).toEqual([]);
  });
});

test('what is asked while it starts is answered once it has started', async () => {
  const holder = createServer();
  const port = await listen(holder, 0);
  await closeServer(holder);
  const started = startLocalRelay({ port, overrides: {}, folder: `${folder}-early` });
  const connected = async (): Promise<Response> => {
    try {
      return await fetch(`http://127.0.0.1:${port}/inbox.json`);
    } catch {
      return connected();
    }
  };
  const response = await connected();
  await (await started).close();
  expect(response.status).toBe(200);
}, 30_000);

describe('a start that fails', () => {
  test('says which port is taken, and leaves nothing behind', async () => {
    const other = createServer();
    const port = await listen(other, 0);
    // The gateway's own port is free, the loopback's is not.
    const started = startLocalRelay({ port: port - 1, overrides: {}, folder: `${folder}-taken` });
    await expect(started).rejects.toThrow(PortTakenError);
    await expect(started).rejects.toMatchObject({ port });
    await closeServer(other);
  });

  test('lists every faulty setting', async () => {
    const overrides = { EMAIL_FROM: 'nobody', OWNID_SHARED_SECRET: 'short', UNRELATED: 'x' };
    const started = startLocalRelay({ port: 0, overrides, folder: `${folder}-faulty` });
    await expect(started).rejects.toThrow('EMAIL_FROM must be one email address');
    await expect(started).rejects.toThrow('OWNID_SHARED_SECRET must be standard base64');
  });
});

test.each(['smtp', 'microsoft', 'sendgrid', 'mandrill'])(
  'an email goes through %s where that is set',
  async (provider) => {
    const overrides = { EMAIL_PROVIDER: provider, RECIPIENT_LIMIT: '*' };
    const other = await startLocalRelay({ port: 0, overrides, folder: `${folder}-${provider}` });
    try {
      const settledEntry = new Promise<InboxEntry>((resolve) => {
        other.inbox.subscribe((change) => {
          if ('entry' in change && change.entry.outcome !== undefined && change.entry.messages.length > 0) {
            resolve(change.entry);
          }
        });
      });
      const response = await fetch(`${other.address}/send`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(EMAIL),
      });
      expect(await statusesOf(response)).toEqual([202]);
      expect(await settledEntry).toMatchObject({
        outcome: 'accepted',
        messages: [
          {
            provider,
            to: 'you@example.com',
            subject: 'Grüße',
            html: expect.stringContaining('<b>5928</b>') as string,
          },
        ],
      });
    } finally {
      await other.close();
    }
  },
);

describe('what is set for a provider', () => {
  const loopbacks = {
    SMTP_HOST: '127.0.0.1',
    SMTP_CA: 'x',
    SENDGRID_API_KEY: 'k',
    STATE_TABLE: 'state',
    AWS_ENDPOINT_URL: 'http://loopback',
  };
  const settings = {
    EMAIL_FROM: 'login@example.com',
    STATE_TIMEOUT_MS: '10000',
    AWS_REGION: 'eu-west-1',
    AWS_ENDPOINT_URL: 'http://elsewhere',
    AWS_ENDPOINT_URL_SES: 'http://elsewhere',
    SMTP_HOST: 'mail.example.com',
    SMTP_HOST__SHOP: 'mail.example.com',
    SENDGRID_API_KEY: 'exported',
  };

  const others = { EMAIL_FROM: 'login@example.com', STATE_TIMEOUT_MS: '10000', AWS_REGION: 'eu-west-1' };

  test('is not used unless the provider is to be real, for no app and no service', () => {
    expect(functionEnvironment({ settings, loopbacks, real: new Set() })).toEqual({
      ...loopbacks,
      ...others,
    });
  });

  test('is all that is used of a real one', () => {
    expect(functionEnvironment({ settings, loopbacks, real: new Set(['smtp']) })).toEqual({
      ...others,
      SMTP_HOST: 'mail.example.com',
      SMTP_HOST__SHOP: 'mail.example.com',
      SENDGRID_API_KEY: 'k',
      STATE_TABLE: 'state',
      AWS_ENDPOINT_URL: 'http://loopback',
    });
  });

  test('a real SES gets the credentials that are given, and everything else of AWS is played', () => {
    const credentials = { AWS_ACCESS_KEY_ID: 'AKIA', AWS_SECRET_ACCESS_KEY: 's' };
    const environment = functionEnvironment({ settings, loopbacks, real: new Set(['ses']), credentials });
    expect(environment).toMatchObject({
      ...credentials,
      AWS_ENDPOINT_URL_SSM: 'http://loopback',
      AWS_ENDPOINT_URL_SQS: 'http://loopback',
      AWS_ENDPOINT_URL_DYNAMODB: 'http://loopback',
      AWS_ENDPOINT_URL_SNS: 'http://loopback',
    });
    expect(environment['AWS_ENDPOINT_URL']).toBeUndefined();
    expect(environment['AWS_ENDPOINT_URL_SES']).toBeUndefined();
  });
});
