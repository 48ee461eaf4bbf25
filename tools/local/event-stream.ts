import type { IncomingMessage, ServerResponse } from 'node:http';
import type { InboxEntry } from './inbox-entry.js';
import type { Inbox } from './inbox.js';
import { COMMON_HEADERS } from './page-answers.js';

const HEARTBEAT_MS = 20_000;
/** What a page that does not read has waiting for it; then it is left behind. */
const MAX_WAITING_BYTES = 1024 * 1024;

/**
 * Server-sent events: first everything there is, then each change. A page that reads too slowly misses changes, and gets
 * everything once more when it has caught up.
 *
 * @param options.info what the page shows besides the messages.
 * @param options.onInfo calls the listener when that changes; returns the function that ends this.
 */
export function streamChanges(
  request: IncomingMessage,
  response: ServerResponse,
  {
    inbox,
    info,
    onInfo,
  }: {
    inbox: Pick<Inbox, 'entries' | 'subscribe'>;
    info: () => unknown;
    onInfo: (listener: () => void) => () => void;
  },
): void {
  response.writeHead(200, { ...COMMON_HEADERS, 'content-type': 'text/event-stream' });
  let hasMissed = false;
  const event = (name: string, data: unknown) => {
    hasMissed ||= response.writableLength > MAX_WAITING_BYTES;
    if (!hasMissed) response.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
  };
  const snapshot = () => {
    event('snapshot', { info: info(), entries: inbox.entries().map(summary) });
  };
  response.on('drain', () => {
    if (!hasMissed) return;
    hasMissed = false;
    snapshot();
  });

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
