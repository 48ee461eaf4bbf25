import { once } from 'node:events';
import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http';
import { streamChanges } from '../../../tools/local/event-stream.js';
import { createInbox } from '../../../tools/local/inbox.js';
import { closeServer, listen } from '../../../tools/http.js';
import { request } from '../../support/inbox-events.js';

const MEGABYTE = 1024 * 1024;

test('a page that does not read is left behind, and gets everything when it reads again', async () => {
  const inbox = createInbox({ maxEntries: 100 });
  let stream: ServerResponse | undefined;
  const server = createServer((incoming, response) => {
    stream = response;
    streamChanges(incoming, response, { inbox, info: () => ({}), onInfo: () => () => undefined });
  });
  const port = await listen(server, 0);
  try {
    const [page] = (await once(get({ host: '127.0.0.1', port }), 'response')) as [IncomingMessage];
    const waiting = () => stream?.writableLength ?? 0;
    const content = { email: 'you@example.com', subject: 'x'.repeat(400) };
    let count = 0;
    const receive = () => {
      inbox.onRequest(request(`r${++count}`, content));
    };
    // The buffers of the sockets come first.
    while (waiting() < MEGABYTE) {
      receive();
      await new Promise((resolve) => setImmediate(resolve));
    }
    for (let more = 0; more < 5000; more++) receive();
    expect(waiting()).toBeLessThan(1.1 * MEGABYTE);

    let text = '';
    page.setEncoding('utf8');
    for await (const chunk of page as AsyncIterable<string>) {
      text += chunk;
      const latest = text.slice(text.lastIndexOf('event: snapshot'));
      if (latest.includes(`"r${count}"`) && latest.endsWith('\n\n')) break;
    }
    expect(text.match(/event: snapshot/g)).toHaveLength(2);
    expect(text.slice(text.lastIndexOf('event: snapshot'))).not.toContain('event: entry');
  } finally {
    await closeServer(server);
  }
}, 30_000);
