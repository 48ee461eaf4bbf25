import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Inbox, InboxEntry } from './inbox.js';

/** A burst of changes is written once. */
const DELAY_MS = 300;

/** The entries of a former run, oldest first; none where the file is missing or cannot be read. */
export async function readInboxFile(path: string): Promise<InboxEntry[]> {
  try {
    const { entries } = JSON.parse(await readFile(path, 'utf8')) as { entries: InboxEntry[] };
    return entries.map(endedWithItsRun).reverse();
  } catch {
    return [];
  }
}

/** What was on its way or in the queue went with the process. */
function endedWithItsRun(entry: InboxEntry): InboxEntry {
  const isOpen = entry.request !== undefined && entry.status === undefined;
  const isQueued = entry.outcome === 'queued' || entry.outcome === 'retried';
  return isOpen || isQueued ? { ...entry, outcome: 'interrupted', reason: undefined } : entry;
}

/** Keeps the inbox in a file that only its owner can read; `close` writes what is still to be written. */
export function keepInboxFile(path: string, inbox: Inbox): { close(): Promise<void> } {
  let timer: NodeJS.Timeout | undefined;
  let writing = Promise.resolve();

  const write = async () => {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(`${path}.new`, JSON.stringify({ entries: inbox.entries() }), { mode: 0o600 });
    // A run that is killed meanwhile leaves the former file as it was.
    await rename(`${path}.new`, path);
  };
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    // The inbox in memory goes on without its file.
    writing = writing.then(write).catch(() => undefined);
  };
  const unsubscribe = inbox.subscribe(() => {
    timer ??= setTimeout(flush, DELAY_MS);
  });
  return {
    close: async () => {
      unsubscribe();
      if (timer !== undefined) flush();
      await writing;
    },
  };
}
