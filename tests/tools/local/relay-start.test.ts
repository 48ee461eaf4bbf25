import { createServer } from 'node:http';
import { jest } from '@jest/globals';
import { closeServer, listen } from '../../../tools/http.js';
import { PortTakenError } from '../../../tools/local/port-taken.js';
import { startLocalRelay } from '../../../tools/local/relay.js';
import { freePair } from '../../support/free-ports.js';
import { EMAIL_FORM, relayFolder, startRelay, statusesOf } from '../../support/local-relay.js';
import { OTHER_PROVIDERS } from '../../support/providers.js';

jest.setTimeout(120_000);

test('what is asked while it starts is answered once it has started', async () => {
  const port = await freePair();
  const started = startLocalRelay({ port, overrides: {}, folder: relayFolder('early') });
  let hasFailed = false;
  started.catch(() => {
    hasFailed = true;
  });
  const connected = async (): Promise<Response> => {
    try {
      return await fetch(`http://127.0.0.1:${port}/inbox.json`);
    } catch (error) {
      if (hasFailed) throw error;
      return connected();
    }
  };
  const response = await connected();
  await (await started).close();
  expect(response.status).toBe(200);
});

describe('a start that fails', () => {
  test('says which port is taken, and leaves nothing behind', async () => {
    const other = createServer();
    const port = await listen(other, 0);
    // The gateway's own port is free, the loopback's is not.
    const started = startLocalRelay({ port: port - 1, overrides: {}, folder: relayFolder('taken') });
    await expect(started).rejects.toThrow(PortTakenError);
    await expect(started).rejects.toMatchObject({ port });
    await closeServer(other);
  });

  test('lists every faulty setting', async () => {
    const overrides = { EMAIL_FROM: 'nobody', OWNID_SHARED_SECRET: 'short', UNRELATED: 'x' };
    const started = startLocalRelay({ port: 0, overrides, folder: relayFolder('faulty') });
    await expect(started).rejects.toThrow('EMAIL_FROM must be one email address');
    await expect(started).rejects.toThrow('OWNID_SHARED_SECRET must be standard base64');
  });
});

describe('with an app for each provider', () => {
  let relay: Awaited<ReturnType<typeof startRelay>>;

  beforeAll(async () => {
    const settings = OTHER_PROVIDERS.map(([channel, provider]) => [
      `${channel.toUpperCase()}_PROVIDER__${provider.toUpperCase()}`,
      provider,
    ]);
    relay = await startRelay('providers', Object.fromEntries(settings) as Record<string, string>);
  });
  afterAll(() => relay.close());
  beforeEach(() => {
    relay.inbox.clear();
  });

  test.each(OTHER_PROVIDERS)('a message of %s goes through %s', async (channel, provider) => {
    const to = channel === 'email' ? 'you@example.com' : '+12025550123';
    const sent = await relay.send({ ...EMAIL_FORM, channel, to, app: provider, body: 'Code 5928' });
    expect(await statusesOf(sent)).toEqual([202]);
    const [entry] = await relay.settled(1);
    const content = channel === 'email' ? { html: 'Code 5928', subject: 'Grüße' } : {};
    expect(entry?.messages).toEqual([
      expect.objectContaining({ provider, to, text: expect.stringContaining('5928') as string, ...content }),
    ]);
  });
});
