import type { LogRecord } from '../../lib/telemetry/log.js';

/** One line of a function's log about one webhook or one attempt of the queue's worker. */
export interface Line {
  /** Milliseconds since the Unix epoch. */
  readonly time: number;
  readonly record: LogRecord;
}

/** The fate of a mail in SES's words, as `resources/email-events.yml` writes it. Values that do not apply are empty. */
export interface EmailEvent {
  readonly event: string;
  readonly messageId: string;
  readonly bounceType?: string;
  readonly bounceSubType?: string;
  readonly bounceStatus?: string;
  readonly complaintType?: string;
  readonly rejectReason?: string;
  readonly delayType?: string;
}

/** One message from webhook to mailbox. */
export interface Activity {
  /** ISO 8601. */
  readonly time: string;
  readonly channel: string;
  readonly app: string;
  /** Of each attempt, in order: `queued`, `retried`, `accepted`. */
  readonly outcomes: readonly string[];
  readonly reason?: string;
  readonly provider?: string;
  readonly failures: readonly string[];
  readonly country?: string;
  readonly messageId?: string;
  /** What the provider says became of it: `delivered`, `bounced: Permanent General 5.1.1`; empty where it says nothing. */
  readonly fate: string;
}

/** Joins the lines of each request, and what SES says of it by message id; newest first. */
export function join(lines: readonly Line[], events: readonly EmailEvent[]): Activity[] {
  const byMessage = groupBy(events, ({ messageId }) => messageId);
  const requests = groupBy(
    lines.filter(({ record }) => record.outcome !== undefined),
    ({ record, time }) => record.requestId ?? String(time),
  );
  return [...requests.values()]
    .map((unsorted) => {
      const attempts = [...unsorted].sort((a, b) => a.time - b.time);
      const merged: LogRecord = Object.assign({}, ...attempts.map(({ record }) => record)) as LogRecord;
      const { channel = '', app = '', reason, provider, country, messageId } = merged;
      return {
        time: new Date(attempts[0]?.time ?? 0).toISOString(),
        channel,
        app,
        outcomes: attempts.map(({ record }) => record.outcome ?? ''),
        ...(reason !== undefined && { reason }),
        ...(provider !== undefined && { provider }),
        failures: attempts.flatMap(({ record }) => record.failures ?? []),
        ...(country !== undefined && { country }),
        ...(messageId !== undefined && { messageId }),
        fate: fateOf(byMessage.get(messageId ?? '') ?? []),
      };
    })
    .sort((a, b) => b.time.localeCompare(a.time));
}

/** The most telling of a mail's events last: it may be delivered and then reported as spam. */
const FATES: readonly (readonly [string, (event: EmailEvent) => string])[] = [
  ['DeliveryDelay', ({ delayType }) => words('delayed', delayType)],
  ['Delivery', () => 'delivered'],
  ['Reject', ({ rejectReason }) => words('refused by SES', rejectReason)],
  [
    'Bounce',
    ({ bounceType, bounceSubType, bounceStatus }) =>
      words('bounced', bounceType, bounceSubType, bounceStatus),
  ],
  ['Complaint', ({ complaintType }) => words('complained of', complaintType)],
];

function fateOf(events: readonly EmailEvent[]): string {
  let fate = '';
  for (const [name, describe] of FATES) {
    const event = events.find((candidate) => candidate.event === name);
    if (event !== undefined) fate = describe(event);
  }
  return fate;
}

function words(fate: string, ...details: readonly (string | undefined)[]): string {
  const known = details.filter(Boolean);
  return known.length === 0 ? fate : `${fate}: ${known.join(' ')}`;
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}
