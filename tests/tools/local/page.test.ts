import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { InboxEntry } from '../../../tools/local/inbox-entry.js';
import { EMAIL_FORM, startRelay } from '../../support/local-relay.js';

const run = promisify(execFile);
let relay: Awaited<ReturnType<typeof startRelay>>;

beforeAll(async () => {
  relay = await startRelay('page');
}, 120_000);

afterAll(() => relay.close());
beforeEach(() => {
  relay.inbox.clear();
});

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
  await relay.send(EMAIL_FORM);
  const entries = await relay.settled(1);
  expect(await (await get('/inbox.json')).json()).toEqual(JSON.parse(JSON.stringify({ entries })));
});

test('shows a message under a policy of its own, without what reaches out ahead of it', async () => {
  const body =
    '<LINK rel=preconnect href="//evil.example"><linkage><iframe\nsrc="//evil.example"></iframe>5928';
  await relay.send({ ...EMAIL_FORM, body });
  const [entry] = await relay.settled(1);
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
  await relay.send(EMAIL_FORM);
  const [first] = await relay.settled(1);
  const controller = new AbortController();
  const { body } = await fetch(`${relay.address}/events`, { signal: controller.signal });
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of body as unknown as AsyncIterable<Uint8Array>) {
    text += decoder.decode(chunk, { stream: true });
    if (!text.includes('event: snapshot')) continue;
    if (!text.includes('event: entry')) await relay.send({ ...EMAIL_FORM, variant: 'stale' });
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
  const response = await fetch(`${relay.address}/send`, { method: 'POST', body: JSON.stringify(EMAIL_FORM) });
  expect(response.status).toBe(400);
  expect(relay.inbox.entries()).toEqual([]);
});
