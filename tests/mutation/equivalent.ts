/** A change of a line that no test can notice. Lines are without their indentation. */
interface Equivalent {
  readonly file: string;
  readonly line: string;
  readonly changed: string;
  readonly reason: string;
}

export const EQUIVALENT: readonly Equivalent[] = [
  {
    file: 'lib/delivery/route.ts',
    line: 'if (index < route.length && !provider.breaker.allows()) {',
    changed: 'if (index <= route.length && !provider.breaker.allows()) {',
    reason:
      'The first provider in its second turn is passed over once more, or its probe is spent on the message that it is then handed: it is tried all the same, last, with all the time that is left.',
  },
  {
    file: 'lib/ledger/caps.ts',
    line: 'for (const [other, until] of reachedUntil) if (until <= now()) reachedUntil.delete(other);',
    changed: 'for (const [other, until] of reachedUntil) if (false) reachedUntil.delete(other);',
    reason: 'What is over is never read again; it only takes memory.',
  },
  {
    file: 'lib/ledger/caps.ts',
    line: 'for (const [other, until] of reachedUntil) if (until <= now()) reachedUntil.delete(other);',
    changed: 'for (const [other, until] of reachedUntil) if (until < now()) reachedUntil.delete(other);',
    reason: 'What is over is never read again; it only takes memory, for a millisecond more.',
  },
  {
    file: 'lib/ledger/caps.ts',
    line: "await Promise.all(counts.flatMap((count) => (count === 'reached' ? [] : [count(by).catch(onDown)])));",
    changed:
      'await Promise.all(counts.flatMap((count) => (count === \'reached\' ? ["Stryker was here"] : [count(by).catch(onDown)])));',
    reason: 'Text among promises that are waited for is waited for no longer than nothing.',
  },
  {
    file: 'lib/settings/secrets.ts',
    line: 'let isReported = false;',
    changed: 'let isReported = true;',
    reason: 'Every fetch sets it before anything is reported.',
  },
  {
    file: 'lib/settings/secrets.ts',
    line: 'if (pending !== undefined) await wait(pending, until);',
    changed: 'if (true) await wait(pending, until);',
    reason: 'Nothing is waited for no longer than a turn of the event loop.',
  },
  {
    file: 'lib/settings/secrets.ts',
    line: 'if (left < 1 || now() - triedAt < SPACING_MS) return false;',
    changed: 'if (left <= 1 || now() - triedAt < SPACING_MS) return false;',
    reason: 'Exactly one is left in one millisecond of 30 seconds; the fetch is made in the next.',
  },
  {
    file: 'lib/ledger/writes.ts',
    line: "const isWatched = found?.state === 'watched' && next?.state === 'sending';",
    changed: "const isWatched = true && next?.state === 'sending';",
    reason: 'Nobody moves a claim on but its holder, who is still making it, and a copy that watches it.',
  },
  {
    file: 'lib/relay/webhook.ts',
    line: "if (secondSends === 0) return 'unconfirmed';",
    changed: "if (false) return 'unconfirmed';",
    reason:
      'A copy of an SMS has waited until its answer is due, when the queue is not asked any more. The line says what must never be, whatever it waits for.',
  },
  {
    file: 'lib/relay/worker.ts',
    line: "if (entry.deadline <= clock.now()) return { keep: false, outcome: 'expired' };",
    changed: "if (entry.deadline <= clock.now()) return { keep: true, outcome: 'expired' };",
    reason: 'After the deadline there is no backoff, so that the entry is dropped as expired all the same.',
  },
];
