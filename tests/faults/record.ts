/** A service that the functions call, each over its own port. */
export type Service =
  | 'table'
  | 'queue'
  | 'parameters'
  | 'token'
  | 'ses'
  | 'smtp'
  | 'microsoft'
  | 'sendgrid'
  | 'mandrill'
  | 'sns'
  | 'eum'
  | 'twilio'
  | 'notify';

export const EMAIL_PROVIDERS = ['ses', 'smtp', 'microsoft', 'sendgrid', 'mandrill'] as const;
export const SMS_PROVIDERS = ['sns', 'eum', 'twilio', 'notify'] as const;
const PROVIDERS: readonly Service[] = [...EMAIL_PROVIDERS, ...SMS_PROVIDERS];

export const isProvider = (service: Service): boolean => PROVIDERS.includes(service);

/** One event that a sandbox handled: a post of a webhook, or a batch of the queue. Times are milliseconds since the Unix epoch. */
export interface Visit {
  readonly by: 'webhook' | 'worker';
  readonly sandbox: number;
  /** The numbers of the requests that it is about. */
  readonly requests: readonly number[];
  readonly from: number;
  to?: number;
  /** A webhook's answer; undefined where the function threw. */
  status?: number;
  /** What it counted: the names of metrics. */
  readonly metrics: string[];
  /** Whether its batch was handed out twice, or counts as crashed. */
  readonly isTroubled: boolean;
}

/** What was done to a call on its way. */
export interface Injected {
  readonly kind: string;
  /** Whether the service got the request. */
  readonly isForwarded: boolean;
  /** Whose word the caller hears, if it hears any: the service's answer, its refusal, or that of something in between. */
  readonly word: 'answer' | 'refusal' | 'foreign';
  /** Whether the service refuses this very message, which another attempt would not change. */
  readonly isRejection: boolean;
}

/** One call of a function to a service: what the function sent and heard, and what happened in between. */
export interface Call {
  readonly service: Service;
  /** Unknown for a mail server while several visits are about the same request. */
  readonly visit: Visit | undefined;
  /** None where a connection to a mail server never came to a message. */
  readonly requests: readonly number[];
  readonly sentAt: number;
  endedAt?: number;
  /** The status of the answer; or what Node said, and whether any byte of the request was written. */
  heard?: number | { readonly code: string; readonly isWritten: boolean };
  /** Not later than that it reached the service's side. */
  arrivedAt?: number;
  /** When a provider took the message. */
  takenAt?: number;
  fault?: Injected;
}

/** Whether the service itself answered, and the caller heard it. */
function isAnswered({ heard, fault }: Call): boolean {
  return typeof heard === 'number' && fault?.word !== 'foreign';
}

/** Whether the caller cannot know if the provider took the message. */
export function isUnknown(call: Call): boolean {
  if (!isProvider(call.service) || isAnswered(call)) return false;
  const { heard } = call;
  return typeof heard === 'object' ? heard.isWritten : heard !== undefined;
}

/** Whether the caller heard from the table what became of a write. */
export const isWordOfTable = ({ service, heard, fault }: Call): boolean =>
  service === 'table' && typeof heard === 'number' && (fault === undefined || fault.word === 'answer');

/** Whether anything was done to a call, or no answer came. */
export const hasFailed = ({ fault, heard }: Call): boolean =>
  fault !== undefined || typeof heard === 'object';
