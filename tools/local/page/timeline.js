import { milliseconds } from './dom.js';
import { providerLabel } from './entries.js';
import { explanationOf } from './explain.js';

const NO_ANSWER = /^(?:TIMEOUT|UNRESPONSIVE|NO_TIME_LEFT|ETIMEDOUT)$/;
const NO_CONNECTION = /^(?:ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)$/;

/** A failed attempt, `provider:kind:code`, in words. */
export function failureInWords(failure) {
  const [name = '', kind, ...rest] = failure.split(':');
  const provider = providerLabel(name);
  const code = rest.join(':');
  if (kind === 'ambiguous') {
    const what = NO_ANSWER.test(code)
      ? `${provider} did not answer in time`
      : `The answer of ${provider} was lost (${code})`;
    return `${what}; it may have accepted the message`;
  }
  if (kind === 'rejected') return `${provider} refused the message (${code})`;
  if (kind === 'misconfigured') return `${provider} refused our account or settings (${code})`;
  if (NO_ANSWER.test(code)) return `${provider} did not answer in time`;
  if (NO_CONNECTION.test(code)) return `${provider} could not be reached (${code})`;
  return `${provider} could not take it just now (${code})`;
}

/** What happened to an entry, in order: `{ afterMs, text }`. */
export function timelineOf(entry) {
  const { at, hasRequest, method, path, status, latencyMs, steps, messages } = entry;
  const events = hasRequest ? [{ at, text: `${method ?? 'POST'} ${path ?? ''} came in` }] : [];
  if (status !== undefined) events.push({ at: at + latencyMs, text: `Answered ${status}` });
  for (const { receivedAt, provider, messageId } of messages) {
    events.push({ at: receivedAt, text: `${providerLabel(provider)} got the message`, detail: messageId });
  }
  for (const step of steps) {
    const by = step.attempt === undefined ? '' : ` by the queue, try ${step.attempt}`;
    for (const failure of step.failures ?? []) events.push({ at: step.at, text: failureInWords(failure) });
    events.push({ at: step.at, text: outcomeInWords(step, at, by) });
  }
  return events
    .toSorted((a, b) => a.at - b.at)
    .map(({ at: time, text, detail }) => ({ afterMs: Math.max(time - at, 0), text, detail }));
}

function outcomeInWords(step, startedAt, by) {
  const { outcome, provider, at, deliveryMs } = step;
  if (outcome === 'accepted') {
    const took = deliveryMs === undefined ? '' : `, which took ${milliseconds(deliveryMs)}`;
    return `Sent through ${providerLabel(provider ?? 'the provider')}${by} ${milliseconds(at - startedAt)} later${took}`;
  }
  if (outcome === 'queued') return 'Put into the queue, to be tried again until its deadline';
  if (outcome === 'retried') return `Tried${by}, and left there for another`;
  if (outcome === 'unconfirmed') return `Ended unconfirmed${by}`;
  return explanationOf(step) ?? (outcome ?? '').replaceAll('_', ' ');
}
