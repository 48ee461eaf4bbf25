import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import PostalMime, { type Address } from 'postal-mime';
import { SMTPServer, type SMTPServerDataStream, type SMTPServerSession } from 'smtp-server';
import { isAddress } from './address.js';
import type { Certificate } from './certificate.js';
import type { Behaviour, Loopback, LoopbackOptions, ReceivedMessage } from './provider.js';

/** What a client gave to log in: a password, or an OAuth 2 access token. */
export interface Login {
  readonly username: string;
  readonly password?: string | undefined;
  readonly accessToken?: string | undefined;
}

export interface SmtpLoopbackOptions extends LoopbackOptions {
  readonly provider: 'smtp' | 'microsoft';
  readonly certificate: Certificate;
  /** TLS from the first byte; otherwise STARTTLS. */
  readonly implicitTls?: boolean;
  readonly mechanisms?: readonly ('PLAIN' | 'LOGIN' | 'XOAUTH2')[];
  readonly accepts: (login: Login) => boolean;
}

const MAX_MESSAGE_BYTES = 10 * 1024 * 1024;

/** The replies by which a server fails in each way, with the command that gets them. */
const FAULTS = {
  transient: { responseCode: 451, message: '4.3.0 Temporary system problem' },
  rejected: { responseCode: 550, message: '5.1.1 No such mailbox' },
  misconfigured: { responseCode: 530, message: '5.7.57 Client not authenticated to send mail' },
} as const;

/** A mail server for submission: TLS and a login before anything else, one recipient a message. */
export async function startSmtpLoopback(options: SmtpLoopbackOptions): Promise<Loopback> {
  const { provider, certificate, implicitTls = false, mechanisms = ['PLAIN', 'LOGIN'] } = options;
  // Decided when a message is begun, and kept until its end.
  const told = new Map<string, Behaviour>();

  const begin = async (session: SMTPServerSession) => {
    const { answer, delayMs } = options.behaviour?.(provider, {}) ?? { answer: 'accept' };
    told.set(session.id, answer);
    if (delayMs !== undefined) await delay(delayMs, undefined, { ref: false });
    if (answer === 'transient' || answer === 'misconfigured') throw fault(answer);
  };
  const addRecipient = (address: string, session: SMTPServerSession) => {
    if (!isAddress(address)) {
      throw Object.assign(new Error('5.1.3 Bad recipient address syntax'), { responseCode: 501 });
    }
    if (told.get(session.id) === 'rejected') throw fault('rejected');
    if (session.envelope.rcptTo.length > 0) {
      throw Object.assign(new Error('4.5.3 Too many recipients: an OTP has one'), { responseCode: 452 });
    }
  };
  const end = async (stream: SMTPServerDataStream, session: SMTPServerSession) => {
    const message = await readMessage(stream, session, provider);
    options.onMessage(message);
    return `2.0.0 Ok: queued as ${session.id}`;
  };

  const server = new SMTPServer({
    secure: implicitTls,
    ...certificate,
    authMethods: [...mechanisms],
    size: MAX_MESSAGE_BYTES,
    rejectOversized: true,
    disableReverseLookup: true,
    closeTimeout: 1,
    onAuth: ({ username = '', password, accessToken }, _session, done) => {
      if (options.accepts({ username, password: password ?? undefined, accessToken })) {
        done(null, { user: username });
      } else if (accessToken === undefined) {
        done(Object.assign(new Error('5.7.8 Authentication credentials invalid'), { responseCode: 535 }));
      } else {
        done(null, { data: { status: '401', schemes: 'bearer' } });
      }
    },
    onMailFrom: (_address, session, done) => {
      begin(session).then(() => {
        done();
      }, done);
    },
    onRcptTo: ({ address }, session, done) => {
      try {
        addRecipient(address, session);
        done();
      } catch (error) {
        done(error as Error);
      }
    },
    onData: (stream, session, done) => {
      end(stream, session).then((reply) => {
        // Acceptance that cannot be confirmed: the message is there, and no reply comes.
        if (told.get(session.id) === 'ambiguous') drop(server, session);
        else done(null, reply);
      }, done);
    },
    onClose: (session) => told.delete(session.id),
  });
  // A client that goes away is no fault of the server's.
  server.on('error', () => undefined);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port ?? 0, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });

  return {
    port: (server.server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(resolve);
      }),
  };
}

function fault(kind: keyof typeof FAULTS): Error {
  return Object.assign(new Error(FAULTS[kind].message), { responseCode: FAULTS[kind].responseCode });
}

function drop(server: SMTPServer, session: SMTPServerSession): void {
  for (const connection of server.connections) if (connection.id === session.id) connection.close();
}

async function readMessage(
  stream: SMTPServerDataStream,
  session: SMTPServerSession,
  provider: string,
): Promise<ReceivedMessage> {
  const source = Buffer.concat((await stream.toArray()) as Buffer[]);
  const { messageId = '', from, subject, html, text } = await PostalMime.parse(source);
  return {
    channel: 'email',
    provider,
    messageId,
    receivedAt: Date.now(),
    to: session.envelope.rcptTo.map(({ address }) => address).join(', '),
    from: from && formatAddress(from),
    subject,
    html,
    text,
    raw: source.toString('latin1'),
  };
}

function formatAddress({ name, address = '' }: Address): string {
  return name === '' ? address : `${name} <${address}>`;
}
