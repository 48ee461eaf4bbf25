import * as https from 'node:https';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';

/** Matches a host that is an IP address: server name indication is for names only (RFC 6066, section 3). */
const ADDRESS = /^[\d.]+$|^\[/;

/** How long an idle connection may be reused; providers close theirs after a minute or more. */
export const IDLE_MS = 20_000;

/**
 * Keeps TLS connections alive, opens connections ahead of the requests that will use them, and knows which ones have
 * completed their handshake.
 */
export class SecureAgent extends https.Agent {
  readonly #prepared = new Map<string, TLSSocket[]>();
  readonly #ahead = new WeakSet<Duplex>();
  readonly #ready = new WeakSet<Duplex>();
  readonly #idleSince = new WeakMap<Duplex, number>();
  readonly #now: () => number;

  /**
   * @param options.now milliseconds of a clock that keeps running while the process is frozen.
   * @param options.ca PEM certificates to trust in place of those that Node trusts.
   */
  constructor({ now = Date.now, ca }: { now?: () => number; ca?: string } = {}) {
    // Oldest first: in the other order Node may hand out a connection that is already destroyed.
    super({ keepAlive: true, timeout: IDLE_MS, scheduling: 'fifo', ...(ca !== undefined && { ca }) });
    this.#now = now;
    this.on('free', (socket: Duplex) => this.#idleSince.set(socket, now()));
  }

  /**
   * Opens `count` connections without sending anything over them. Resolves when each is open or has failed; a failure
   * surfaces in the request that needs the connection.
   */
  async prepare(url: URL, count = 1): Promise<void> {
    const host = url.hostname;
    const port = Number(url.port || 443);
    const prepared = this.#preparedFor(`${host}:${port}`);
    const missing = count - prepared.filter(({ destroyed }) => !destroyed).length;
    const opened = Array.from({ length: Math.max(0, missing) }, () => {
      const socket = this.#connect({
        ...this.options,
        host,
        port,
        servername: ADDRESS.test(host) ? '' : host,
      });
      prepared.push(socket);
      return this.#opened(socket, prepared);
    });
    await Promise.all(opened);
  }

  #preparedFor(key: string): TLSSocket[] {
    const prepared = this.#prepared.get(key) ?? [];
    this.#prepared.set(key, prepared);
    return prepared;
  }

  #opened(socket: TLSSocket, prepared: TLSSocket[]): Promise<void> {
    this.#idleSince.set(socket, this.#now());
    return new Promise((resolve) => {
      // Until the connection is used, it must neither crash the process by an error nor keep it alive.
      socket.once('secureConnect', () => {
        this.#idleSince.set(socket, this.#now());
        if (!this.#ahead.has(socket)) socket.unref();
        resolve();
      });
      socket.on('error', () => undefined);
      socket.once('close', () => {
        if (prepared.includes(socket)) prepared.splice(prepared.indexOf(socket), 1);
        resolve();
      });
    });
  }

  /** Whether it was opened ahead of the request that uses it. */
  wasPrepared(socket: Duplex): boolean {
    return this.#ahead.has(socket);
  }

  /** Whether the handshake is complete, so that what is written may reach the server. */
  isReady(socket: Duplex): boolean {
    return this.#ready.has(socket);
  }

  /**
   * Closes idle connections that the other side may have closed. In a process that was frozen, timers and network events
   * arrive after the request that woke it.
   */
  dropStale(): void {
    for (const socket of [
      ...Object.values(this.freeSockets).flat(),
      ...[...this.#prepared.values()].flat(),
    ]) {
      if (socket !== undefined && this.#isStale(socket)) socket.destroy();
    }
  }

  override createConnection(...[options, callback]: Parameters<https.Agent['createConnection']>): Duplex {
    const key = `${options.host ?? ''}:${options.port ?? ''}`;
    const prepared = this.#preparedFor(key);
    for (let socket = prepared.shift(); socket !== undefined; socket = prepared.shift()) {
      if (socket.destroyed) continue;
      socket.ref();
      this.#ahead.add(socket);
      return socket;
    }
    return this.#connect(options, callback);
  }

  #connect(...[options, callback]: Parameters<https.Agent['createConnection']>): TLSSocket {
    const socket = super.createConnection(options, callback) as TLSSocket;
    socket.once('secureConnect', () => this.#ready.add(socket));
    return socket;
  }

  #isStale(socket: Duplex): boolean {
    const idleMs = this.#now() - (this.#idleSince.get(socket) ?? this.#now());
    return idleMs > IDLE_MS || socket.readableEnded || !socket.writable;
  }
}
