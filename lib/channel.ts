import type { AwsConfig } from './aws/config.js';
import type { Clock } from './clock.js';
import type { Cap, Caps } from './ledger/caps.js';
import type { Deliver } from './delivery/route.js';
import type { Message } from './ownid/message.js';
import type { RawRequest } from './ownid/request.js';
import type { Get, Refuse } from './settings/settings.js';
import type { Log, LogRecord } from './telemetry/log.js';
import type { Measure } from './telemetry/metrics.js';
import type { VerifiedBody } from './ownid/signature.js';
import type { Transport } from './net/transport.js';

/** What providers are built from besides their settings. */
export interface Dependencies {
  readonly aws: AwsConfig;
  readonly transport: Transport;
  readonly clock: Clock;
}

/** Loads a provider and makes its client; called once per sandbox and set of settings. */
export type Connect<M> = (dependencies: Dependencies) => Promise<Deliver<M>>;

/** A provider of a route, before it is connected. */
export interface RouteEntry<M> {
  readonly name: string;
  readonly connect: Connect<M>;
  /** The HTTPS server that it talks to; unset for providers that open connections of their own. */
  readonly origin?: (aws: AwsConfig) => URL;
}

/**
 * The caps of the range of recipients that a message's recipient is in, counted together with those that are given; undefined
 * where it is exempt. It asks the table what is known of the recipient as soon as it is called.
 */
export type RangeCaps<M> = (message: M, tools: RangeTools) => Pick<Caps, 'count'> | undefined;

export interface RangeTools {
  readonly caps: Caps;
  readonly clock: Clock;
  readonly log: Log;
  readonly measure: Measure;
  /** What is known of the request. */
  readonly record: LogRecord;
  /** Keyed hashes of a text, with each of the app's live secrets. */
  readonly hashes: readonly ((text: string) => string)[];
  /** For one write. */
  readonly timeoutMs: number;
  /** When all of them must have ended, in milliseconds since the Unix epoch. */
  readonly by: number;
}

/** One app's settings for one channel. */
export interface ChannelSettings<M> {
  /** The providers in the order in which they are tried. */
  readonly route: readonly RouteEntry<M>[];
  /** The names of the providers that a message may use, in order; without it, all of `route`. */
  readonly routeOf?: (message: M) => readonly string[];
  /** Throws a `Refusal` for a message that the operator's policy forbids. */
  readonly permit: (message: M) => void;
  /** The caps that count a message besides its recipient's. */
  readonly totals: readonly ((message: M) => Cap)[];
  readonly ranges?: RangeCaps<M> | undefined;
  /** How many times a message may be sent again after an attempt of unknown outcome. */
  readonly secondSends: 0 | 1;
}

/** Email or SMS: everything the pipeline needs to know about it. */
export interface Channel<M extends Message> {
  readonly name: 'email' | 'sms';
  /** `request` is the HTTP request with that body; the signature covers none of its headers but the timestamp. */
  readonly parse: (body: VerifiedBody, request: RawRequest) => M;
  /** Reads a message from a queue entry; undefined if it is not one. */
  readonly readMessage: (value: unknown) => M | undefined;
  /** A word for the log if a message is probably not what was meant, although it is sent. */
  readonly doubt?: (message: M) => string | undefined;
  /** The recipient for whom the message is counted, the same for all aliases. */
  readonly mailbox: (message: M) => string;
  readonly settings: (get: Get, refuse: Refuse) => ChannelSettings<M>;
}
