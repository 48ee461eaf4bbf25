import { Readable } from 'node:stream';
import type { NodemailerError } from 'nodemailer';
import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { Deadline } from '../../net/deadline.js';
import { SmtpError } from './failure.js';

/** A server for mail submission. TLS is always used: STARTTLS without `implicitTls`. */
export interface SmtpServer {
  readonly host: string;
  readonly port: number;
  readonly implicitTls: boolean;
  /** PEM certificates of the authorities to trust in place of the public ones. */
  readonly ca: string | undefined;
}

export type SmtpCredentials =
  | { readonly username: string; readonly password: string }
  | { readonly username: string; readonly accessToken: string };

export interface Envelope {
  readonly from: string;
  readonly to: string;
}

/** An authenticated session on an encrypted connection; it carries one message at a time. */
export interface SmtpSession {
  isOpen(): boolean;
  /**
   * Hands over one message.
   *
   * @returns the server's id for the message, if it gave one.
   * @throws {SmtpError} after which the session must be closed.
   */
  send(envelope: Envelope, source: Buffer, options: { deadline: Deadline }): Promise<string | undefined>;
  /** Whether the open session keeps the process alive; it should not while it waits for its next message. */
  keepProcess(keep: boolean): void;
  close(): void;
}

/** nodemailer's own code for a connection that the server closed. */
const CLOSED = 'ECONNECTION';
/** Beyond any time budget, so that the caller's signal alone decides. */
const NEVER_MS = 60_000;
const PIECE_BYTES = 16_384;
// Under the name XOAUTH2 nodemailer would prefer any other method that the server offers, and send the token as a
// password.
const TOKEN = 'ACCESS-TOKEN';

/**
 * Connects, encrypts and authenticates.
 *
 * @throws {SmtpError} including `AUTH_NOT_OFFERED`, where nodemailer would go on without authentication.
 */
export async function openSession(
  server: SmtpServer,
  credentials: SmtpCredentials,
  { deadline }: { deadline: Deadline },
): Promise<SmtpSession> {
  const { default: Connection } = await import('nodemailer/lib/smtp-connection');
  const connection = new Connection({
    host: server.host,
    port: server.port,
    secure: server.implicitTls,
    requireTLS: !server.implicitTls,
    tls: { minVersion: 'TLSv1.2', ...(server.ca !== undefined && { ca: server.ca }) },
    customAuth: { [TOKEN]: authenticateWithToken },
    connectionTimeout: NEVER_MS,
    greetingTimeout: NEVER_MS,
    dnsTimeout: NEVER_MS,
    socketTimeout: NEVER_MS,
    // Destroys the socket on close: a peer that does not answer must not hold it open.
    socketCloseTimeout: 0,
  });
  // Between messages no caller waits; a lost session is noticed when it is next used.
  connection.on('error', () => undefined);

  try {
    await step(connection, deadline.signal, (done) => {
      connection.connect(done);
    });
    if (!connection.allowsAuth) throw new SmtpError('AUTH_NOT_OFFERED', { command: 'AUTH' });
    await step(connection, deadline.signal, (done) => {
      connection.login(loginOf(credentials), done);
    });
  } catch (error) {
    connection.close();
    throw asSmtpError(error, deadline, false);
  }

  return {
    isOpen: () => !connection.destroyed,
    send: async ({ from, to }, source, options) => {
      let finished = false;
      // Read only once the server asked for the message, so `finished` tells whether all of it was handed over.
      function* pieces() {
        for (let start = 0; start < source.length; start += PIECE_BYTES) {
          yield source.subarray(start, start + PIECE_BYTES);
          if (options.deadline.hasEnded()) throw new SmtpError('TIMEOUT');
        }
        finished = true;
      }
      try {
        const { accepted, serverMessageId } = await step<SMTPConnection.SentMessageInfo>(
          connection,
          options.deadline.signal,
          (done) => {
            connection.send({ from, to: [to], size: source.length }, Readable.from(pieces()), done);
          },
        );
        if (accepted.length !== 1 || accepted[0] !== to) throw new SmtpError('ENVELOPE', { command: 'DATA' });
        return serverMessageId;
      } catch (error) {
        throw asSmtpError(error, options.deadline, finished);
      }
    },
    keepProcess: (keep) => {
      if (connection._socket) connection._socket[keep ? 'ref' : 'unref']();
    },
    close: () => {
      connection.close();
    },
  };
}

function loginOf(credentials: SmtpCredentials): SMTPConnection.Credentials & { method?: string } {
  return 'password' in credentials
    ? { user: credentials.username, pass: credentials.password }
    : { method: TOKEN, user: credentials.username, pass: credentials.accessToken };
}

/** Microsoft, "Authenticate an IMAP, POP or SMTP connection using OAuth": SASL XOAUTH2. */
async function authenticateWithToken(context: SMTPConnection.CustomAuthenticationContext): Promise<void> {
  const { user, pass } = context.auth.credentials;
  const bearer = `user=${user}\x01auth=Bearer ${pass}\x01\x01`;
  let reply = await context.sendCommand(`AUTH XOAUTH2 ${Buffer.from(bearer).toString('base64')}`);
  // A 334 holds the reason for a refusal; the refusal itself follows once an empty line acknowledges it.
  if (reply.status === 334) reply = await context.sendCommand('');
  if (reply.status !== 235) throw new Error('token refused');
}

/** Runs one step of a connection until an answer, the loss of the connection, or the signal, whichever comes first. */
function step<T>(
  connection: SMTPConnection,
  signal: AbortSignal,
  begin: (done: (error?: Error | null, result?: T) => void) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const settle = (error?: Error | null, result?: T) => {
      connection.removeListener('error', settle);
      connection.removeListener('end', onEnd);
      signal.removeEventListener('abort', onAbort);
      if (error) reject(error);
      else resolve(result as T);
    };
    const onEnd = () => {
      // If nodemailer knows why, it says so just after.
      setImmediate(settle, new SmtpError(CLOSED));
    };
    const onAbort = () => {
      settle(new SmtpError('TIMEOUT'));
      connection.close();
    };
    connection.on('error', settle);
    connection.on('end', onEnd);
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    else begin(settle);
  });
}

function asSmtpError(error: unknown, deadline: Deadline, finished: boolean): SmtpError {
  const { code = 'UNKNOWN', originalCode, command, response } = error as NodemailerError;
  return new SmtpError(deadline.hasEnded() ? 'TIMEOUT' : (originalCode ?? code), {
    ...(command !== undefined && { command }),
    ...(response !== undefined && { reply: response }),
    finished,
    cause: error,
  });
}
