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

/**
 * Posts JSON to a provider and has `read` make something of the response.
 *
 * @param options.read returns a result, or a {@link Failure} in its place.
 * @throws {DeliveryError} where no response came, or a failure was read.
 */
export async function postJson<T>(options: {
  provider: string;
  transport: Transport;
  url: URL;
  headers?: Readonly<Record<string, string>>;
  payload: unknown;
  deadline: Deadline;
  read: (response: HttpResponse) => { result: T } | Failure;
}): Promise<T> {
  const { provider, transport, url, payload, deadline, read } = options;
  const body = Buffer.from(JSON.stringify(payload));
  const headers = {
    ...options.headers,
    accept: 'application/json',
    'content-type': 'application/json; charset=utf-8',
    'content-length': String(body.length),
  };

  let outcome: { result: T } | Failure;
  try {
    outcome = read(await transport.send({ method: 'POST', url, headers, body }, { deadline }));
  } catch (cause) {
    if (!(cause instanceof TransportError)) throw cause;
    throw new DeliveryError(transportErrorKind(cause), { provider, code: cause.code, cause });
  }
  if ('kind' in outcome) throw new DeliveryError(outcome.kind, { provider, code: outcome.code });
  return outcome.result;
}

/** What a status alone tells of a message that was not accepted. */
export function statusKind(status: number): DeliveryErrorKind {
  if (status >= 500 || status === 429) return 'transient';
  // The request cannot be larger, or otherwise at fault, than the message makes it.
  if (status === 400 || status === 413 || status === 422) return 'rejected';
  return status >= 200 && status < 300 ? 'ambiguous' : 'misconfigured';
}

/** A JSON body, or undefined where it is anything else. */
export function jsonBody({ body }: HttpResponse): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** A provider's word where it looks like an id or a code of theirs: it goes into the log, as nothing else may. */
export function plainWord(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\w.-]{1,100}$/.test(value) ? value : undefined;
}
