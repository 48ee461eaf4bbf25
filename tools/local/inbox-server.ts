import { readdir, readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ownHosts, readBody } from '../http.js';
import type { ChannelName } from '../ownid/ownid.js';
import { decodeRaw, indented } from './decode.js';
import type { Inbox, InboxEntry } from './inbox.js';
import { messageDocument } from './message-document.js';
import type { ProviderInUse } from './reality.js';
import type { Scenario } from './scenarios.js';

/** What the page shows besides the messages. */
export interface PageInfo {
  readonly command: string;
  readonly providers: readonly ProviderInUse[];
  readonly scenarios: readonly Scenario[];
  /** The id of the scenario that is played. */
  readonly active: string | undefined;
}

export interface InboxServerOptions {
  readonly inbox: Inbox;
  readonly info: () => PageInfo;
  /** Calls the listener when `info` changes; returns the function that ends that. */
  readonly onInfo: (listener: () => void) => () => void;
  /** The command that sends a request once more. */
  readonly commandOf: (request: { channel: ChannelName; app: string; path: string; body: string }) => string;
  /** What the page may post, by path: each answers with JSON, or with undefined to content that makes no sense. */
  readonly actions: Readonly<Record<string, ((content: unknown) => unknown) | undefined>>;
}

const PAGE = new URL('page/', import.meta.url);
const TYPES: Readonly<Record<string, string | undefined>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
};

const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "frame-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  // No string may become markup, whatever the page's script does.
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const MESSAGE_POLICY = [
  "default-src 'none'",
  "style-src 'unsafe-inline'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
  // No script runs; the page may measure the document, to show it as high as it is.
  'sandbox allow-same-origin',
].join('; ');

const COMMON_HEADERS = {
  'cache-control': 'no-store',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-dns-prefetch-control': 'off',
};

const MAX_FORM_BYTES = 1024 * 1024;
const HEARTBEAT_MS = 20_000;

/** Answers the requests of the inbox page. Returns false for a path that is none of the page's. */
export async function serveInbox(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  options: InboxServerOptions,
): Promise<boolean> {
  const action = options.actions[path];
  const read = action === undefined ? readerOf(path, request, options) : undefined;
  if (action === undefined && read === undefined) return false;

  if (!isOwn(request)) {
    write(response, 403, 'This page is for this machine alone.\n');
  } else if (request.method !== (action === undefined ? 'GET' : 'POST')) {
    write(response, 405, 'Method not allowed.\n');
  } else if (action !== undefined) {
    await act(request, response, action);
  } else {
    await read?.(response);
  }
  return true;
}

type Reader = (response: ServerResponse) => void | Promise<void>;

function readerOf(path: string, request: IncomingMessage, options: InboxServerOptions): Reader | undefined {
  const { inbox } = options;
  const file = path === '/' ? 'index.html' : /^\/page\/([a-z]+\.[a-z]+)$/.exec(path)?.[1];
  if (file !== undefined) return (response) => writeFile(response, file);
  if (path === '/inbox.json') {
    return (response) => {
      writeJson(response, 200, { entries: inbox.entries() });
    };
  }
  if (path === '/events') {
    return (response) => {
      streamChanges(request, response, options);
    };
  }
  const [, kind, id = ''] = /^\/(messages|messages\/html|requests)\/([\w-]+)$/.exec(path) ?? [];
  if (kind === undefined) return undefined;
  return async (response) => {
    const message = inbox.findMessage(id);
    const entry = inbox.findEntry(id);
    if (kind === 'requests' && entry?.request !== undefined) {
      writeJson(response, 200, requestDetails(entry, options));
    } else if (kind === 'messages' && message !== undefined) {
      writeJson(response, 200, { ...message, decoded: await decodeRaw(message.raw) });
    } else if (kind === 'messages/html' && message !== undefined) {
      writeMessageDocument(response, message.html ?? '', request.url?.endsWith('?dark') === true);
    } else {
      write(response, 404, 'It is no longer there.\n');
    }
  };
}

function requestDetails(entry: InboxEntry, { commandOf }: InboxServerOptions) {
  const { method, path = '', headers, request = '', app = '', channel, status, answer } = entry;
  return {
    method,
    path,
    headers,
    body: indented(request),
    status,
    answer,
    ...(channel !== undefined && { command: commandOf({ channel, app, path, body: request }) }),
  };
}

async function writeFile(response: ServerResponse, file: string): Promise<void> {
  const type = TYPES[file.split('.').at(-1) ?? ''];
  const files = await readdir(PAGE);
  if (type === undefined || !files.includes(file)) write(response, 404, 'No such file.\n');
  else write(response, 200, await readFile(new URL(file, PAGE)), { 'content-type': type });
}

/** Whether a request is addressed to this machine by name, and comes from the page itself or from no page. */
function isOwn({ headers, socket }: IncomingMessage): boolean {
  const site = headers['sec-fetch-site'];
  const isOwnSite = site === undefined || site === 'same-origin' || site === 'none';
  return isOwnSite && ownHosts(socket.localPort).includes(headers.host ?? '');
}

/** The message as its recipient would see it, with nothing that runs, loads or leads elsewhere. */
function writeMessageDocument(response: ServerResponse, html: string, isDark: boolean): void {
  write(response, 200, messageDocument(html, { isDark }), {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': MESSAGE_POLICY,
  });
}

async function act(
  request: IncomingMessage,
  response: ServerResponse,
  action: (content: unknown) => unknown,
): Promise<void> {
  const body = await readBody(request, MAX_FORM_BYTES);
  // Other sites cannot send this type without asking first, and nobody answers that.
  const isJson = request.headers['content-type']?.startsWith('application/json') === true;
  const answer = isJson && body !== undefined ? await action(parse(body)) : undefined;
  if (answer === undefined) writeJson(response, 400, { message: 'That is not filled in as it should be.' });
  else writeJson(response, 200, answer);
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch {
    return undefined;
  }
}

/** Server-sent events: first everything there is, then each change. */
function streamChanges(
  request: IncomingMessage,
  response: ServerResponse,
  { inbox, info, onInfo }: InboxServerOptions,
): void {
  response.writeHead(200, { ...COMMON_HEADERS, 'content-type': 'text/event-stream' });
  const event = (name: string, data: unknown) => {
    response.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
  };
  const snapshot = () => {
    event('snapshot', { info: info(), entries: inbox.entries().map(summary) });
  };
  snapshot();
  const unsubscribe = inbox.subscribe((change) => {
    if ('entry' in change) event('entry', summary(change.entry));
    else if ('removed' in change) event('removed', change.removed);
    else snapshot();
  });
  const forgetInfo = onInfo(() => {
    event('info', info());
  });
  const heartbeat = setInterval(() => response.write(':\n\n'), HEARTBEAT_MS);
  request.on('close', () => {
    unsubscribe();
    forgetInfo();
    clearInterval(heartbeat);
  });
}

/** An entry without what the page fetches when it is opened. */
function summary(entry: InboxEntry) {
  // JSON leaves out what is undefined.
  const shown = { ...entry, request: undefined, headers: undefined, answer: undefined };
  const messages = entry.messages.map(({ html, raw, ...message }) => ({
    ...message,
    hasHtml: html !== undefined,
    rawLength: raw.length,
  }));
  return { ...shown, messages, hasRequest: entry.request !== undefined };
}

function writeJson(response: ServerResponse, status: number, value: unknown): void {
  write(response, status, JSON.stringify(value), { 'content-type': 'application/json' });
}

function write(
  response: ServerResponse,
  status: number,
  body: string | Buffer,
  headers: Record<string, string> = {},
): void {
  response
    .writeHead(status, {
      ...COMMON_HEADERS,
      'content-type': 'text/plain; charset=utf-8',
      'content-security-policy': PAGE_POLICY,
      ...headers,
    })
    .end(body);
}
