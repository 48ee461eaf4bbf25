import { readdir, readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { ownHosts, readBody } from '../http.js';
import type { ChannelName } from '../ownid/ownid.js';
import { decodeRaw, indented } from './decode.js';
import { streamChanges } from './event-stream.js';
import type { InboxEntry } from './inbox-entry.js';
import type { Inbox } from './inbox.js';
import { messageDocument } from './message-document.js';
import { write, writeJson, writeMessage } from './page-answers.js';
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

const MAX_FORM_BYTES = 1024 * 1024;

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
      const isDark = request.url?.endsWith('?dark') === true;
      writeMessage(response, messageDocument(message.html ?? '', { isDark }));
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
