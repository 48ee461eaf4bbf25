import { createSocket } from 'node:dgram';
import { once } from 'node:events';

/** A server of names and their TXT records, over UDP as RFC 1035 has it. */
export interface DnsServer {
  /** As `Resolver.setServers` takes it. */
  readonly address: string;
  readonly close: () => Promise<void>;
}

const CODES = { NOERROR: 0, SERVFAIL: 2, NXDOMAIN: 3 } as const;
const TXT = 16;

/** @param records TXT records by name; `SERVFAIL` in their place is what a server answers that cannot find out. */
export async function startDnsServer(
  records: Readonly<Record<string, readonly string[] | 'SERVFAIL'>>,
): Promise<DnsServer> {
  const socket = createSocket('udp4');
  socket.on('message', (query, { port, address }) => {
    socket.send(answer(query), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return {
    address: `127.0.0.1:${socket.address().port}`,
    close: async () => {
      socket.close();
      await once(socket, 'close');
    },
  };

  function answer(query: Buffer): Buffer {
    const { name, end } = questionOf(query);
    const found = records[name];
    const texts = found === undefined || found === 'SERVFAIL' ? [] : found;
    // RFC 8020: a name exists where there is one below it, records or not.
    const exists = Object.keys(records).some((known) => known === name || known.endsWith(`.${name}`));
    const code = found === 'SERVFAIL' ? 'SERVFAIL' : exists ? 'NOERROR' : 'NXDOMAIN';
    const header = Buffer.alloc(12);
    query.copy(header, 0, 0, 2);
    // An answer, recursion desired and available.
    header.writeUInt16BE(0x8180 | CODES[code], 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(texts.length, 6);
    return Buffer.concat([header, query.subarray(12, end), ...texts.map(txtRecord)]);
  }
}

function questionOf(query: Buffer): { name: string; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), end: at + 5 };
}

function txtRecord(text: string): Buffer {
  const parts = text.match(/[^]{1,255}/g) ?? [''];
  const data = Buffer.concat(
    parts.map((part) => Buffer.concat([Buffer.from([part.length]), Buffer.from(part, 'latin1')])),
  );
  const head = Buffer.alloc(12);
  // A pointer to the question's name; class IN; a minute.
  head.writeUInt16BE(0xc00c, 0);
  head.writeUInt16BE(TXT, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt32BE(60, 6);
  head.writeUInt16BE(data.length, 10);
  return Buffer.concat([head, data]);
}
