import { readSharedSecrets } from '../../lib/relay/channel-apps.js';
import type { AppEnvironment } from '../../lib/settings/settings.js';
import { type ChannelName, ownIdRequest } from '../ownid/ownid.js';
import { type Check, type DoctorContext, fail, type Finding, ok, warn } from './finding.js';
import { resolved } from './settings.js';

const TIMEOUT_MS = 15_000;

export const endpoint: Check = {
  title: 'endpoint',
  run: async (context) => {
    const outputs = await context.outputs();
    const base = context.endpoint ?? outputs['DomainUrl'] ?? outputs['HttpApiUrl'] ?? '';
    const findings: Finding[] = [];
    for (const channel of context.use.channels) {
      const answer = await post(`${base}/${channel}`, { 'content-type': 'application/json' }, '{}');
      if (findings.length === 0) findings.push(judgeClock(answer.date, Date.now()));
      findings.push(judgeUnsigned(channel, answer.status));
      for (const app of context.apps) findings.push(await signedProbe(context, base, channel, app));
    }
    return findings;
  },
};

/** Signed as OwnID signs, with a body that holds no message: whatever the stage's settings, there is nothing to send. */
async function signedProbe(
  context: DoctorContext,
  base: string,
  channel: ChannelName,
  app: AppEnvironment,
): Promise<Finding> {
  const { secrets, header } = await resolved(context, app, (get) => ({
    secrets: readSharedSecrets(channel, get),
    header: get('WEBHOOK_HEADER'),
  }));
  const name = app.app.toLowerCase().replaceAll('_', '-');
  const { path, headers, body } = ownIdRequest({
    channel,
    app: name,
    payload: {},
    secret: secrets[0],
    now: Date.now(),
  });
  const extra = header === undefined ? {} : { [header.name]: header.value };
  const { status } = await post(`${base}${path}`, { ...headers, ...extra }, body);
  return judgeSigned(path, status);
}

export function judgeUnsigned(channel: string, status: number): Finding {
  return status === 401
    ? ok(`${channel}: an unsigned request is answered 401`)
    : fail(`${channel}: an unsigned request is answered ${status}, not 401`, "Look at the function's log.");
}

/** What else may answer a signed request; see docs/answers.md. */
const MEANING: Readonly<Record<number, string>> = {
  401: 'The secret in the parameter store is not the one that signed this: put it again.',
  403: 'API Gateway refuses it: is the custom domain mapped to this API?',
  404: 'No such route: is this the endpoint of this stack?',
  429: 'API Gateway throttles: try again, and see throttleRate in docs/stack.md.',
  500: 'The settings are at fault: the log names them.',
  503: 'The parameter store does not answer the function: its role or the parameter is missing.',
};

/** @param status of a request that is signed but holds no message: 400, once the signature was found to be right. */
export function judgeSigned(path: string, status: number): Finding {
  if (status === 400) return ok(`${path}: the signature is accepted`);
  const text = `${path}: a signed request without a message is answered ${status}, not 400`;
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
