import { Refusal } from '../errors.js';

/** Requests with a longer body are refused with 413 before anything else is checked. */
export const MAX_BODY_BYTES = 256 * 1024;

/**
 * What the four event sources have in common: API Gateway HTTP API (payload 2.0), REST API (1.0), Lambda function
 * URLs (2.0) and Application Load Balancer targets.
 */
export interface HttpEvent {
  readonly headers?: Readonly<Record<string, string | undefined>> | null | undefined;
  readonly multiValueHeaders?: Readonly<Record<string, readonly string[] | undefined>> | null | undefined;
  readonly body?: string | null | undefined;
  readonly isBase64Encoded?: boolean | undefined;
  readonly rawPath?: string | undefined;
  readonly path?: string | undefined;
  readonly pathParameters?: Readonly<Record<string, string | undefined>> | null | undefined;
}

/** An HTTP request as received, unverified: the body's bytes, and headers by name in any case. */
export interface RawRequest {
  readonly body: Buffer;
  /** The app named in the path (`shop` for `/email/shop`), as sent. */
  readonly app: string | undefined;
  /**
   * A header's value. Repeated headers come joined by `, `, as HTTP API joins them, so that a header that must be
   * unique never matches if it is repeated.
   */
  header(name: string): string | undefined;
  /** The headers whose names begin with `prefix`, by the rest of their names in lower case. */
  headersWithPrefix(prefix: string): ReadonlyMap<string, string>;
}

/**
 * Reads an event of any of the four shapes.
 *
 * @throws {Refusal} `too_large` when the body exceeds {@link MAX_BODY_BYTES}.
 */
export function readRequest(event: HttpEvent): RawRequest {
  const encoding = event.isBase64Encoded === true ? 'base64' : 'utf8';
  const body = event.body ?? '';
  if (Buffer.byteLength(body, encoding) > MAX_BODY_BYTES) throw new Refusal('too_large', 'body_too_large');

  const headers = collectHeaders(event);
  return {
    body: Buffer.from(body, encoding),
    app: event.pathParameters?.['app'] ?? appOfPath(event.rawPath ?? event.path ?? ''),
    header: (name) => headers.get(name.toLowerCase())?.join(', '),
    headersWithPrefix: (prefix) =>
      new Map(
        [...headers]
          .filter(([name]) => name.startsWith(prefix))
          .map(([name, values]) => [name.slice(prefix.length), values.join(', ')]),
      ),
  };
}

function collectHeaders(event: HttpEvent): Map<string, string[]> {
  const headers = new Map<string, string[]>();
  const given: Readonly<Record<string, string | readonly string[] | undefined>> =
    event.multiValueHeaders ?? event.headers ?? {};
  for (const [name, value = []] of Object.entries(given)) {
    const key = name.toLowerCase();
    headers.set(key, (headers.get(key) ?? []).concat(value));
  }
  return headers;
}

// Function URLs and load balancers have no path parameters.
function appOfPath(path: string): string | undefined {
  return /\/(?:email|sms)\/([^/]+)\/?$/.exec(path)?.[1];
}
