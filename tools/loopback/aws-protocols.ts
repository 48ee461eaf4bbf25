import { randomUUID } from 'node:crypto';

/** What a loopback answers over HTTP. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** An error as a service names it. Faults of the caller's are answered with 4xx, those of the service with 5xx. */
export interface Fault {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  /** Members of the error besides its message, in the JSON protocols. */
  readonly details?: Readonly<Record<string, unknown>> | undefined;
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escape = (text: string) => text.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? '');

function xml(status: number, body: string): Answer {
  return { status, headers: { 'content-type': 'text/xml' }, body };
}

/** AWS Query protocol: the result of an action. */
export function queryResult(namespace: string, action: string, result: Record<string, string>): Answer {
  const members = Object.entries(result).map(([name, value]) => `<${name}>${escape(value)}</${name}>`);
  return xml(
    200,
    `<${action}Response xmlns="${namespace}"><${action}Result>${members.join('')}</${action}Result>` +
      `<ResponseMetadata><RequestId>${randomUUID()}</RequestId></ResponseMetadata></${action}Response>`,
  );
}

/** AWS Query protocol: an error. */
export function queryFault(namespace: string, { status, code, message }: Fault): Answer {
  return xml(
    status,
    `<ErrorResponse xmlns="${namespace}"><Error><Type>${status < 500 ? 'Sender' : 'Receiver'}</Type>` +
      `<Code>${escape(code)}</Code><Message>${escape(message)}</Message></Error>` +
      `<RequestId>${randomUUID()}</RequestId></ErrorResponse>`,
  );
}

/** AWS JSON protocols: the result of an action. */
export function jsonResult(result: unknown): Answer {
  return json(200, result);
}

/** AWS JSON protocols: an error. */
export function jsonFault({ status, code, message, details }: Fault): Answer {
  return json(status, { __type: code, message, ...details });
}

function json(status: number, body: unknown): Answer {
  return {
    status,
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': randomUUID() },
    body: JSON.stringify(body),
  };
}
