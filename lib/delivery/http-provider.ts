import { DeliveryError, type DeliveryErrorKind } from '../errors.js';
import type { Deadline } from '../net/deadline.js';
import type { HttpResponse } from '../net/exchange.js';
import { TransportError, transportErrorKind } from '../net/transport-error.js';
import type { Transport } from '../net/transport.js';

/** A provider's refusal, as its own rules read the response. */
export interface Failure {
  readonly kind: DeliveryErrorKind;
  readonly code: string;
}

interface Post<T> {
  readonly provider: string;
  readonly transport: Transport;
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly deadline: Deadline;
  /**
   * Returns a result, or a {@link Failure} in its place. What it throws makes the outcome `ambiguous`, since the message
   * was sent.
   */
  readonly read: (response: HttpResponse) => { result: T } | Failure;
}

/**
 * Posts JSON to a provider and has `read` interpret the answer.
 *
 * @throws {DeliveryError} where no answer came, or a failure was read.
 */
export async function postJson<T>({ payload, ...options }: Post<T> & { payload: unknown }): Promise<T> {
  const content = { type: 'application/json; charset=utf-8', body: JSON.stringify(payload) };
  return post({ ...options, content });
}

/** As {@link postJson}, with content of any type. */
export async function post<T>(options: Post<T> & { content: { type: string; body: string } }): Promise<T> {
  const { provider, transport, url, content, deadline, read } = options;
  const body = Buffer.from(content.body);
  const headers = {
    ...options.headers,
    accept: 'application/json',
    'content-type': content.type,
    'content-length': String(body.length),
  };

  let outcome: { result: T } | Failure;
  try {
    outcome = read(await transport.send({ method: 'POST', url, headers, body }, { deadline }));
  } catch (cause) {
    const [kind, code]: [DeliveryErrorKind, string] =
      cause instanceof TransportError ? [transportErrorKind(cause), cause.code] : ['ambiguous', UNREADABLE];
    throw new DeliveryError(kind, { provider, code, cause });
  }
  if ('kind' in outcome) throw new DeliveryError(outcome.kind, { provider, code: outcome.code });
  return outcome.result;
}

/** The code of an answer that promises success and does not show it. */
export const UNREADABLE = 'UNREADABLE';

/**
 * What an answer means that is not in the service's own words: something between it and us may have given it, after the
 * service took the message. Only a 429 says that it did not (RFC 6585, section 4).
 */
export function foreignAnswer({ status }: HttpResponse): Failure {
  return { kind: status === 429 ? 'transient' : 'ambiguous', code: String(status) };
}

/** The members of a JSON object, or none where the value is anything else. */
export function membersOf(value: unknown): Readonly<Partial<Record<string, unknown>>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

/** A JSON body, or undefined where it is anything else. */
export function jsonBody({ body }: HttpResponse): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** A provider's id or code where it looks like one: nothing else of an answer may go into the log. */
export function plainWord(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\w.-]{1,100}$/.test(value) ? value : undefined;
}
