import { DeliveryError, type DeliveryErrorKind } from '../errors.js';
import type { Deadline } from '../net/deadline.js';
import type { HttpResponse } from '../net/exchange.js';
import { TransportError, transportErrorKind } from '../net/transport-error.js';
import type { Transport } from '../net/transport.js';

/** A failure that a provider's own rules read from its response. */
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
  /** Returns a result or a {@link Failure}. If it throws, the outcome is `ambiguous`, since the message was sent. */
  readonly read: (response: HttpResponse) => { result: T } | Failure;
}

/**
 * Posts JSON to a provider and has `read` interpret the answer.
 *
 * @throws {DeliveryError} if no answer came, or `read` found a failure.
 */
export async function postJson<T>({ payload, ...options }: Post<T> & { payload: unknown }): Promise<T> {
  const content = { type: 'application/json; charset=utf-8', body: JSON.stringify(payload) };
  return post({ ...options, content });
}

/** Like {@link postJson}, with content of any type. */
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

/** The code for an answer that claims success without proving it. */
export const UNREADABLE = 'UNREADABLE';

/**
 * Classifies an answer that is not in the service's own format: a proxy may have given it after the service took the
 * message. Only a 429 means that it did not (RFC 6585, section 4).
 */
export function foreignAnswer({ status }: HttpResponse): Failure {
  return { kind: status === 429 ? 'transient' : 'ambiguous', code: String(status) };
}

/** The members of a JSON object, or none if the value is anything else. */
export function membersOf(value: unknown): Readonly<Partial<Record<string, unknown>>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

/** A JSON body, or undefined if it is anything else. */
export function jsonBody({ body }: HttpResponse): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** A provider's id or code, if it looks like one: nothing else from an answer may be logged. */
export function plainWord(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\w.-]{1,100}$/.test(value) ? value : undefined;
}
