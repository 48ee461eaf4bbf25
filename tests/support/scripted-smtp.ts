import { createServer, type Socket } from 'node:net';
import { createSecureContext, type SecureContextOptions, TLSSocket } from 'node:tls';
import type { Certificate } from '../../tools/loopback/certificate.js';

/** A moment at which the server decides: a command that came, or `MESSAGE` for the end of a message. */
export type Moment =
  | 'GREETING'
  | 'EHLO'
  | 'STARTTLS'
  | 'HANDSHAKE'
  | 'AUTH'
  | 'MAIL'
  | 'RCPT'
  | 'DATA'
  | 'BODY'
  | 'MESSAGE'
  | 'IDLE';

/** A reply in place of the usual one, or what happens to the connection. */
export type Reaction =
  | { readonly reply: string; readonly afterMs?: number }
  | 'reset'
  | 'close'
  | 'hang'
  | 'endless lines'
  | 'endless line';

export interface ScriptedSmtp {
  readonly port: number;
  /** The messages that were acknowledged or read to their end, each as its recipient and source. */
  readonly messages: readonly { readonly to: string; readonly source: string }[];
  /** How many connections there have been. */
  readonly connections: () => number;
  readonly commands: readonly string[];
  readonly close: () => Promise<void>;
}

/**
 * A mail server that does as it is told at each moment; without a reaction it does what a well-behaved one does.
 *
 * @param options.react the connections are counted from 1; `text` is the command, or the message.
 */
export async function startScriptedSmtp(options: {
  certificate: Certificate;
  implicitTls?: boolean;
  tls?: SecureContextOptions;
  mechanisms?: string;
  react?: (moment: Moment, connection: number, text: string) => Reaction | undefined;
}): Promise<ScriptedSmtp> {
  const { certificate, implicitTls = false, mechanisms = 'PLAIN LOGIN XOAUTH2', react } = options;
  const secureContext = createSecureContext({ ...options.tls, key: certificate.key, cert: certificate.cert });
  const messages: { to: string; source: string }[] = [];
  const commands: string[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;

  const serve = (raw: Socket) => {
    const number = (connections += 1);
    sockets.add(raw);
    raw.setNoDelay(true);
    raw.on('close', () => sockets.delete(raw));
    raw.on('error', () => undefined);
    let socket: Socket = raw;
    let buffer = '';
    let recipient = '';
    let inMessage = false;
    let prompts: string[] = [];

    const say = (text: string) => socket.write(`${text}\r\n`);
    /** True where the script took over. */
    const interrupted = (moment: Moment, text = ''): boolean => {
      const reaction = react?.(moment, number, text);
      if (reaction === undefined) return false;
      if (reaction === 'reset') raw.resetAndDestroy();
      else if (reaction === 'close') raw.destroy();
      else if (reaction === 'hang') socket.pause();
      else if (reaction === 'endless lines') repeat(socket, '250-and more\r\n');
      else if (reaction === 'endless line') repeat(socket, '250 and more ');
      else if (reaction.afterMs === undefined) say(reaction.reply);
      else setTimeout(say, reaction.afterMs, reaction.reply);
      return true;
    };
    const encrypt = () => {
      if (interrupted('HANDSHAKE')) return;
      raw.removeAllListeners('data');
      socket = new TLSSocket(raw, { isServer: true, secureContext });
      socket.on('error', () => undefined);
      socket.on('data', read);
    };
    const extensions = () => [
      'localhost',
      'PIPELINING',
      'SIZE 10485760',
      ...(socket === raw ? ['STARTTLS'] : mechanisms === '' ? [] : [`AUTH ${mechanisms}`]),
      'ENHANCEDSTATUSCODES',
    ];
    const command = (line: string) => {
      commands.push(line);
      const prompt = prompts.shift();
      if (prompt !== undefined) {
        if (prompts.length > 0 || !interrupted('AUTH')) say(prompt);
        return;
      }
      const [verb = '', argument = ''] = line.toUpperCase().split(' ');
      const usual: Partial<Record<string, () => void>> = {
        EHLO: () => {
          const lines = extensions();
          lines.forEach((text, index) => say(`250${index === lines.length - 1 ? ' ' : '-'}${text}`));
        },
        STARTTLS: () => {
          say('220 2.0.0 Ready');
          encrypt();
        },
        AUTH: () => say('235 2.7.0 Accepted'),
        MAIL: () => {
          recipient = '';
          say('250 2.1.0 Ok');
        },
        RCPT: () => {
          recipient = /<(.*?)>/.exec(line)?.[1] ?? '';
          say('250 2.1.5 Ok');
        },
        DATA: () => {
          inMessage = recipient !== '';
          say(inMessage ? '354 Go ahead' : '554 5.5.1 No valid recipients');
        },
        QUIT: () => socket.end('221 2.0.0 Bye\r\n'),
      };
      const act = usual[verb];
      if (verb === 'AUTH' && argument === 'LOGIN') {
        prompts = ['334 UGFzc3dvcmQ6', '235 2.7.0 Accepted'];
        say('334 VXNlcm5hbWU6');
      } else if (act === undefined) say('502 5.5.2 Unknown command');
      else if (!interrupted(verb as Moment, line)) act();
    };
    const message = (source: string) => {
      inMessage = false;
      messages.push({ to: recipient, source });
      if (interrupted('MESSAGE', source)) return;
      say(`250 2.0.0 Ok: queued as ${messages.length}`);
      interrupted('IDLE');
    };
    const read = (chunk: Buffer) => {
      buffer += chunk.toString('latin1');
      while (!raw.destroyed && !socket.isPaused()) {
        if (inMessage && interrupted('BODY')) return;
        const end = buffer.indexOf(inMessage ? '\r\n.\r\n' : '\r\n');
        if (end < 0) return;
        const text = buffer.slice(0, end);
        buffer = buffer.slice(end + (inMessage ? 5 : 2));
        if (inMessage) message(text);
        else command(text);
      }
    };

    if (implicitTls) encrypt();
    else raw.on('data', read);
    if (!interrupted('GREETING')) say('220 localhost ESMTP');
  };

  const server = createServer(serve);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as { port: number }).port,
    messages,
    commands,
    connections: () => connections,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        sockets.forEach((socket) => socket.destroy());
      }),
  };
}

function repeat(socket: Socket, text: string): void {
  const more = () => {
    if (!socket.destroyed) socket.write(text.repeat(1000), () => setTimeout(more, 1));
  };
  more();
}
