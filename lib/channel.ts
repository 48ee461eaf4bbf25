import type { AwsConfig } from './aws/config.js';
import type { Clock } from './clock.js';
import type { Cap } from './ledger/caps.js';
import type { Deliver } from './delivery/route.js';
import type { Message } from './ownid/message.js';
import type { RawRequest } from './ownid/request.js';
import type { Get, Refuse } from './settings/settings.js';
import type { VerifiedBody } from './ownid/signature.js';
import type { Transport } from './net/transport.js';

/** What providers are built from besides their settings. */
export interface Dependencies {
  readonly aws: AwsConfig;
  readonly transport: Transport;
  readonly clock: Clock;
}

/** Loads a provider and makes its client; called once per sandbox and settings. */
export type Connect<M> = (dependencies: Dependencies) => Promise<Deliver<M>>;

/** A provider of a route, before it is connected. */
export interface RouteEntry<M> {
  readonly name: string;
  readonly connect: Connect<M>;
  /** The HTTPS server that it speaks to, for those that speak through the `Dependencies` alone. */
  readonly origin?: (aws: AwsConfig) => URL;
}

/** One app's settings for one channel. */
export interface ChannelSettings<M> {
  /** The providers in the order in which they are tried. */
  readonly route: readonly RouteEntry<M>[];
  /** Those of `route` that a message may take, by name and in their order; all of them where it is not given. */
  readonly routeOf?: (message: M) => readonly string[];
  /** Throws a `Refusal` for a message that the operator's policy forbids. */
  readonly permit: (message: M) => void;
  /** The caps that count this message besides that of its recipient. */
  readonly totals: readonly ((message: M) => Cap)[];
  /** How many times a message may be sent again after an attempt of unknown outcome. */
  readonly secondSends: 0 | 1;
}

/** Email or SMS: all that the pipeline needs to know of it. */
export interface Channel<M extends Message> {
  readonly name: 'email' | 'sms';
  /** `request` is what the body came in: its other headers are not covered by the signature. */
  readonly parse: (body: VerifiedBody, request: RawRequest) => M;
  /** A message as a queue entry holds it; undefined where it is none. */
  readonly readMessage: (value: unknown) => M | undefined;
  /** Why a message is probably not what was meant, though it is sent: a word for the log. */
  readonly doubt?: (message: M) => string | undefined;
  /** Whose messages are counted together: the recipient, whatever alias was given. */
  readonly mailbox: (message: M) => string;
  readonly settings: (get: Get, refuse: Refuse) => ChannelSettings<M>;
}
