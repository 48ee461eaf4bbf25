const LOG = "The function's log has a line of this request, with outcome, reason and failures.";

/** The most likely cause of each answer, most likely first. */
const CAUSES: Readonly<Record<number, string>> = {
  202: 'Accepted: by a provider, or by the queue where no provider takes it now.',
  400: 'Signed well, but the recipient is not one valid address or mobile number, or the message is malformed.',
  401: 'The secret in the settings is not the one that the relay has, or the required custom header differs.',
  403: 'API Gateway refuses it before the relay sees it: the stage or the domain in the URL is not mapped.',
  404: 'Nothing is routed at this URL: it must be the endpoint without /email or /sms, and the app must be known.',
  413: 'The body is longer than 256 KiB.',
  422: 'The provider refuses this message: the recipient may be on its suppression list.',
  429: 'SMS_ALLOWED_COUNTRIES does not list the country, the recipient is not on an allow-list, or a cap is reached.',
  500: "The provider's account or the settings are at fault: an unverified sender, a sandbox, a wrong key or password.",
  502: 'The function fails to start or crashes: a setting may be faulty, and its log names it.',
  503: 'The secret cannot be fetched, or the provider is failing and no queue takes the message.',
};

const CONNECTION: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'Nothing listens there.',
  ENOTFOUND: 'There is no such host.',
  EAI_AGAIN: 'The host name cannot be looked up: is the network up?',
  ECONNRESET: 'The connection was closed before an answer came.',
  CERT_HAS_EXPIRED: "The host's certificate has expired.",
  DEPTH_ZERO_SELF_SIGNED_CERT: "The host's certificate is self-signed.",
};

/** OwnID's signatures are good for a minute; half of it is worth a word. */
const SKEW_MS = 30_000;

/**
 * What most likely led to an answer, in words.
 *
 * @param context.flags what names a deployed stage to another command.
 * @param context.inbox of a local run.
 * @param context.now milliseconds since the Unix epoch, when the answer came.
 */
export function explain(
  answer: { status: number; date: string | null } | { error: unknown },
  context: { stage: string; flags: string; inbox: string; now: number },
): string {
  const { stage, flags, inbox, now } = context;
  if ('error' in answer) return explainError(answer.error, stage);
  const { status, date } = answer;
  if (status === 202) {
    return `${CAUSES[202] ?? ''} ${
      stage === 'local'
        ? `Look at the inbox: ${inbox}`
        : `See what became of it: npm run activity -- ${flags}`
    }`;
  }
  const skew = date === null ? 0 : Math.abs(Date.parse(date) - now);
  if (status === 401 && skew > SKEW_MS) {
    return `This machine's clock is ${Math.round(skew / 1000)} s from the relay's: set it right. Signatures are good for 60 s.`;
  }
  return `${CAUSES[status] ?? 'An answer that the relay never gives: is something else listening there?'} ${LOG}`;
}

function explainError(error: unknown, stage: string): string {
  const { name, cause } = error as Error;
  if (name === 'TimeoutError') return 'No answer within 30 s.';
  const { code = '', message = '' } = (cause ?? {}) as { code?: string; message?: string };
  const hint = stage === 'local' && code === 'ECONNREFUSED' ? ' Is npm start running?' : '';
  return `${CONNECTION[code] ?? `No connection: ${code || message || name}.`}${hint}`;
}
