import { findCode } from './code.js';
import { labelOf } from './explain.js';

/** What the page makes of an entry, apart from showing it. */

/** As in `tools/local/provider-labels.ts`. */
const LABELS = {
  ses: 'SES',
  sns: 'SNS',
  eum: 'End User Messaging',
  smtp: 'SMTP',
  microsoft: 'Microsoft 365',
  sendgrid: 'SendGrid',
};

export function providerLabel(name) {
  return LABELS[name] ?? `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}

export function channelLabel({ channel }) {
  return { email: 'Email', sms: 'SMS' }[channel] ?? 'Request';
}

export function titleOf({ channel, method, path, messages: [message], claimed }) {
  if (channel === undefined) return `${method} ${path}`;
  if (channel === 'email') return message?.subject ?? claimed?.subject ?? '(no subject)';
  return message?.text ?? claimed?.text ?? '(no text)';
}

export function recipientOf({ messages: [message], claimed }) {
  return message?.to ?? claimed?.to;
}

export function isRefused({ status }) {
  return status >= 400;
}

/** The passcode; of what was refused none, for there the reason comes first. */
export function codeOf(entry) {
  const [message] = entry.messages;
  if (isRefused(entry) || entry.outcome === 'expired') return undefined;
  return findCode(message?.text ?? entry.claimed?.text, message?.subject ?? entry.claimed?.subject);
}

export function providerOf({ steps, messages }) {
  return steps.findLast(({ provider }) => provider !== undefined)?.provider ?? messages[0]?.provider;
}

/** Until it was delivered, or, where nothing was, until the answer. */
export function durationOf({ at, latencyMs, messages, steps, outcome }) {
  const received =
    messages.length > 0 ? Math.max(...messages.map(({ receivedAt }) => receivedAt)) : undefined;
  const accepted =
    outcome === 'accepted' ? steps.findLast((step) => step.outcome === 'accepted')?.at : undefined;
  const deliveredAt = received ?? accepted;
  return deliveredAt === undefined ? latencyMs : Math.max(deliveredAt - at, 0);
}

/** @param filters `show` is all, email, sms or refused; `app` and `provider` are empty for all. */
export function matches(entry, { text = '', show = 'all', app = '', provider = '' }) {
  if (show === 'refused' && !isRefused(entry)) return false;
  if ((show === 'email' || show === 'sms') && entry.channel !== show) return false;
  if (app !== '' && (entry.app ?? 'default') !== app) return false;
  if (provider !== '' && providerOf(entry) !== provider) return false;
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return true;
  const all = [
    titleOf(entry),
    recipientOf(entry),
    entry.messages.map((message) => message.text).join(' '),
    entry.path,
    entry.app,
    providerOf(entry),
    labelOf(entry),
    entry.reason?.replaceAll('_', ' '),
  ];
  const haystack = all.filter(Boolean).join(' ').toLowerCase();
  return words.every((word) => haystack.includes(word));
}
