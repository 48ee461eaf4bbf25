import { fileURLToPath } from 'node:url';
import type { InboxEntry } from '../../tools/local/inbox-entry.js';
import { type LocalRelay, startLocalRelay } from '../../tools/local/relay.js';

/** A folder for a local relay: below the project, whose package.json says that the bundles are ES modules. */
export function relayFolder(name: string): string {
  return fileURLToPath(new URL(`../../dist/test-${name}`, import.meta.url));
}

/** A relay for the tests of a file, with what the page's form does. */
export async function startRelay(name: string, overrides: Record<string, string> = {}) {
  const relay = await startLocalRelay({
    port: 0,
    overrides: { RECIPIENT_LIMIT: '*', ...overrides },
    folder: relayFolder(name),
  });
  const post = (path: string, content: unknown) =>
    fetch(`${relay.address}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(content),
    });
  return { ...relay, ...watch(relay), post, send: (form: unknown) => post('/send', form) };
}

function watch({ inbox }: LocalRelay) {
  /** Waits for what arrives by another way than the answer. */
  const until = <T>(look: () => T | undefined): Promise<T> =>
    new Promise((resolve) => {
      const check = () => {
        const found = look();
        if (found === undefined) return false;
        unsubscribe();
        resolve(found);
        return true;
      };
      const unsubscribe = inbox.subscribe(check);
      check();
    });
  /** The entries, when there are `count` and all that came of each is there. */
  const settled = (count: number): Promise<readonly InboxEntry[]> =>
    until(() => {
      const entries = inbox.entries();
      const isSettled = ({ status, outcome, messages }: InboxEntry) =>
        status !== undefined && outcome !== undefined && (outcome !== 'accepted' || messages.length === 1);
      return entries.length === count && entries.every(isSettled) ? entries : undefined;
    });
  return { until, settled };
}

export async function statusesOf(response: Response): Promise<number[]> {
  const { answers } = (await response.json()) as { answers: { status: number }[] };
  return answers.map(({ status }) => status);
}

/** A form as the page posts it. */
export const EMAIL_FORM = {
  channel: 'email',
  to: 'you@example.com',
  subject: 'Grüße',
  body: '<p>Code <b>5928</b></p>',
  variant: 'valid',
};
