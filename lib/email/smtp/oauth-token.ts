import type { Clock } from '../../clock.js';
import { DeliveryError, type DeliveryErrorKind } from '../../errors.js';
import { type Deadline, withDeadline } from '../../net/deadline.js';
import type { HttpResponse } from '../../net/exchange.js';
import { isCertificateError, TransportError } from '../../net/transport-error.js';
import type { Transport } from '../../net/transport.js';
import { jsonBody, membersOf } from '../../delivery/http-provider.js';

/** An access token for the application itself (RFC 6749, client credentials), kept until shortly before it expires. */
export interface AccessTokens {
  /** @throws {DeliveryError} never `ambiguous`: without a token nothing was sent. */
  current(options: { deadline: Deadline }): Promise<string>;
  /** A token other than `refused`, fetched unless another message has already done so. */
  renewed(refused: string, options: { deadline: Deadline }): Promise<string>;
}

/** Enough to send a message with a token that is about to expire. */
const MARGIN_MS = 5 * 60_000;
/** A fetch serves all messages that wait for it, so no single time budget may end it. */
const FETCH_TIMEOUT_MS = 10_000;

export function createAccessTokens(options: {
  provider: string;
  transport: Transport;
  url: URL;
  clientId: string;
  clientSecret: string;
  scope: string;
  clock: Clock;
}): AccessTokens {
  const { provider, transport, url, clock } = options;
  const { now } = clock;
  const form = new URLSearchParams({
    grant_type: 'client_credentials',
    client_id: options.clientId,
    client_secret: options.clientSecret,
    scope: options.scope,
  }).toString();
  const headers = {
    accept: 'application/json',
    'content-type': 'application/x-www-form-urlencoded',
    'content-length': String(Buffer.byteLength(form)),
  };
  let cached: { token: string; freshUntil: number } | undefined;
  let pending: Promise<string> | undefined;

  const fetchToken = async (): Promise<string> => {
    let response: HttpResponse;
    try {
      response = await withDeadline(clock, FETCH_TIMEOUT_MS, (deadline) =>
        transport.send({ method: 'POST', url, headers, body: form }, { deadline }),
      );
    } catch (cause) {
      if (!(cause instanceof TransportError)) throw cause;
      const kind = isCertificateError(cause.code) ? 'misconfigured' : 'transient';
      throw new DeliveryError(kind, { provider, code: cause.code, cause });
    }
    const answer = readTokenResponse(response);
    if ('kind' in answer) throw new DeliveryError(answer.kind, { provider, code: answer.code });
    cached = { token: answer.token, freshUntil: now() + answer.expiresInMs - MARGIN_MS };
    return answer.token;
  };

  const fetchOnce = (): Promise<string> =>
    (pending ??= fetchToken().finally(() => {
      pending = undefined;
    }));

  return {
    current: ({ deadline }) =>
      cached !== undefined && now() < cached.freshUntil
        ? Promise.resolve(cached.token)
        : unlessAborted(fetchOnce(), deadline.signal, provider),
    renewed: (refused, { deadline }) =>
      cached !== undefined && cached.token !== refused
        ? Promise.resolve(cached.token)
        : unlessAborted(fetchOnce(), deadline.signal, provider),
  };
}

function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal, provider: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      reject(new DeliveryError('transient', { provider, code: 'TIMEOUT' }));
    };
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    promise.then(resolve, reject).finally(() => {
      signal.removeEventListener('abort', onAbort);
    });
  });
}

/**
 * Microsoft identity platform, "OAuth 2.0 client credentials flow" and "Microsoft Entra authentication and
 * authorization error codes": `error_codes` holds the numbers of AADSTS codes, which say more than `error`.
 */
function readTokenResponse(
  response: HttpResponse,
): { token: string; expiresInMs: number } | { kind: DeliveryErrorKind; code: string } {
  const { status } = response;
  const answer = membersOf(jsonBody(response));
  const { access_token: token, expires_in: expiresIn, error, error_codes: numbers } = answer;
  if (status === 200 && typeof token === 'string' && token !== '' && typeof expiresIn === 'number') {
    return { token, expiresInMs: expiresIn * 1000 };
  }
  if (typeof error !== 'string' || !/^[a-z_]{1,40}$/.test(error)) {
    return {
      kind: status >= 400 && status < 500 && status !== 429 ? 'misconfigured' : 'transient',
      code: String(status),
    };
  }
  const number: unknown = Array.isArray(numbers) ? numbers[0] : undefined;
  const passing = status >= 500 || status === 429 || error === 'temporarily_unavailable';
  return {
    kind: passing ? 'transient' : 'misconfigured',
    code: typeof number === 'number' ? `${error}/AADSTS${number}` : error,
  };
}
