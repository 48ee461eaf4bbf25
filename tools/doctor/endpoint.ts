import { getExampleNumber } from 'libphonenumber-js/core';
import examples from 'libphonenumber-js/mobile/examples';
import metadata from 'libphonenumber-js/mobile/metadata';
import type { CountryCode } from 'libphonenumber-js';
import type { AppEnvironment } from '../../lib/settings/settings.js';
import { type ChannelName, type EmailPayload, ownIdRequest, type SmsPayload } from '../ownid/ownid.js';
import { type Check, type DoctorContext, fail, type Finding, ok, warn } from './finding.js';
import { resolved } from './settings.js';

const TIMEOUT_MS = 15_000;

export const endpoint: Check = {
  title: 'endpoint',
  run: async (context) => {
    const outputs = await context.outputs();
    const base = context.endpoint ?? outputs['HttpApiUrl'] ?? '';
    const findings: Finding[] = [];
    for (const channel of ['email', 'sms'] as const) {
      const answer = await post(`${base}/${channel}`, { 'content-type': 'application/json' }, '{}');
      if (findings.length === 0) findings.push(judgeClock(answer.date, Date.now()));
      findings.push(judgeUnsigned(channel, answer.status));
      for (const app of context.apps) findings.push(await dryRun(context, base, channel, app));
    }
    return findings;
  },
};

async function dryRun(
  context: DoctorContext,
  base: string,
  channel: ChannelName,
  app: AppEnvironment,
): Promise<Finding> {
  const settings = await resolved(context, app, (get) => ({
    secrets: get('OWNID_SHARED_SECRET'),
    header: get('WEBHOOK_HEADER'),
    countries: get('SMS_ALLOWED_COUNTRIES'),
  }));
  const { header, countries } = settings;
  const [secret] = settings.secrets;
  const payload = channel === 'email' ? emailPayload() : smsPayload(countries);
  if (payload === undefined)
    return warn(`${channel}: not tried, no country is allowed`, 'Set SMS_ALLOWED_COUNTRIES.');

  const name = app.app.toLowerCase().replaceAll('_', '-');
  const { path, headers, body } = ownIdRequest({ channel, app: name, payload, secret, now: Date.now() });
  const extra = header === undefined ? {} : { [header.name]: header.value };
  const { status } = await post(`${base}${path}`, { ...headers, ...extra, 'x-otp-dry-run': '1' }, body);
  return judgeDryRun(path, status);
}

/** Amazon SES developer guide, mailbox simulator. Nothing is sent; caps and allow-lists may still refuse it. */
function emailPayload(): EmailPayload {
  return { email: 'success@simulator.amazonses.com', subject: 'Dry run', body: '<p>Dry run</p>' };
}

function smsPayload(countries: ReadonlySet<string> | '*'): SmsPayload | undefined {
  const country = countries === '*' ? 'US' : [...countries][0];
  if (country === undefined) return undefined;
  const number = getExampleNumber(country as CountryCode, examples, metadata)?.number;
  return number === undefined
    ? undefined
    : { phoneNumber: number, messageText: 'Dry run 0000', code: '0000' };
}

export function judgeUnsigned(channel: string, status: number): Finding {
  return status === 401
    ? ok(`${channel}: an unsigned request is answered 401`)
    : fail(`${channel}: an unsigned request is answered ${status}, not 401`, "Look at the function's log.");
}

/** What each answer to a signed dry run means; see the README's table of answers. */
const MEANING: Readonly<Record<number, string>> = {
  401: 'The secret in the parameter store is not the one that signed this: put it again.',
  403: 'API Gateway refuses it: is the custom domain mapped to this API?',
  404: 'No such route: is this the endpoint of this stack?',
  429: 'A cap or an allow-list refuses the test recipient, or API Gateway throttles.',
  500: 'The settings are at fault: the log names them.',
  503: 'The parameter store does not answer the function: its role or the parameter is missing.',
};

export function judgeDryRun(path: string, status: number): Finding {
  const text = `${path}: a signed dry run is answered ${status}`;
  if (status === 202) return ok(text);
  const todo = MEANING[status] ?? "Look at the function's log.";
  return status === 429 ? warn(text, todo) : fail(text, todo);
}

/** Requests older or newer than a minute are refused, so ten seconds are worth knowing of. */
const SKEW_WARNING_MS = 10_000;
const TOLERANCE_MS = 60_000;

/** @param date the HTTP header of an answer, and `now` milliseconds of this machine's clock when it came. */
export function judgeClock(date: string | null, now: number): Finding {
  const skew = date === null ? NaN : Math.abs(Date.parse(date) - now);
  if (Number.isNaN(skew)) return warn('the clock could not be compared: no date in the answer', 'Check NTP.');
  const text = `this machine's clock is ${Math.round(skew / 1000)} s from the endpoint's`;
  if (skew >= TOLERANCE_MS) return fail(text, 'Set it right (NTP): what it signs is refused.');
  return skew >= SKEW_WARNING_MS ? warn(text, 'Set it right (NTP).') : ok(text);
}

async function post(
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
): Promise<{ status: number; date: string | null }> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const response = await fetch(url, { method: 'POST', headers, body, signal });
  return { status: response.status, date: response.headers.get('date') };
}
