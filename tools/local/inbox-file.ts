import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { InboxEntry } from './inbox-entry.js';
import type { Inbox } from './inbox.js';

/** A burst of changes is written once, since all of the inbox is written. */
const DELAY_MS = 1000;

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
  let writing: Promise<void> | undefined;
  let changes = 0;
  let written = 0;

  const write = async () => {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(`${path}.new`, JSON.stringify({ entries: inbox.entries() }), { mode: 0o600 });
    // A run that is killed meanwhile leaves the former file as it was.
    await rename(`${path}.new`, path);
  };
  const flush = async () => {
    timer = undefined;
    written = changes;
    // The inbox in memory goes on without its file.
    writing = write().catch(() => undefined);
    await writing;
    writing = undefined;
    schedule();
  };
  // One at a time: under load the inbox changes faster than it is written.
  const schedule = () => {
    if (changes > written && writing === undefined) timer ??= setTimeout(() => void flush(), DELAY_MS);
  };
  const unsubscribe = inbox.subscribe(() => {
    changes += 1;
    schedule();
  });
  return {
    close: async () => {
      unsubscribe();
      await writing;
      clearTimeout(timer);
      if (changes > written) await flush();
    },
  };
}
