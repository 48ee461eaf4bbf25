import { randomBytes, randomUUID } from 'node:crypto';
import { type ApiAnswer, type ApiCall, startHttpLoopback } from './http-loopback.js';
import type { Loopback } from './provider.js';

/** The one application that the token endpoint knows. */
export interface OAuthApplication {
  readonly tenantId: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Such as `https://outlook.office365.com/.default`. */
  readonly scope: string;
}

export interface OAuthLoopback extends Loopback {
  /** True for a token that was issued and is neither expired nor revoked. */
  readonly isLive: (token: string | undefined) => boolean;
  /** Makes the mail server refuse all that was issued so far, as after a change of permissions. */
  readonly revokeAll: () => void;
  /** How often the endpoint was asked, whatever it answered. */
  readonly requests: () => number;
}

/**
 * Microsoft's token endpoint for client credentials, with its errors ("Microsoft Entra authentication and authorization
 * error codes").
 *
 * @param options.roles the application permissions that an administrator consented to.
 */
export async function startOAuthLoopback(
  options: OAuthApplication & { port?: number; expiresInSeconds?: number; roles?: readonly string[] },
): Promise<OAuthLoopback> {
  const { expiresInSeconds = 3599, roles = ['SMTP.SendAsApp'] } = options;
  const expiries = new Map<string, number>();
  let requests = 0;

  const issue = (): ApiAnswer => {
    const expiresAt = Date.now() + expiresInSeconds * 1000;
    const claims = {
      aud: new URL(options.scope).origin,
      tid: options.tenantId,
      appid: options.clientId,
      roles,
    };
    const token = [
      { typ: 'JWT', alg: 'RS256' },
      { ...claims, exp: Math.floor(expiresAt / 1000), uti: randomUUID() },
    ]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .concat(randomBytes(32).toString('base64url'))
      .join('.');
    expiries.set(token, expiresAt);
    return {
      status: 200,
      body: {
        token_type: 'Bearer',
        expires_in: expiresInSeconds,
        ext_expires_in: expiresInSeconds,
        access_token: token,
      },
    };
  };

  const server = await startHttpLoopback({
    provider: 'oauth',
    ...(options.port !== undefined && { port: options.port }),
    answer: (call) => {
      requests += 1;
      return refuse(call, options) ?? issue();
    },
    faults: {
      transient: failure(503, 'temporarily_unavailable', 90033, 'A transient error has occurred.'),
      rejected: failure(
        400,
        'invalid_scope',
        70011,
        'The provided value for the input parameter scope is not valid.',
      ),
      misconfigured: failure(401, 'invalid_client', 7000222, 'The provided client secret keys are expired.'),
    },
  });
  return {
    port: server.port,
    close: () => server.close(),
    isLive: (token = '') => (expiries.get(token) ?? 0) > Date.now(),
    revokeAll: () => {
      expiries.clear();
    },
    requests: () => requests,
  };
}

function refuse(
  { method, path, headers, body }: ApiCall,
  application: OAuthApplication,
): ApiAnswer | undefined {
  const tenant = /^\/([^/]+)\/oauth2\/v2\.0\/token$/.exec(path)?.[1];
  if (method !== 'POST' || tenant === undefined) return { status: 404 };
  if (headers['content-type'] !== 'application/x-www-form-urlencoded') {
    return failure(400, 'invalid_request', 900144, 'The request body must contain a form.');
  }
  if (tenant !== application.tenantId) {
    return failure(400, 'invalid_request', 90002, `Tenant '${tenant}' not found.`);
  }
  const form = new URLSearchParams(body);
  if (form.get('grant_type') !== 'client_credentials') {
    return failure(400, 'unsupported_grant_type', 70003, 'The app requested an unsupported grant type.');
  }
  if (form.get('client_id') !== application.clientId) {
    return failure(400, 'unauthorized_client', 700016, 'Application was not found in the directory.');
  }
  if (form.get('client_secret') !== application.clientSecret) {
    return failure(401, 'invalid_client', 7000215, 'Invalid client secret provided.');
  }
  const scope = form.get('scope') ?? '';
  if (!scope.endsWith('/.default')) {
    return failure(
      400,
      'invalid_scope',
      1002012,
      'Client credential flows must have a scope value with /.default.',
    );
  }
  if (scope !== application.scope) {
    return failure(400, 'invalid_resource', 500011, 'The resource principal was not found in the tenant.');
  }
  return undefined;
}

function failure(status: number, error: string, code: number, description: string): ApiAnswer {
  const [traceId, correlationId, timestamp] = [randomUUID(), randomUUID(), new Date().toISOString()];
  return {
    status,
    body: {
      error,
      error_description: `AADSTS${code}: ${description} Trace ID: ${traceId} Correlation ID: ${correlationId} Timestamp: ${timestamp}`,
      error_codes: [code],
      timestamp,
      trace_id: traceId,
      correlation_id: correlationId,
    },
  };
}
