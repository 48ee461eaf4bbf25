import { createHmac, type KeyObject } from 'node:crypto';
import type { Environment } from '../settings/settings.js';

/** Everything that may be logged of a webhook: nothing of the message, and only a keyed hash of its recipient. */
export interface LogRecord {
  requestId?: string | undefined;
  channel?: string;
  /** Set only where it is the name of a configured app; absent for the default app. */
  app?: string | undefined;
  outcome?: string;
  /** Why it was refused; one of our own fixed words. */
  reason?: string | undefined;
  /** Faulty settings and missing parameters by name. */
  faults?: readonly string[];
  provider?: string;
  messageId?: string | undefined;
  /** {@link hashRecipient}. */
  recipient?: string;
  /** ISO 3166 code of the recipient's number. */
  country?: string | undefined;
  /** How many numbers are in the range whose cap was closed or lowered. */
  rangeSize?: number;
  /** Failed attempts as `provider:kind:code`. */
  failures?: readonly string[];
  /** How many times the queue has handed it out. */
  attempt?: number | undefined;
  durationMs?: number;
  deliveryMs?: number | undefined;
}

type Level = 'info' | 'warn' | 'error';
export type Log = (level: Level, record: LogRecord) => void;
export type LogSink = Pick<Console, Level>;

// Enforces the allow-list at run time too: a field that a cast smuggled in is left out.
const FIELDS = [
  'requestId',
  'channel',
  'app',
  'outcome',
  'reason',
  'faults',
  'provider',
  'messageId',
  'recipient',
  'country',
  'rangeSize',
  'failures',
  'attempt',
  'durationMs',
  'deliveryMs',
] as const satisfies readonly (keyof LogRecord)[];

// Codes and ids come from a provider's answer; text in their place would not match.
const SAFE = /^[\w.:@<>=+/-]{1,200}$/;

/**
 * Writes one line of JSON per record. Lambda's JSON log format adds time, level and request id to an object that is
 * logged; elsewhere the object is written as JSON.
 */
export function createLog(environment: Environment, sink: LogSink = console): Log {
  const isJson = environment['AWS_LAMBDA_LOG_FORMAT'] === 'JSON';
  return (level, record) => {
    const allowed = Object.fromEntries(
      FIELDS.filter((field) => record[field] !== undefined).map((field) => [
        field,
        safe(field, record[field]),
      ]),
    );
    sink[level](isJson ? allowed : JSON.stringify(allowed));
  };
}

function safe(field: keyof LogRecord, value: unknown): unknown {
  if (typeof value === 'string') return SAFE.test(value) ? value : '(withheld)';
  // Faults are sentences of our own.
  if (Array.isArray(value) && field !== 'faults') return value.map((item: unknown) => safe(field, item));
  return value;
}

/** A recipient as it may appear in a log: 128 bits of HMAC-SHA256, keyed with the app's shared secret, in hex. */
export function hashRecipient(recipient: string, secret: KeyObject): string {
  return createHmac('sha256', secret)
    .update('recipient:')
    .update(recipient.toLowerCase())
    .digest('hex')
    .slice(0, 32);
}
