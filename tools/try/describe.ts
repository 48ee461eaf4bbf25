import { providerLabel } from '../local/provider-labels.js';
import { adviceFor } from './advice.js';
import type { Trial } from './try-message.js';

/** The result in words: each provider's reply, and what to do about it. */
export function describeTrial({ status, outcome, reason, durationMs, attempts }: Trial): string {
  const lines = attempts.flatMap(({ provider, failure, messageId, reply }) => {
    const label = providerLabel(provider);
    if (failure === undefined) return [`${label} accepted it${messageId ? `: ${messageId}` : '.'}`];
    return [
      `${label}: ${failure.kind} (${failure.code})${reply === undefined ? '' : `\n  it says: ${reply}`}`,
      `  -> ${adviceFor(failure)}`,
    ];
  });
  const why = reason === undefined || reason === outcome ? '' : ` (${reason.replaceAll('_', ' ')})`;
  return [
    ...lines,
    `OwnID would see ${status} ${outcome.replaceAll('_', ' ')}${why}, after ${durationMs} ms.`,
  ].join('\n');
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
