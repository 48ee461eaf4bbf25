import type { LogRecord } from '../../lib/telemetry/log.js';

/** Reads a line that a function wrote; undefined where it is no log record of ours. */
export function readLogRecord(line: string): LogRecord | undefined {
  try {
    const record = JSON.parse(line) as LogRecord | null;
    return typeof record?.channel === 'string' ? record : undefined;
  } catch {
    return undefined;
  }
}

/** A line for the terminal: a request's end in columns, anything else in words; undefined for what is for machines. */
export function describeLine(line: string, time: Date): string | undefined {
  // Metrics are for CloudWatch.
  if (line.startsWith('{"_aws"')) return undefined;
  const record = readLogRecord(line);
  if (record === undefined) return line;

  const { channel, app, outcome, reason, faults, failures, provider, messageId, attempt, durationMs } =
    record;
  const path = `/${channel ?? ''}${app === undefined ? '' : `/${app.toLowerCase()}`}`;
  const parts = [
    time.toLocaleTimeString(),
    outcome === undefined ? channel : path,
    attempt === undefined ? undefined : `attempt ${attempt}`,
    outcome,
    reason === outcome ? undefined : reason,
    ...(faults ?? []),
    ...(failures ?? []),
    provider,
    messageId,
    durationMs === undefined ? undefined : `${durationMs} ms`,
  ];
  return parts.filter((part) => part !== undefined).join('  ');
}
