import '../../../lib/aws/ssm.js';
import { awsConfig } from '../../../lib/aws/config.js';
import { createParameterFetch } from '../../../lib/aws/parameters.js';
import type { Clock } from '../../../lib/clock.js';
import type { HttpRequest } from '../../../lib/net/exchange.js';
import { createTransport, type Transport } from '../../../lib/net/transport.js';
import { createCertificate } from '../../../tools/loopback/certificate.js';
import { startServer } from '../../support/tls.js';
import { createVirtualClock } from '../../support/virtual-clock.js';

const ENVIRONMENT = { AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 's' };

type Answer = { readonly status: number; readonly body: object } | 'never';

const textOf = ({ body }: HttpRequest) => (typeof body === 'string' ? body : new TextDecoder().decode(body));
const target = ({ headers }: HttpRequest) => headers['x-amz-target'] ?? '';
const found = (name: string) => ({ Name: name, Type: 'SecureString', Value: `value of ${name}` });
// Amazon SSM API reference, "Common errors", and GetParameter, "Errors".
const fault = (status: number, code: string): Answer => ({ status, body: { __type: code, message: '' } });
const THROTTLED = fault(400, 'ThrottlingException');

/** A store whose next answers are `answers`, and which otherwise has every parameter. */
function setUp(answers: Answer[] = []) {
  const clock = createVirtualClock();
  const calls: { at: number; target: string; body: Record<string, unknown> }[] = [];
  const transport: Transport = {
    send: (request) => {
      const body = JSON.parse(textOf(request)) as { Name?: string; Names?: string[] };
      calls.push({ at: clock.now(), target: target(request), body });
      const { Name, Names = [] } = body;
      const all = Name === undefined ? { Parameters: Names.map(found) } : { Parameter: found(Name) };
      const answer = answers.shift() ?? { status: 200, body: all };
      if (answer === 'never') return new Promise(() => undefined);
      return Promise.resolve({
        status: answer.status,
        headers: {},
        body: Buffer.from(JSON.stringify(answer.body)),
      });
    },
    prepare: () => Promise.resolve(),
  };
  const fetch = createParameterFetch(awsConfig(ENVIRONMENT, { transport, clock }), () => 0.5);
  const startedAt = clock.now();
  const times = () => calls.map(({ at }) => at - startedAt);
  const until = (ms: number) => () => startedAt + ms;
  return { clock, calls, times, fetch, until };
}

test('one parameter is read with the call that has the higher quota', async () => {
  const { calls, fetch, until } = setUp();
  expect(Object.fromEntries(await fetch(['/a'], until(0)))).toEqual({ '/a': 'value of /a' });
  expect(calls).toMatchObject([
    { target: 'AmazonSSM.GetParameter', body: { Name: '/a', WithDecryption: true } },
  ]);
});

test('several parameters are read with one call for every ten', async () => {
  const { calls, fetch, until } = setUp();
  const names = Array.from({ length: 12 }, (_, index) => `/p${index}`);
  expect((await fetch(names, until(0))).size).toBe(12);
  expect(calls.map((call) => call.target)).toEqual(['AmazonSSM.GetParameters', 'AmazonSSM.GetParameters']);
});

test('a parameter that does not exist is missing', async () => {
  const { fetch, until } = setUp([fault(400, 'ParameterNotFound')]);
  expect((await fetch(['/a'], until(0))).size).toBe(0);
});

test.each([[['/a']], [['/a', '/b']]])(
  'an answer in which the store says nothing of %j is not believed, and asked for again',
  async (names) => {
    const { clock, fetch, until } = setUp([{ status: 200, body: {} }]);
    expect([...(await clock.until(fetch(names, until(1000)))).keys()]).toEqual(names);
  },
);

test.each([
  ['over its quota', THROTTLED],
  ['out of order', fault(500, 'InternalServerError')],
])('a store that is %s is asked again, after pauses that grow and vary', async (_, answer) => {
  const { clock, times, fetch, until } = setUp([answer, answer, answer]);
  expect((await clock.until(fetch(['/a'], until(2500)))).size).toBe(1);
  expect(times()).toEqual([0, 150, 450, 850]);
});

test('a store is not asked again after the given time', async () => {
  const { clock, times, fetch, until } = setUp(Array.from({ length: 20 }, () => THROTTLED));
  await expect(clock.until(fetch(['/a'], until(1000)))).rejects.toMatchObject({
    name: 'ThrottlingException',
  });
  expect(times()).toEqual([0, 150, 450, 850]);
});

test('a permanent refusal is not asked again', async () => {
  const { clock, times, fetch, until } = setUp([fault(400, 'AccessDeniedException')]);
  await expect(clock.until(fetch(['/a'], until(2500)))).rejects.toMatchObject({
    name: 'AccessDeniedException',
  });
  expect(times()).toEqual([0]);
});

test('a second call is made beside one that stalls', async () => {
  const { clock, times, fetch, until } = setUp(['never']);
  expect((await clock.until(fetch(['/a'], until(2500)))).size).toBe(1);
  expect(times()).toEqual([0, 500]);
});

test('the second call goes over a new connection', async () => {
  const certificate = await createCertificate();
  const server = await startServer({
    certificate,
    onData: (socket, connection) => {
      if (connection === 1) return;
      const body = JSON.stringify({ Parameter: found('/a') });
      socket.end(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
    },
  });
  // Calls do not run out of time, however slow the machine is.
  const clock: Clock = { now: Date.now, after: (ms, act) => timer(act, ms > 1000 ? 20_000 : ms) };
  try {
    const transport = createTransport({ ca: certificate.cert });
    const config = awsConfig({ ...ENVIRONMENT, AWS_ENDPOINT_URL: server.url.href }, { transport, clock });
    const values = await createParameterFetch(config, Math.random)(['/a'], () => Infinity);
    expect(values.size).toBe(1);
    expect(server.connections()).toBe(2);
  } finally {
    await server.close();
  }
});

function timer(act: () => void, ms: number): () => void {
  const handle = setTimeout(act, ms).unref();
  return () => {
    clearTimeout(handle);
  };
}
