import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { closeServer, listen, readBody } from '../http.js';
import type { Behaviour, Loopback, LoopbackOptions, ReceivedMessage } from './provider.js';

/** One request to a provider's HTTP API. */
export interface ApiCall {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** An answer and, where the provider took a message, the message. */
export interface ApiAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON; nothing where it is undefined. */
  readonly body?: unknown;
  readonly message?: Omit<ReceivedMessage, 'channel' | 'receivedAt' | 'raw'>;
}

const MAX_BODY_BYTES = 10 * 1024 * 1024;

/**
 * A provider's HTTP API.
 *
 * @param options.faults how it fails when it is told to; each must be what the provider itself would answer.
 */
export async function startHttpLoopback(
  options: Partial<LoopbackOptions> & {
    provider: string;
    /** Of the messages that it takes. */
    channel?: ReceivedMessage['channel'];
    answer: (call: ApiCall) => ApiAnswer;
    faults: Readonly<Record<Exclude<Behaviour, 'accept' | 'ambiguous'>, ApiAnswer>>;
  },
): Promise<Loopback> {
  const { provider, channel = 'email', answer, faults, behaviour, onMessage } = options;

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const bytes = await readBody(request, MAX_BODY_BYTES);
    const { method = '', url: path = '', headers } = request;
    const told = behaviour?.(provider, headers) ?? { answer: 'accept' };
    if (told.delayMs !== undefined) await delay(told.delayMs, undefined, { ref: false });

    const body = bytes?.toString() ?? '';
    const isAnswered = told.answer === 'accept' || told.answer === 'ambiguous';
    const {
      status,
      headers: given,
      body: json,
      message,
    } = isAnswered ? answer({ method, path, headers, body }) : faults[told.answer];
    if (message !== undefined) {
      onMessage?.({ ...message, channel, receivedAt: Date.now(), raw: body });
    }
    // Acceptance that cannot be confirmed: the request was carried out, and no answer comes.
    if (told.answer === 'ambiguous') request.socket.destroy();
    else if (json === undefined) response.writeHead(status, given).end();
    else
      response.writeHead(status, { 'content-type': 'application/json', ...given }).end(JSON.stringify(json));
  };

  const server = createServer((request, response) => {
    // The client went away, or a callback of the caller's threw: either way there is no answer.
    handle(request, response).catch(() => request.socket.destroy());
  });
  const port = await listen(server, options.port ?? 0);
  return { port, close: () => closeServer(server) };
}

/** A JSON object, or undefined for anything else. */
export function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
