/**
 * Many sandboxes start at once, each with its first request, and share a parameter store with a rate limit: `npm run
 * bench:burst -- [--sandboxes 200] [--seed 1] [--write]`. The functions are the real ones, in virtual time. Everything
 * is one bundle, since loading a module from disk would take real time.
 */
import { parseArgs } from 'node:util';
import { emailChannel } from '../lib/email/channel.js';
import type { Clock } from '../lib/clock.js';
import type { HttpRequest, HttpResponse } from '../lib/net/exchange.js';
import type { Transport } from '../lib/net/transport.js';
import { createWebhook } from '../lib/relay/start/webhook-function.js';
import { createVirtualClock } from '../tests/support/virtual-clock.js';
import { signedEventAt, SECRET } from './harness/job.js';
import { quantile, seeded } from './harness/statistics.js';
import { writeReport } from './harness/report.js';

const { values: options } = parseArgs({
  options: {
    sandboxes: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    write: { type: 'boolean', default: false },
  },
});
const sandboxes = Number(options.sandboxes);

/** All sandboxes start within this time. */
const WITHIN_MS = 1000;
const BUDGET_MS = 2500;
/** Round trips of a function in the same region. */
const STORE_MS = 20;
const PROVIDER_MS = 60;

interface Result {
  readonly answers: ReadonlyMap<number, number>;
  readonly calls: number;
  readonly throttled: number;
  readonly latencies: readonly number[];
}

/** @param perSecond the store's quota: a bucket of that size, which fills at that rate. */
async function burst(perSecond: number): Promise<Result> {
  const clock = createVirtualClock();
  const random = seeded(Number(options.seed));
  const store = createStore(clock, perSecond);
  const transport: Transport = {
    send: async (request) => {
      const isStore = request.url.hostname.startsWith('ssm.');
      await new Promise<void>((resolve) => clock.after(isStore ? STORE_MS : PROVIDER_MS, resolve));
      return isStore ? store.answer(request) : ACCEPTED;
    },
    prepare: () => Promise.resolve(),
  };
  const answers = new Map<number, number>();
  const latencies: number[] = [];
  const silent = () => undefined;

  const start = async () => {
    await new Promise<void>((resolve) => clock.after(Math.floor(random() * WITHIN_MS), resolve));
    const startedAt = clock.now();
    const { handler } = createWebhook(emailChannel, {
      environment: {
        AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
        AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
        OWNID_SHARED_SECRET: 'ssm:/otp-relay/bench/secret',
        EMAIL_FROM: 'login@example.com',
        TIME_BUDGET_MS: String(BUDGET_MS),
      },
      clock,
      random,
      transport,
      logSink: { info: silent, warn: silent, error: silent },
      writeMetric: silent,
    });
    const { statusCode } = await handler(signedEventAt('email', startedAt));
    answers.set(statusCode, (answers.get(statusCode) ?? 0) + 1);
    if (statusCode === 202) latencies.push(clock.now() - startedAt);
  };
  await clock.until(Promise.all(Array.from({ length: sandboxes }, start)));
  return { answers, latencies, ...store.counted() };
}

/** Throttles as AWS Systems Manager does: `ThrottlingException` with status 400, which uses none of the quota. */
function createStore(clock: Clock, perSecond: number) {
  let tokens = perSecond;
  let filledAt = clock.now();
  let calls = 0;
  let throttled = 0;
  return {
    answer: ({ body }: HttpRequest): HttpResponse => {
      calls += 1;
      tokens = Math.min(perSecond, tokens + ((clock.now() - filledAt) * perSecond) / 1000);
      filledAt = clock.now();
      if (tokens < 1) {
        throttled += 1;
        return json(400, { __type: 'ThrottlingException', message: 'Rate exceeded' });
      }
      tokens -= 1;
      const text = typeof body === 'string' ? body : new TextDecoder().decode(body);
      const { Name } = JSON.parse(text) as { Name?: string };
      return json(200, { Parameter: { Name, Type: 'SecureString', Value: SECRET, Version: 1 } });
    },
    counted: () => ({ calls, throttled }),
  };
}

const json = (status: number, value: object): HttpResponse => ({
  status,
  headers: { 'content-type': 'application/x-amz-json-1.1' },
  body: Buffer.from(JSON.stringify(value)),
});
const ACCEPTED: HttpResponse = {
  status: 200,
  headers: { 'content-type': 'text/xml' },
  body: Buffer.from(
    '<SendEmailResponse><SendEmailResult><MessageId>0</MessageId></SendEmailResult></SendEmailResponse>',
  ),
};

const report = [
  '# A burst of new sandboxes',
  '',
  `${sandboxes} sandboxes start within ${WITHIN_MS} ms, each with its first email and nothing cached; time budget ${BUDGET_MS} ms.`,
  'Virtual time, so that the machine has no part in it. The store is a bucket that holds one second of its quota.',
  '',
  '| calls a second | answered 202 | 503 | at least | calls | of them throttled | p50 ms | p99 ms |',
  '|--:|--:|--:|--:|--:|--:|--:|--:|',
];
let isMet = true;
for (const perSecond of [40, 1000, 10_000]) {
  const { answers, calls, throttled, latencies } = await burst(perSecond);
  const possible = Math.min(sandboxes, perSecond + (perSecond * BUDGET_MS) / 1000);
  const least = possible < sandboxes ? Math.floor(0.9 * possible) : sandboxes;
  const accepted = answers.get(202) ?? 0;
  if (accepted < least || accepted + (answers.get(503) ?? 0) !== sandboxes) isMet = false;
  const at = (q: number) => quantile(latencies, q).toFixed(0);
  report.push(
    `| ${[perSecond, accepted, answers.get(503) ?? 0, least, calls, throttled, at(0.5), at(0.99)].join(' | ')} |`,
  );
}
report.push(
  '',
  '40 is the default, shared by GetParameter and GetParameters; 1,000 and 10,000 are what these two have once higher throughput',
  'is on. "At least" is nine tenths of what the quota allows within one time budget, or all.',
);
await writeReport('burst', report, options.write);
process.exitCode = isMet ? 0 : 1;
