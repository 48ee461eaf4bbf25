/** Breaks the product in one place at a time, and sees that the fault suite notices. */
import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

interface Mutant {
  readonly name: string;
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

const MUTANTS: readonly Mutant[] = [
  {
    name: 'deliveries are not claimed',
    file: 'lib/ledger/guard.ts',
    from: 'if (result.swapped) return hold(delivery, next, result.state !== undefined);',
    to: 'return hold(delivery, next, true);',
  },
  {
    name: 'the worker ignores the deadline',
    file: 'lib/relay/resend.ts',
    from: "if (deadline <= now()) return { keep: false, outcome: 'expired' };",
    to: '',
  },
  {
    name: 'an ambiguous outcome counts as transient',
    file: 'lib/net/transport-error.ts',
    from: "if (written) return 'ambiguous';",
    to: "if (written) return 'transient';",
  },
  {
    name: 'a queue that is down counts as one that took the entry',
    file: 'lib/relay/dispatch.ts',
    from: "return kind === 'ambiguous' || status >= 500 ? 'maybe' : 'no';",
    to: "return 'yes';",
  },
  {
    name: 'what may be in the queue is not cancelled',
    file: 'lib/ledger/guard.ts',
    from: "if (tracked && found?.admission !== admission) return { verdict: 'cancelled' };",
    to: '',
  },
  {
    name: 'the worker keeps nothing',
    file: 'lib/relay/worker.ts',
    from: 'return { batchItemFailures: kept.flat() };',
    to: 'return { batchItemFailures: kept.flat().slice(0, 0) };',
  },
  {
    name: 'what was sent is not recorded',
    file: 'lib/ledger/ticket.ts',
    from: "await move({ ...held, holder: admission, stage: 'done' });",
    to: 'await Promise.resolve();',
  },
  {
    name: 'an SMS of unknown outcome is sent again',
    file: 'lib/sms/channel.ts',
    from: 'mayResend: false,',
    to: 'mayResend: true,',
  },
];

const root = fileURLToPath(new URL('../..', import.meta.url));
const copy = await mkdtemp(join(tmpdir(), 'otp-relay-mutants-'));
for (const part of ['lib', 'tests', 'tools', 'package.json', 'tsconfig.json']) {
  await cp(join(root, part), join(copy, part), { recursive: true });
}
await symlink(join(root, 'node_modules'), join(copy, 'node_modules'));

let caught = 0;
for (const { name, file, from, to } of MUTANTS) {
  const path = join(copy, file);
  const source = await readFile(path, 'utf8');
  if (source.split(from).length !== 2) throw new Error(`${file} has not once: ${from}`);
  await writeFile(path, source.replace(from, to));
  const { status, stdout } = spawnSync(
    process.execPath,
    ['--import', 'tsx', 'tests/faults/main.ts', '--requests', '300', '--runs', '1', '--seed', '1'],
    { cwd: copy, encoding: 'utf8' },
  );
  await writeFile(path, source);
  const breaches = [...stdout.matchAll(/^ +(\d+) +breach: (.+)$/gm)].map(
    ([, count = '', breach = '']) => `${breach} ${count}`,
  );
  const isCaught = status === 1 && breaches.length > 0;
  if (isCaught) caught += 1;
  console.log(`${isCaught ? 'caught' : 'MISSED'}: ${name}: ${breaches.join(', ')}`);
}
await rm(copy, { recursive: true });
console.log(`${caught} passed, ${MUTANTS.length - caught} failed`);
process.exitCode = caught === MUTANTS.length ? 0 : 1;
