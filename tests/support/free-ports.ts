import { randomInt } from 'node:crypto';
import { createServer } from 'node:http';
import { closeServer, listen } from '../../tools/http.js';

/**
 * Two ports in a row that were free a moment ago. They are below those that systems give to who asks for any (32768 and
 * up on Linux, 49152 and up elsewhere), so that no other test gets them meanwhile.
 *
 * @returns the first.
 */
export async function freePair(): Promise<number> {
  const servers = [createServer(), createServer()];
  const port = randomInt(20_000, 30_000);
  try {
    for (const [index, server] of servers.entries()) await listen(server, port + index);
    return port;
  } catch {
    return await freePair();
  } finally {
    await Promise.all(servers.filter(({ listening }) => listening).map((server) => closeServer(server)));
  }
}
