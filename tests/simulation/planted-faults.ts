/** A fault of the delivery code, as a change of one file in `lib/`: each text is there once, and is replaced by the other. */
export interface Planted {
  readonly name: string;
  readonly file: string;
  readonly edits: readonly (readonly [text: string, other: string])[];
}

const fault = (name: string, file: string, ...edits: Planted['edits']): Planted => ({ name, file, edits });

/** Faults that earlier versions had, and a few of a kind that `npm run test:mutation` does not make. */
export const PLANTED: readonly Planted[] = [
  fault('a copy sends when one of its polls fails', 'relay/admission.ts', [
    "if (seen === undefined) return { verdict: 'send', claim: verdict.claim };",
    "return { verdict: 'send', claim: verdict.claim };",
  ]),
  fault('a takeover gets a new identity', 'ledger/ledger.ts', [
    "{ ...found, state: 'sending', holder: newId(), until",
    "{ ...found, state: 'sending', id: newId(), holder: newId(), until",
  ]),
  fault('the release of a takeover deletes the row', 'ledger/ledger.ts', [
    'const released = lapsed && { ...lapsed, holder: newId() };',
    'const released = undefined;',
  ]),
  fault('a copy that has queued the message does not say so', 'relay/webhook.ts', [
    'await watch(container.ledger, claimed, verdict, settleBy);',
    '',
  ]),
  fault('the worker drops what certainly was not sent', 'relay/receive.ts', [
    'return { keep: true, reason: result };',
    "return { keep: false, outcome: 'unconfirmed' };",
  ]),
  fault(
    'waiting copies use up the cap',
    'relay/webhook.ts',
    [
      'const verdict = await claimOrWait(',
      `const early = await container.caps.count([{ name: 'recipient', subject: hashes[0](channel.mailbox(message)),
       limit: settings.recipientLimit, windowMs: settings.recipientWindowMs }],
       { timeoutMs, by: answerBy, isDown: false });
     if ('reached' in early) throw new Refusal('cap_reached', 'cap_recipient');
     const verdict = await claimOrWait(`,
    ],
    ['isCounted ? [...recipientCaps, ...settings.totals.map((total) => total(message))] : [],', '[],'],
  ),
  fault('running out of time is a failure of who was not asked', 'delivery/route.ts', [
    'if (startedAt >= endsAt) break;',
    'if (startedAt >= endsAt) { provider.breaker.failed(); continue; }',
  ]),
  fault(
    'probes are spent by messages that are handed to others',
    'delivery/route.ts',
    [
      'const turns = [...route];',
      `const open = route.filter(({ breaker }) => breaker.allows());
     const turns = open.length > 0 ? open : [...route];`,
    ],
    ['if (index < route.length && !provider.breaker.allows()) {', 'if (index < 0) {'],
  ),
  fault('a provider that was passed over is never tried', 'delivery/route.ts', ['turns.push(provider);', '']),
  fault('after acceptance the table is waited for beyond the budget', 'relay/webhook.ts', [
    'const settleBy = answerBy + SETTLE_RESERVE_MS;',
    'const settleBy = answerBy + 5000;',
  ]),
  fault('a waiting copy is told 503 beside a message that was sent', 'relay/webhook.ts', [
    "if (secondSends === 0) return 'unconfirmed';",
    "if (secondSends === 0) return 'transient';",
  ]),
  fault('the last try comes at the last moment', 'delivery/backoff.ts', [
    'const LAST_TRY_MS = 3500;',
    'const LAST_TRY_MS = 500;',
  ]),
  fault('a delay reaches beyond the last try', 'delivery/backoff.ts', [
    'return Math.min(delay, lastTry);',
    'return delay;',
  ]),
  fault('a certain failure is recorded before it is queued', 'relay/unaccepted.ts', [
    'const queued = await enqueue(container, entry, { by: answerBy - SETTLE_RESERVE_MS });',
    `await claim.settle('queued', { by: settleBy });
     const queued = await enqueue(container, entry, { by: answerBy - SETTLE_RESERVE_MS });`,
  ]),
  fault('the record of an acceptance is left to the time after the answer', 'relay/webhook.ts', [
    "await claim.settle('done', { by: settleBy });",
    "void claim.settle('done', { by: settleBy });",
  ]),
  fault('a lease ends while its holder is at work', 'relay/lease.ts', [
    'const LEASE_SLACK_MS = 2000;',
    'const LEASE_SLACK_MS = -1200;',
  ]),
  fault('a fetch from before a freeze stands for one that is made now', 'settings/secrets.ts', [
    'if (pending !== undefined) await wait(pending, until);',
    'if (pending !== undefined) { await wait(pending, until); return held(); }',
  ]),
  fault('a cancelled entry is sent', 'ledger/ledger.ts', [
    "if (isRecorded && found?.id !== id) return { verdict: 'cancelled' };",
    "if (found === undefined) return { verdict: 'send', claim: hold(request, next) };",
  ]),
  fault('what can only expire is queued', 'relay/enqueue.ts', [
    'now < by && now + delaySeconds * 1000 + MINIMUM_ATTEMPT_MS <= entry.deadline',
    'now < by && now < entry.deadline',
  ]),
  fault('a cap lets one more through', 'ledger/caps.ts', [
    'Math.floor(limit / shards) +',
    'Math.floor(limit / shards) + 1 +',
  ]),
  fault('totals are left out', 'relay/webhook.ts', [
    '[...recipientCaps, ...settings.totals.map((total) => total(message))]',
    'recipientCaps',
  ]),
  fault('a queue that fails is not measured', 'relay/enqueue.ts', [
    "measure({ channel: entry.channel, count: 'queueDown' });",
    '',
  ]),
];
