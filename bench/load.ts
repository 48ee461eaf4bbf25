/**
 * Puts `npm start` under load: signed requests of one country, many at a time, with its queue and table in place, and
 * a provider that is down for a while. Counts answers, messages and caps, and prints latencies.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { LogRecord } from '../lib/telemetry/log.js';
import { startLocalRelay } from '../tools/local/relay.js';
import { ownIdRequest, type OwnIdRequest } from '../tools/ownid/ownid.js';

const { values } = parseArgs({
  options: {
    concurrency: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '30' },
    limit: { type: 'string', default: '1200' },
  },
});
const concurrency = Number(values.concurrency);
const durationMs = Number(values.seconds) * 1000;
const countryLimit = Number(values.limit);

/** The first requests go to a few recipients, each of whom gets more than the cap lets through. */
const POPULAR = 20;
const REQUESTS_PER_POPULAR = 12;
const RECIPIENT_LIMIT = 5;
/** One request in that many is sent twice. */
const REPLAY_EVERY = 20;
/** From a third of the time on, the provider is down for so long. */
const OUTAGE_MS = 2000;

interface Answer {
  readonly status: number;
  readonly requestId: string;
  readonly latencyMs: number;
}

const outdir = await mkdtemp(join(tmpdir(), 'otp-relay-load-'));
const outcomes = new Map<string, Set<string>>();
const relay = await startLocalRelay({
  port: 0,
  folder: outdir,
  overrides: {
    RECIPIENT_LIMIT: String(RECIPIENT_LIMIT),
    // One window for all of the run, whenever it begins.
    RECIPIENT_WINDOW_SECONDS: '86400',
    SMS_COUNTRY_HOURLY_LIMIT: String(countryLimit),
    SMS_DAILY_LIMIT: '*',
    // The table shares the machine with eight containers, the gateway and this client.
    STATE_TIMEOUT_MS: '5000',
    TIME_BUDGET_MS: '10000',
  },
  onOutput: (line) => {
    if (!line.startsWith('{"requestId"')) return;
    const { requestId = '', outcome = '' } = JSON.parse(line) as LogRecord;
    outcomes.set(requestId, (outcomes.get(requestId) ?? new Set()).add(outcome));
  },
});
const sends = new Map<string, number>();
const seen = new Set<string>();
relay.inbox.subscribe((change) => {
  if (!('entry' in change)) return;
  for (const { id, to } of change.entry.messages) {
    if (!seen.has(id)) sends.set(to, (sends.get(to) ?? 0) + 1);
    seen.add(id);
  }
});

const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
const sent: { to: string; answer: Answer }[] = [];
const replays: Answer[] = [];
let number = 0;
const startedAt = Date.now();
console.log(`${concurrency} requests at a time for ${durationMs / 1000} s, country cap ${countryLimit}`);
const outage = playOutage();
await Promise.all(Array.from({ length: concurrency }, post));
await outage;
const tookMs = Date.now() - startedAt;
await settle();
agent.destroy();
await relay.close();
await rm(outdir, { recursive: true });
report();

async function post(): Promise<void> {
  while (Date.now() < startedAt + durationMs) {
    const current = number++;
    const to = recipient(current);
    const payload = { phoneNumber: to, messageText: 'Your code is 5928', code: '5928' };
    // No two requests are the same, not even those of one millisecond to one recipient.
    const now = Date.now() - (current % 1000);
    const request = ownIdRequest({ channel: 'sms', app: '', payload, secret: relay.secret, now });
    const again = current % REPLAY_EVERY === REPLAY_EVERY - 1 ? send(request) : undefined;
    sent.push({ to, answer: await send(request) });
    if (again !== undefined) replays.push(await again);
  }
}

function recipient(current: number): string {
  if (current < POPULAR * REQUESTS_PER_POPULAR) return `+1202555${1000 + (current % POPULAR)}`;
  const exchange = 300 + (Math.floor(current / 10_000) % 100);
  return `+1415${exchange}${String(current % 10_000).padStart(4, '0')}`;
}

function send({ path, headers, body }: OwnIdRequest): Promise<Answer> {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      new URL(path, relay.address),
      { method: 'POST', headers, agent },
      (response) => {
        response.resume().on('end', () => {
          const requestId = String(response.headers['apigw-requestid']);
          resolve({ status: response.statusCode ?? 0, requestId, latencyMs: performance.now() - began });
        });
      },
    );
    outgoing.on('error', reject).end(body);
  });
}

async function playOutage(): Promise<void> {
  const tell = (behaviour: string) =>
    fetch(new URL('/providers', relay.address), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'sns', behaviour }),
    });
  await sleep(durationMs / 3);
  await tell('transient');
  await sleep(OUTAGE_MS);
  await tell('accept');
}

/** Waits until the queue has nothing more to send, a minute at most. */
async function settle(): Promise<void> {
  const isOpen = (ids: Set<string>) =>
    ids.has('queued') &&
    !['accepted', 'expired', 'unconfirmed', 'rejected'].some((outcome) => ids.has(outcome));
  for (let wait = 0; wait < 120 && [...outcomes.values()].some(isOpen); wait += 1) await sleep(500);
}

function report(): void {
  const answers = [...sent.map(({ answer }) => answer), ...replays];
  const count = (status: (code: number) => boolean) =>
    answers.filter((answer) => status(answer.status)).length;
  const had = (outcome: string) => [...outcomes.values()].filter((set) => set.has(outcome)).length;
  const latencies = answers.map(({ latencyMs }) => latencyMs).sort((one, other) => one - other);
  const at = (share: number) => (latencies[Math.floor((latencies.length - 1) * share)] ?? 0).toFixed(0);

  const promised = new Map<string, number>();
  for (const { to, answer } of sent) {
    if (answer.status === 202) promised.set(to, (promised.get(to) ?? 0) + 1);
  }
  const total = [...sends.values()].reduce((sum, part) => sum + part, 0);
  const isOver = (to: string) => (sends.get(to) ?? 0) > (promised.get(to) ?? 0);
  const lost =
    [...promised].filter(([to, times]) => (sends.get(to) ?? 0) < times).length - had('unconfirmed');
  const popular = [...sends].filter(([to]) => to.startsWith('+1202'));

  console.log(
    `${answers.length} requests in ${(tookMs / 1000).toFixed(1)} s, ${((answers.length / tookMs) * 1000).toFixed(0)} a second`,
  );
  console.log(
    `answered within ${at(0.5)} ms (half), ${at(0.95)} ms (95 %), ${at(0.99)} ms (99 %), ${at(1)} ms (all)`,
  );
  console.log(
    `202: ${count((code) => code === 202)}, 429: ${count((code) => code === 429)}, 5xx: ${count((code) => code >= 500)}`,
  );
  console.log(`queued: ${had('queued')}, replayed: ${had('replayed')}, unconfirmed: ${had('unconfirmed')}`);
  console.log(
    `messages sent: ${total}; lost: ${lost}; to somebody twice: ${[...sends.keys()].filter(isOver).length}`,
  );
  console.log(
    `most messages to one of the ${POPULAR} popular recipients: ${Math.max(...popular.map(([, times]) => times))} of ${RECIPIENT_LIMIT}`,
  );

  const checks: [string, boolean][] = [
    ['no 5xx', count((code) => code >= 500) === 0],
    ['no other answer than 202 and 429', answers.every(({ status }) => status === 202 || status === 429)],
    ['no lost message', lost <= 0],
    ['nothing sent twice', ![...sends.keys()].some(isOver)],
    [
      "each popular recipient's cap exact",
      popular.length === POPULAR && popular.every(([, times]) => times === RECIPIENT_LIMIT),
    ],
    ["the country's cap reached and exact", total === countryLimit],
  ];
  for (const [name, holds] of checks) console.log(`${holds ? 'holds' : 'FAILS'}: ${name}`);
  const failed = checks.filter(([, holds]) => !holds).length;
  console.log(`${checks.length - failed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}
