import { coloured } from '../command.js';
import { providerLabel } from '../local/provider-labels.js';
import { adviceFor } from './advice.js';
import type { Attempt, Trial } from './try-message.js';

/** One thing to say of a trial; a `reply` and an `advice` belong to the failure before them. */
export interface TrialLine {
  readonly kind: 'accepted' | 'failed' | 'reply' | 'advice' | 'outcome';
  readonly text: string;
}

/** The result in words: each provider's reply, and what to do about it. */
export function describeTrial({ status, outcome, reason, durationMs, attempts }: Trial): TrialLine[] {
  const why = reason === undefined || reason === outcome ? '' : ` (${reason.replaceAll('_', ' ')})`;
  const end = `OwnID would see ${status} ${outcome.replaceAll('_', ' ')}${why}, after ${durationMs} ms.`;
  return [...counted(attempts).flatMap(describeAttempt), { kind: 'outcome', text: end }];
}

function describeAttempt({
  provider,
  failure,
  messageId,
  reply,
  count,
}: Attempt & { count: number }): TrialLine[] {
  const label = providerLabel(provider);
  if (failure === undefined) {
    return [{ kind: 'accepted', text: `${label} accepted it${messageId ? `: ${messageId}` : '.'}` }];
  }
  const times = count === 1 ? '' : `, ${count} times`;
  return [
    { kind: 'failed', text: `${label}: ${failure.kind} (${failure.code})${times}` },
    ...(reply === undefined ? [] : [{ kind: 'reply', text: `it says: ${reply}` } as const]),
    { kind: 'advice', text: adviceFor(failure) },
  ];
}

/** Attempts that failed in the same way, each once: the relay tries what is transient again. */
function counted(attempts: readonly Attempt[]): (Attempt & { count: number })[] {
  const found = new Map<string, Attempt & { count: number }>();
  for (const attempt of attempts) {
    const { provider, failure, reply } = attempt;
    const key = JSON.stringify([provider, failure?.kind, failure?.code, reply]);
    found.set(key, { ...attempt, count: (found.get(key)?.count ?? 0) + 1 });
  }
  return [...found.values()];
}

/** The result for a terminal. */
export function formatTrial(trial: Trial): string {
  const format: Readonly<Record<TrialLine['kind'], (text: string) => string>> = {
    accepted: (text) => coloured(text, 'green'),
    failed: (text) => coloured(text, 'red'),
    reply: (text) => `  ${text}`,
    advice: (text) => `  -> ${text}`,
    outcome: (text) => text,
  };
  return describeTrial(trial)
    .map(({ kind, text }) => format[kind](text))
    .join('\n');
}

/** The result as data, for machines. */
export function trialAsData({ attempts, ...trial }: Trial) {
  return {
    ...trial,
    attempts: attempts.map(({ failure, ...attempt }) => ({
      ...attempt,
      ...(failure && { failure: { kind: failure.kind, code: failure.code, advice: adviceFor(failure) } }),
    })),
  };
}
