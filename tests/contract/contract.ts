import type { DeliveryErrorKind } from '../../lib/errors.js';
import type { Environment } from '../../lib/settings/settings.js';
import { type Certificate, createCertificate } from '../../tools/loopback/certificate.js';
import type { Loopback, LoopbackOptions, ReceivedMessage } from '../../tools/loopback/provider.js';
import { closedPort, startSilence } from '../support/bare-listener.js';
import { type HttpReaction, startScriptedHttp } from '../support/scripted-http.js';
import { type Moment, type Reaction, startScriptedSmtp } from '../support/scripted-smtp.js';

/** What a provider is handed of an email, as it can be read from the wire. */
export interface EmailWire {
  readonly to: readonly string[];
  readonly from: { readonly name: string; readonly address: string };
  readonly replyTo: readonly string[];
  readonly subject: string;
  /** The parts in the order in which they come. */
  readonly parts: readonly { readonly type: string; readonly content: string }[];
  readonly tags: readonly string[];
}

export interface Peer {
  readonly environment: Environment;
  /** How many messages it may have been given: requests with a body, or messages read to their end. */
  readonly given: () => number;
  readonly close: () => Promise<void>;
}

/** How a peer fails that is no provider's own way of failing. */
export type Misbehaviour =
  'nobody listens' | 'silence' | 'untrusted certificate' | 'reset' | 'hang' | 'garbage';

export interface ProviderContract<Wire = EmailWire> {
  readonly name: string;
  /** Starts the provider as it should be. */
  readonly accept: (onMessage: (message: ReceivedMessage) => void) => Promise<Peer>;
  readonly read: (message: ReceivedMessage) => Promise<Wire>;
  readonly misbehave: (how: Misbehaviour) => Promise<Peer>;
  /** Every documented error, in the provider's own words. */
  readonly refusals: readonly {
    readonly title: string;
    readonly start: () => Promise<Peer>;
    readonly kind: DeliveryErrorKind;
    /** Left out where it is a detail of ours. */
    readonly code?: string;
  }[];
}

/** A provider with an HTTP API, known by its settings for an origin. */
export function overHttp(settings: (origin: string) => Environment) {
  const answering = async (reaction: HttpReaction, certificate?: Certificate): Promise<Peer> => {
    const { origin, requests, close } = await startScriptedHttp(reaction, certificate);
    return { environment: settings(origin), given: requests, close };
  };
  const misbehave = async (how: Misbehaviour): Promise<Peer> => {
    if (how === 'untrusted certificate') return answering({ status: 200 }, await createCertificate());
    if (how === 'nobody listens') return nobody(settings(`http://127.0.0.1:${await closedPort()}`));
    if (how === 'silence') {
      const { port, close } = await startSilence();
      // Over TLS the request waits for the handshake.
      return { environment: settings(`https://127.0.0.1:${port}`), given: () => 0, close };
    }
    return answering(how);
  };
  /** The provider as it should be, played by a loopback. */
  const playedBy =
    (start: (options: LoopbackOptions) => Promise<Loopback>): ProviderContract['accept'] =>
    async (onMessage) => {
      let given = 0;
      const behaviour = () => {
        given += 1;
        return { answer: 'accept' } as const;
      };
      const loopback = await start({ onMessage, behaviour });
      const environment = settings(`http://127.0.0.1:${loopback.port}`);
      return { environment, given: () => given, close: () => loopback.close() };
    };
  return { answering, misbehave, playedBy };
}

// One for all, since making one takes longer than most tests.
let ours: Promise<Certificate> | undefined;

/** A provider with a mail server, known by its settings for a port. */
export function overSmtp(settings: (port: number, certificate: Certificate) => Promise<Peer> | Peer) {
  const reacting = async (
    react?: (moment: Moment, connection: number) => Reaction | undefined,
    options: { mechanisms?: string; shown?: Certificate; trusted?: Certificate } = {},
  ): Promise<Peer> => {
    const certificate = options.shown ?? (await (ours ??= createCertificate()));
    const server = await startScriptedSmtp({
      certificate,
      ...(react && { react }),
      ...(options.mechanisms !== undefined && { mechanisms: options.mechanisms }),
    });
    const { environment, close } = await settings(server.port, options.trusted ?? certificate);
    return {
      environment,
      given: () => server.messages.length,
      close: async () => {
        await Promise.all([server.close(), close()]);
      },
    };
  };
  const misbehave = async (how: Misbehaviour): Promise<Peer> => {
    if (how === 'nobody listens') return settings(await closedPort(), await createCertificate());
    if (how === 'untrusted certificate') return reacting(undefined, { trusted: await createCertificate() });
    if (how === 'silence') return reacting(() => 'hang');
    const reaction = how === 'garbage' ? { reply: 'HTTP/1.1 400 Bad Request' } : how;
    return reacting((moment) => (moment === 'MESSAGE' ? reaction : undefined));
  };
  return { reacting, misbehave };
}

export function nobody(environment: Environment): Peer {
  return { environment, given: () => 0, close: () => Promise.resolve() };
}
