import { CloudWatchLogsClient, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import type { LogRecord } from '../../lib/telemetry/log.js';
import type { ClientConfig } from '../stage/account.js';
import type { EmailEvent, Line } from './join.js';

/** The most pages of events that are read, the oldest first. */
const MAXIMUM_PAGES = 200;

interface Entry {
  readonly time: number;
  readonly text: string;
}

/**
 * Reads a log group.
 *
 * @param query.since milliseconds since the Unix epoch.
 * @param query.terms lines with any of them; all lines where there are none.
 * @returns nothing where there is no such group: nothing has been logged, or the function is not deployed.
 */
export async function readLog(
  client: ClientConfig,
  group: string,
  { since, terms }: { since: number; terms: readonly string[] },
): Promise<Entry[]> {
  const logs = new CloudWatchLogsClient(client);
  const entries: Entry[] = [];
  let nextToken: string | undefined;
  for (let page = 0; page < MAXIMUM_PAGES; page += 1) {
    const command = new FilterLogEventsCommand({
      logGroupName: group,
      startTime: since,
      ...(terms.length > 0 && { filterPattern: anyOf(terms) }),
      ...(nextToken !== undefined && { nextToken }),
    });
    let events;
    try {
      ({ events = [], nextToken } = await logs.send(command));
    } catch (error) {
      if ((error as Error).name !== 'ResourceNotFoundException') throw error;
      return [];
    }
    entries.push(...events.map(({ timestamp: time = 0, message: text = '' }) => ({ time, text })));
    if (nextToken === undefined) break;
  }
  return entries;
}

/** CloudWatch Logs user guide, "Filter pattern syntax": `?` before each of several terms means any of them. */
function anyOf(terms: readonly string[]): string {
  const quoted = terms.map((term) => `"${term}"`);
  return quoted.length === 1 ? (quoted[0] ?? '') : quoted.map((term) => `?${term}`).join(' ');
}

/** The lines that hold a record of ours. In Lambda's JSON log format it is the member `message`. */
export function toLines(entries: readonly Entry[]): Line[] {
  return entries.flatMap(({ time, text }) => {
    const line = parseObject(text);
    const record = (typeof line?.['message'] === 'object' ? line['message'] : line) as LogRecord | null;
    return record?.outcome === undefined ? [] : [{ time, record }];
  });
}

export function toEmailEvents(entries: readonly Entry[]): EmailEvent[] {
  return entries.flatMap(({ text }) => {
    const event = parseObject(text);
    return typeof event?.['messageId'] === 'string' ? [event as unknown as EmailEvent] : [];
  });
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
