import type { LogRecord } from '../../lib/telemetry/log.js';
import type { ReceivedMessage } from '../../tools/loopback/provider.js';

export const EMAIL = { email: 'you@example.com', subject: 'Your code', body: '<b>5928</b>' };

export const HEADERS = [['Content-Type', 'application/json']] as const;
/** An answer whose headers and body are of no matter. */
export const answered = (status: number, latencyMs: number) => ({ status, latencyMs, headers: [], body: '' });

/** A webhook as the gateway tells of it. */
export function request(requestId: string, content: unknown = EMAIL, channel: 'email' | 'sms' = 'email') {
  const body = Buffer.from(typeof content === 'string' ? content : JSON.stringify(content));
  return {
    requestId,
    channel,
    app: undefined,
    method: 'POST',
    path: `/${channel}`,
    headers: HEADERS,
    receivedAt: 1000,
    body,
  };
}

/** A message as a provider tells of it. */
export function message(messageId: string, more: Partial<ReceivedMessage> = {}): ReceivedMessage {
  return {
    channel: 'email',
    provider: 'ses',
    messageId,
    receivedAt: 1001,
    to: 'you@example.com',
    subject: 'Your code',
    html: '<b>5928</b>',
    raw: 'raw',
    ...more,
  };
}

/** A line as a function logs it. */
export function logLine(requestId: string, more: LogRecord): string {
  return JSON.stringify({ requestId, channel: 'email', ...more });
}

export const accepted = (requestId: string, messageId: string) =>
  logLine(requestId, { outcome: 'accepted', provider: 'ses', messageId, failures: [] });
