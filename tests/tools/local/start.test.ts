import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { jest } from '@jest/globals';
import { closeServer, listen } from '../../../tools/http.js';
import { signedPostCommand } from '../../../tools/local/command.js';
import { describeLine } from '../../../tools/local/log-lines.js';
import { createSecretKey } from 'node:crypto';
import { freePair } from '../../support/free-ports.js';

jest.setTimeout(60_000);

const MAIN = fileURLToPath(new URL('../../../tools/local/main.cjs', import.meta.url));
const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

function start(environment: Record<string, string>, ...nodeArguments: string[]) {
  const child = spawn(process.execPath, [...nodeArguments, MAIN], {
    env: { PATH: process.env['PATH'], ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  const lines: string[] = [];
  const ended = once(child, 'exit').then(([code, signal]) => ({
    code: code as number,
    signal: signal as string,
  }));
  const printed = new Promise<void>((resolve) => {
    for (const input of [child.stdout, child.stderr]) {
      createInterface({ input }).on('line', (line) => {
        lines.push(line);
        // The address of the inbox comes last.
        if (/^ {2}http:/.test(line)) resolve();
      });
    }
  });
  return { child, lines, ended, printed };
}

async function childrenOf(pid: number | undefined): Promise<string[]> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'pid=', '--ppid', String(pid)]).catch(() => ({
    stdout: '',
  }));
  return stdout.trim().split(/\s+/).filter(Boolean);
}

test('prints what is played, a short command and, last, the inbox’s address, and stops cleanly on Ctrl-C', async () => {
  const port = await freePair();
  const { child, lines, ended, printed } = start({ PORT: String(port) });
  await Promise.race([printed, ended]);
  const text = lines.join('\n');
  expect(lines.filter((line) => line !== '').at(-1)).toBe(`  http://localhost:${port}`);
  expect(text).toContain(`Nothing that it sends leaves this machine.`);
  expect(text).toMatch(/^ {2}SES +played here$/m);
  expect(text).toMatch(/^curl -i http:\/\/localhost:\d+\/email .*--data-raw "\$b"$/m);
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(180);

  const functions = await childrenOf(child.pid);
  expect(functions.length).toBeGreaterThanOrEqual(2);
  // A page that is open must not keep it from stopping.
  const events = await fetch(`http://localhost:${port}/events`);
  child.kill('SIGINT');
  expect(await ended).toEqual({ code: 0, signal: null });
  await expect(events.text()).rejects.toThrow();
  await expectGone(functions);
});

test('leaves no function behind when it is killed itself', async () => {
  const { child, ended, printed } = start({ PORT: String(await freePair()) });
  await Promise.race([printed, ended]);
  const functions = await childrenOf(child.pid);
  expect(functions.length).toBeGreaterThanOrEqual(2);
  child.kill('SIGKILL');
  await ended;
  await expectGone(functions);
});

/** A process may outlive the one that started it for as long as it takes to notice. */
async function expectGone(pids: readonly string[]): Promise<void> {
  const giveUpAt = Date.now() + 10_000;
  while (pids.some((pid) => isRunning(Number(pid))) && Date.now() < giveUpAt) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(pids.filter((pid) => isRunning(Number(pid)))).toEqual([]);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('says which port is taken, and how to choose another', async () => {
  const other = createServer();
  const port = await listen(other, 0);
  const { lines, ended } = start({ PORT: String(port) });
  await ended;
  await closeServer(other);
  expect(await ended).toMatchObject({ code: 1 });
  expect(lines).toEqual([
    expect.stringMatching(
      /^Port \d+ is taken by another program\. Choose another pair of ports: npm start -- --port \d+$/,
    ),
  ]);
});

test.each(['0', '65535', '3000x', '-1'])('refuses PORT=%s', async (port) => {
  const { lines, ended } = start({ PORT: port });
  expect(await ended).toMatchObject({ code: 2 });
  expect(lines[0]).toMatch(/^The port must be a whole number from 1 to 65534\./);
});

test('lists the faulty settings', async () => {
  const { lines, ended } = start({
    PORT: String(await freePair()),
    EMAIL_FROM: 'x',
    EMAIL_REPLY_TO__SHOP: 'y',
    SMS_DAILY_LIMIT: 'z',
  });
  expect(await ended).toMatchObject({ code: 1 });
  expect(lines.join('\n')).toMatch(
    /^3 faulty settings:\n {2}- EMAIL_FROM must be .*\n {2}- EMAIL_REPLY_TO__SHOP must be .*\n {2}- SMS_DAILY_LIMIT must be .*$/,
  );
});

test('says nothing beside them, not even what the worker logs of a channel that cannot start', async () => {
  const { lines, ended } = start({ PORT: String(await freePair()), SMS_DAILY_LIMIT: 'z' });
  await ended;
  expect(lines).toEqual(['1 faulty setting:', expect.stringMatching(/^ {2}- SMS_DAILY_LIMIT must be /)]);
});

test.each(['0.12.18', '16.20.2', '20.18.9'])('says that Node.js %s is too old', async (version) => {
  const pretend = `data:text/javascript,Object.defineProperty(process.versions,'node',{value:'${version}'})`;
  const { lines, ended } = start({}, '--import', pretend);
  expect(await ended).toMatchObject({ code: 1 });
  expect(lines).toEqual([`OTP Relay needs Node.js 20.19 or later; this is ${version}.`]);
});

test('on Windows prints a command for PowerShell', () => {
  const secret = createSecretKey(Buffer.alloc(32, 1));
  const command = signedPostCommand('http://localhost:3000', secret, 'win32');
  expect(command).toContain("FromBase64String('AQEBAQEB");
  expect(command).toContain('Invoke-WebRequest http://localhost:3000/email');
});

describe('a line of a function', () => {
  const time = new Date(2026, 10, 21, 8, 9, 10);
  const clock = time.toLocaleTimeString();

  test.each([
    [
      '{"requestId":"r1","channel":"email","app":"SHOP","outcome":"accepted","provider":"ses","messageId":"m1","durationMs":12,"failures":[]}',
      `${clock}  /email/shop  accepted  ses  m1  12 ms`,
    ],
    [
      '{"requestId":"r1","channel":"sms","outcome":"retried","attempt":2,"reason":"transient","failures":["sns:transient:Throttling"]}',
      `${clock}  /sms  attempt 2  retried  transient  sns:transient:Throttling`,
    ],
    ['{"channel":"email","reason":"state_kept_in_memory"}', `${clock}  email  state_kept_in_memory`],
    ['plain text', 'plain text'],
    ['{"_aws":{"Timestamp":1}}', undefined],
  ])('%s', (line, expected) => {
    expect(describeLine(line, time)).toBe(expected);
  });
});
