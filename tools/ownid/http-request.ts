/** An HTTP request, before something in AWS makes an event of it. */
export interface HttpRequestParts {
  readonly method: string;
  /** Still encoded, without the query. */
  readonly path: string;
  /** Still encoded, without the question mark. */
  readonly query: string;
  /** In the order and case in which they came; `host` among them. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
  readonly sourceIp: string;
  readonly requestId: string;
  /** Milliseconds since the Unix epoch. */
  readonly time: number;
}

const TEXT_TYPE = /^(?:text\/|application\/(?:json|javascript|xml)\b|application\/[^;]+\+(?:json|xml)\b)/i;

/** Text as it is, anything else as base64; what claims to be text and is not UTF-8 would otherwise not survive. */
export function encodedBody({ headers, body }: HttpRequestParts): { body: string; isBase64Encoded: boolean } {
  const [, type = ''] = headers.find(([name]) => name.toLowerCase() === 'content-type') ?? [];
  const text = body.toString('utf8');
  return TEXT_TYPE.test(type) && Buffer.from(text).equals(body)
    ? { body: text, isBase64Encoded: false }
    : { body: body.toString('base64'), isBase64Encoded: true };
}

export function joined(
  pairs: Iterable<readonly [string, string]>,
  key = (name: string) => name.toLowerCase(),
): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [name, value] of pairs) {
    const existing = values[key(name)];
    values[key(name)] = existing === undefined ? value : `${existing},${value}`;
  }
  return values;
}

export function grouped(pairs: Iterable<readonly [string, string]>): Record<string, string[]> {
  const values: Record<string, string[]> = {};
  for (const [name, value] of pairs) (values[name] ??= []).push(value);
  return values;
}

export function queryOf({ query }: HttpRequestParts): [string, string][] {
  return [...new URLSearchParams(query)];
}

function headerOf({ headers }: HttpRequestParts, wanted: string): string {
  return headers.find(([name]) => name.toLowerCase() === wanted)?.[1] ?? '';
}

export const hostOf = (request: HttpRequestParts) => headerOf(request, 'host');
export const userAgentOf = (request: HttpRequestParts) => headerOf(request, 'user-agent');

/** `21/Nov/2026:02:26:00 +0000`, the time as API Gateway gives it. */
export function logTime(time: number): string {
  const [, day, month, year, clock] =
    /^\w+, (\d+) (\w+) (\d+) ([\d:]+)/.exec(new Date(time).toUTCString()) ?? [];
  return `${day ?? ''}/${month ?? ''}/${year ?? ''}:${clock ?? ''} +0000`;
}
