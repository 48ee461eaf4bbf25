import type { InboxEntry } from '../local/inbox-entry.js';
import { CommandError } from '../command.js';
import type { Line } from './join.js';

/**
 * What the functions of `npm start` logged, as its inbox has it.
 *
 * @param options.since milliseconds since the Unix epoch.
 * @throws {CommandError} where it does not run.
 */
export async function readLocalLog(
  port: number,
  { since, recipient }: { since: number; recipient: string | undefined },
): Promise<Line[]> {
  const address = `http://localhost:${port}`;
  let entries: readonly InboxEntry[];
  try {
    const response = await fetch(`${address}/inbox.json`);
    ({ entries } = (await response.json()) as { entries: readonly InboxEntry[] });
  } catch (error) {
    throw new CommandError(`Nothing answers at ${address}: is npm start running?`, { cause: error });
  }
  return entries
    .filter(
      (entry) => entry.at >= since && (recipient === undefined || entry.claimed?.to === recipient.trim()),
    )
    .flatMap(({ steps }) => steps.map(({ at, ...record }) => ({ time: at, record })));
}
