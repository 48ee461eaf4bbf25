import type { IncomingHttpHeaders } from 'node:http';

/** A message that a loopback provider accepted, as it came over the wire. */
export interface ReceivedMessage {
  readonly channel: 'email' | 'sms';
  readonly provider: string;
  readonly messageId: string;
  /** Milliseconds since the Unix epoch. */
  readonly receivedAt: number;
  readonly to: string;
  readonly from?: string | undefined;
  readonly subject?: string | undefined;
  readonly html?: string | undefined;
  readonly text?: string | undefined;
  /** The request body, or the mail's source. */
  readonly raw: string;
}

/** How a loopback provider answers: it accepts, or fails in one of the ways that a `DeliveryError` tells apart. */
export type Behaviour = 'accept' | 'transient' | 'ambiguous' | 'rejected' | 'misconfigured';

export interface LoopbackOptions {
  /** 0, the default, takes any free port. */
  readonly port?: number;
  readonly onMessage: (message: ReceivedMessage) => void;
  /** Asked for each request, with its headers where it came over HTTP. The default accepts at once. */
  readonly behaviour?: (
    provider: string,
    headers: IncomingHttpHeaders,
  ) => { readonly answer: Behaviour; readonly delayMs?: number };
}

/** A running loopback provider, bound to 127.0.0.1. */
export interface Loopback {
  readonly port: number;
  close(): Promise<void>;
}
