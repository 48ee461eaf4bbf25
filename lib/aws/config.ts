import { type Clock, systemClock } from '../clock.js';
import type { AwsEndpoint } from './endpoints.js';
import type { DeliveryErrorKind } from '../errors.js';
import type { Environment } from '../settings/settings.js';
import { TransportError, transportErrorKind } from '../net/transport-error.js';
import { createTransport, type Transport } from '../net/transport.js';

/** What all calls to AWS share. */
export interface AwsConfig {
  readonly region: string;
  readonly credentials?: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
  readonly transport: Transport;
  /** The same configuration for another region. */
  readonly inRegion: (region: string) => AwsConfig;
  readonly clock: Clock;
  readonly endpointOf: (service: AwsEndpoint) => URL;
}

/**
 * Region, endpoints and credentials from the environment that Lambda sets.
 *
 * @param options.transport its errors say whether the request was written.
 */
export function awsConfig(
  environment: Environment,
  { transport = createTransport(), clock = systemClock }: { transport?: Transport; clock?: Clock } = {},
): AwsConfig {
  const {
    AWS_REGION: region = environment['AWS_DEFAULT_REGION'] ?? 'us-east-1',
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_SESSION_TOKEN: sessionToken,
  } = environment;
  return {
    region,
    ...(accessKeyId &&
      secretAccessKey && {
        credentials: { accessKeyId, secretAccessKey, ...(sessionToken && { sessionToken }) },
      }),
    transport,
    inRegion: (other) => awsConfig({ ...environment, AWS_REGION: other }, { transport, clock }),
    clock,
    endpointOf: ({ id, endpointPrefix }) => {
      const replaced = [environment[`AWS_ENDPOINT_URL_${id}`], endpoint].find((value) => value);
      return new URL(replaced ?? `https://${endpointPrefix}.${region}.${dnsSuffix(region)}`);
    },
  };
}

/** Covers the partitions in which anybody can have an account; in any other, set `AWS_ENDPOINT_URL_<SERVICE>`. */
function dnsSuffix(region: string): string {
  if (region.startsWith('cn-')) return 'amazonaws.com.cn';
  if (region.startsWith('eusc-')) return 'amazonaws.eu';
  return 'amazonaws.com';
}

/** For a success response that lacks its proof, such as a message id: the call may or may not have been carried out. */
export function unreadableAnswer($metadata: { httpStatusCode?: number | undefined }): Error {
  return Object.assign(new Error('An answer without a message id'), { name: 'UnreadableAnswer', $metadata });
}

/** A failed call to AWS, reduced to what decides how it is handled. */
export interface AwsFailure {
  /** The service's own error code, or Node's if no answer came, or the status if something else answered. */
  readonly code: string;
  /** The service's words, which are never logged. */
  readonly message: string;
  /** Undefined if no answer came. */
  readonly status: number | undefined;
  /**
   * `ambiguous` if the call may have been carried out; any other value means that it certainly was not. Undefined for a
   * refusal whose meaning depends on the service.
   */
  readonly kind: DeliveryErrorKind | undefined;
}

// AWS API references, "Common errors"; AWS signature errors in the IAM user guide.
const ACCOUNT_AT_FAULT =
  /^(?:AccessDenied|Authorization|CredentialsProvider|ExpiredToken|IncompleteSignature|InvalidAccessKeyId|InvalidClientTokenId|InvalidSecurity|InvalidSignature|KMS|MissingAuthenticationToken|NotAuthorized|OptInRequired|RequestExpired|RequestTimeTooSkewed|SignatureDoesNotMatch|TokenRefreshRequired|UnrecognizedClient)/;
const THROTTLED =
  /^(?:(?:Request|Kms)?Throttl|TooManyRequests|RequestLimitExceeded|ProvisionedThroughputExceeded)/i;
/** The service gave up on a call that it may have started. */
const UNFINISHED = /^(?:Internal|RequestTimeout|RequestAborted|ServiceUnavailable)/;

/** Names that the SDK gives to an error whose response has no code. */
const NAMELESS = new Set(['', 'Unknown']);

/** Reads any error of an `AwsCall` or of an SDK client. */
export function readAwsFailure(error: unknown): AwsFailure {
  const { name, message, $metadata, $response, $fault } = error as Error & {
    $metadata?: { httpStatusCode?: number };
    $response?: { statusCode?: number };
    $fault?: unknown;
  };
  const status = $metadata?.httpStatusCode ?? $response?.statusCode;
  const failure = { code: textOf(name), message: textOf(message), status };

  if (error instanceof TransportError) {
    return { ...failure, code: error.code, kind: transportErrorKind(error) };
  }
  // Neither sent nor answered: the SDK had no credentials or no endpoint.
  if (status === undefined) return { ...failure, kind: 'misconfigured' };
  if (status === 429) return { ...failure, kind: 'transient' };
  // A proxy may have answered after the service carried out the call.
  if ($fault === undefined || status < 400 || NAMELESS.has(failure.code)) {
    return { ...failure, code: String(status), kind: 'ambiguous' };
  }
  if (ACCOUNT_AT_FAULT.test(failure.code)) return { ...failure, kind: 'misconfigured' };
  if (THROTTLED.test(failure.code)) return { ...failure, kind: 'transient' };
  return {
    ...failure,
    kind: status >= 500 || status === 408 || UNFINISHED.test(failure.code) ? 'ambiguous' : undefined,
  };
}

/** A response may hold anything in place of text. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
