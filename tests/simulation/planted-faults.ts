/** A fault of the delivery code, as a change of one file in `lib/`: each text is there once, and is replaced by the other. */
export interface Planted {
  readonly name: string;
  readonly file: string;
  readonly edits: readonly (readonly [text: string, other: string])[];
}

const fault = (name: string, file: string, ...edits: Planted['edits']): Planted => ({ name, file, edits });

export const PLANTED: readonly Planted[] = [
  // The ledger.
  fault('a copy sends when one of its polls fails', 'relay/admission.ts', [
    "if (seen === undefined) return { verdict: 'send', claim: verdict.claim };",
    "return { verdict: 'send', claim: verdict.claim };",
  ]),
  fault('a copy waits for a claim of its own', 'relay/admission.ts', [
    'ledger.claim(request, by, unanswered);',
    'ledger.claim(request, by);',
  ]),
  fault('one lost answer of the table opens the gate', 'ledger/ledger.ts', [
    'if (result === undefined && clock.now() + PAUSE_MS < until) {',
    'if (Number(result) === -1) {',
  ]),
  fault('the release of a takeover deletes the row', 'ledger/ledger.ts', [
    'const released = lapsed && { ...lapsed, holder: newId() };',
    'const released = undefined;',
  ]),
  fault('a takeover gets a new identity', 'ledger/ledger.ts', [
    "{ ...found, state: 'sending', holder: newId(), until",
    "{ ...found, state: 'sending', id: newId(), holder: newId(), until",
  ]),
  fault('a request is released though a copy has queued it', 'ledger/ledger.ts', [
    "const kept = next ?? ({ ...row, state: 'queued' } as const);",
    'const kept = next;',
  ]),
  fault('a copy that has queued the message does not say so', 'relay/webhook.ts', [
    'await watch(container.ledger, claimed, verdict, settleBy);',
    '',
  ]),
  fault('a claim is lost to the copy that watches it', 'ledger/ledger.ts', [
    "const isWatched = found?.state === 'watched' && found.holder === row.holder;",
    'const isWatched = Number(found?.until) === -1;',
  ]),
  fault('a takeover is not counted as a second send', 'ledger/ledger.ts', [
    'until: request.until, unsure: found.unsure + 1 };',
    'until: request.until, unsure: found.unsure };',
  ]),
  fault('a write is tried once', 'ledger/writes.ts', [
    'if (clock.now() + PAUSE_MS >= last) return undefined;',
    'return undefined;',
  ]),
  fault('a writer does not recognise its own write', 'ledger/writes.ts', [
    'if (result?.done === false && isSame(result.found, next)) return { done: true };',
    '',
  ]),
  fault('an entry takes whatever is being sent', 'ledger/ledger.ts', [
    "(found.state !== 'done' && found.holder === holder));",
    "found.state !== 'done');",
  ]),
  fault('a cancelled entry is sent', 'ledger/ledger.ts', [
    "if (isRecorded && found?.id !== id) return { verdict: 'cancelled' };",
    "if (found === undefined) return { verdict: 'send', claim: hold(request, next) };",
  ]),
  fault('an entry forgets the unknown outcome that it carries', 'ledger/ledger.ts', [
    'unsure: Math.max(found.unsure, unsure) };',
    'unsure: found.unsure };',
  ]),
  fault('a lapsed claim stays open after it was counted', 'relay/worker.ts', ['await result.after?.();', '']),
  fault('a lease ends while its holder is at work', 'relay/lease.ts', [
    'const LEASE_SLACK_MS = 2000;',
    'const LEASE_SLACK_MS = -1200;',
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
  // Certain and unknown outcomes.
  fault('a certain failure is recorded before it is queued', 'relay/unaccepted.ts', [
    'const queued = await enqueue(container, entry, { by: answerBy - SETTLE_RESERVE_MS });',
    `await claim.settle('queued', { by: settleBy });
     const queued = await enqueue(container, entry, { by: answerBy - SETTLE_RESERVE_MS });`,
  ]),
  fault('an unknown outcome is recorded before it is queued', 'relay/unaccepted.ts', [
    'const isQueued = mayQueue &&',
    `if (mayQueue) await claim.settle('queued', { by: settleBy, unsure });
     const isQueued = mayQueue &&`,
  ]),
  fault('an unknown outcome is tried again at once', 'delivery/route.ts', [
    "const isTransient = error instanceof DeliveryError && error.kind === 'transient';",
    "const isTransient = error instanceof DeliveryError && error.kind !== 'rejected';",
  ]),
  fault('an unknown outcome is handed to the next provider', 'delivery/route.ts', [
    "if (current.kind === 'rejected' || current.kind === 'ambiguous') throw current;",
    "if (current.kind === 'rejected') throw current;",
  ]),
  fault('the worker sends again after every unknown outcome', 'relay/receive.ts', [
    "return { to: unsure < secondSends ? 'queued' : 'done', unsure: unsure + 1 } as const;",
    "return { to: 'queued', unsure: unsure + 1 } as const;",
  ]),
  fault(
    'the worker does not wait for the table',
    'relay/receive.ts',
    [
      "const isBlind = !entry.claim.isRecorded && entry.claim.holder !== '';",
      "const isBlind = verdict.verdict === 'down';",
    ],
    ['!(isBlind && isLastTry(deadline - clock.now()))', '!isBlind'],
  ),
  fault('the worker does not count a takeover', 'relay/receive.ts', [
    'if (claim.lapsed !== undefined) countUnconfirmed();',
    '',
  ]),
  fault('the worker drops what certainly was not sent', 'relay/receive.ts', [
    'return { keep: true, reason: result };',
    "return { keep: false, outcome: 'unconfirmed' };",
  ]),
  // The route.
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
  fault('running out of time is a failure of who was not asked', 'delivery/route.ts', [
    'if (startedAt >= endsAt) break;',
    'if (startedAt >= endsAt) { provider.breaker.failed(); continue; }',
  ]),
  fault('a provider is asked after the time is over', 'delivery/route.ts', [
    'if (startedAt >= endsAt) break;',
    '',
  ]),
  fault('a message is sent without time for an attempt', 'relay/sender.ts', [
    "if (clock.now() + MINIMUM_ATTEMPT_MS > endsAt) return 'transient';",
    '',
  ]),
  fault('a provider is passed over after two failures', 'delivery/breaker.ts', [
    'const FAILURES = 3;',
    'const FAILURES = 2;',
  ]),
  fault('a provider is passed over for a minute', 'delivery/breaker.ts', [
    'const OPEN_MS = 10_000;',
    'const OPEN_MS = 60_000;',
  ]),
  // Time.
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
  fault('the last try comes early', 'delivery/backoff.ts', [
    'const LAST_TRY_MS = 3500;',
    'const LAST_TRY_MS = 9000;',
  ]),
  fault('a delay reaches beyond the last try', 'delivery/backoff.ts', [
    'return Math.min(delay, lastTry);',
    'return delay;',
  ]),
  fault(
    'receives run out before the deadline',
    'delivery/backoff.ts',
    ['Math.ceil(remainingMs / 1000) - later);', '0);'],
    ['const MAXIMUM_DELAY_SECONDS = 60;', 'const MAXIMUM_DELAY_SECONDS = 5;'],
  ),
  // Caps and secrets.
  fault('a cap lets one more through', 'ledger/caps.ts', [
    'Math.floor(limit / shards) +',
    'Math.floor(limit / shards) + 1 +',
  ]),
  fault('what is refused does not give its count back', 'relay/admission.ts', [
    ', count.takeBack(until)]',
    ']',
  ]),
  fault('the record of an acceptance is left to the time after the answer', 'relay/webhook.ts', [
    "await claim.settle('done', { by: settleBy });",
    "void claim.settle('done', { by: settleBy });",
  ]),
  fault('a fetch from before a freeze stands for one that is made now', 'settings/secrets.ts', [
    'if (pending !== undefined) await wait(pending, until);',
    'if (pending !== undefined) { await wait(pending, until); return held(); }',
  ]),
  fault('a rotation is noticed late', 'settings/secrets.ts', [
    'if (pending === undefined && mayRefresh(triedAt)) await wait(fetchOnce(), until);',
    '',
  ]),
];
