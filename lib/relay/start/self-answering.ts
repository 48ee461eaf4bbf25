import { Duplex } from 'node:stream';
import { SecureAgent } from '../../net/secure-agent.js';
import { createTransport, type Transport } from '../../net/transport.js';

/** Should all else fail, there is no such host (RFC 2606). */
const NOWHERE = new URL('https://rehearsal.invalid/');

/**
 * A transport that sends nothing: each request goes through Node's HTTP client to a socket that leads nowhere, and that
 * answers as AWS does to a message it accepts.
 */
export function createSelfAnsweringTransport(): Transport {
  const transport = createTransport({ agent: new SelfAnsweringAgent() });
  return {
    send: (request, options) => transport.send({ ...request, url: NOWHERE }, options),
    prepare: () => Promise.resolve(),
  };
}

class SelfAnsweringAgent extends SecureAgent {
  override createConnection(): Duplex {
    return new SelfAnsweringSocket();
  }

  override isReady(): boolean {
    return true;
  }
}

/** Takes one request with a `content-length`, and answers it. */
class SelfAnsweringSocket extends Duplex {
  #received = '';

  override _write(chunk: Buffer, _: BufferEncoding, done: () => void): void {
    this.#received += chunk.toString('latin1');
    const [head = '', body] = this.#received.split('\r\n\r\n');
    const [, length] = /\r\ncontent-length: (\d+)/i.exec(head) ?? [];
    if (body !== undefined && body.length >= Number(length)) {
      const answer = answerTo(body);
      this.push(`HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: ${answer.length}\r\n\r\n${answer}`);
    }
    done();
  }

  override _read(): void {
    // What is to be read is pushed when the request is there.
  }

  // What Node's client asks of a socket besides.
  readonly setKeepAlive = nothing;
  readonly setNoDelay = nothing;
  readonly setTimeout = nothing;
  readonly ref = nothing;
  readonly unref = nothing;
}

function nothing(): void {
  // There is no connection.
}

function answerTo(body: string): string {
  const [, action] = /\bAction=(\w+)/.exec(body) ?? [];
  if (action === undefined) return '{}';
  return `<${action}Response><${action}Result><MessageId>0</MessageId></${action}Result></${action}Response>`;
}
