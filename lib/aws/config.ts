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
  /** The same for services of another region. */
  readonly inRegion: (region: string) => AwsConfig;
  readonly clock: Clock;
  readonly endpointOf: (service: AwsEndpoint) => URL;
}

/**
 * Region, endpoints and credentials from the environment that Lambda sets.
 *
 * @param options.transport its errors tell whether the request was written.
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

/** Of the partitions that anybody can have an account in; in any other, set `AWS_ENDPOINT_URL_<SERVICE>`. */
function dnsSuffix(region: string): string {
  if (region.startsWith('cn-')) return 'amazonaws.com.cn';
  if (region.startsWith('eusc-')) return 'amazonaws.eu';
  return 'amazonaws.com';
}

/** An answer of success that lacks what proves it, such as a message id: nobody can know what became of the call. */
export function unreadableAnswer($metadata: { httpStatusCode?: number | undefined }): Error {
  return Object.assign(new Error('An answer without a message id'), { name: 'UnreadableAnswer', $metadata });
}

/** A failed call to AWS, reduced to what decides its fate. */
export interface AwsFailure {
  /** The service's own error code; Node's, where no answer came; the status, where something else answered. */
  readonly code: string;
  /** The service's words, which are never logged. */
  readonly message: string;
  /** Undefined where no answer came. */
  readonly status: number | undefined;
  /**
   * `ambiguous` where the call may have been carried out; any other value says that it certainly was not. Undefined for
   * a refusal whose meaning depends on the service.
   */
  readonly kind: DeliveryErrorKind | undefined;
}

// AWS API references, "Common errors"; AWS signature errors in the IAM user guide.
const ACCOUNT_AT_FAULT =
  /^(?:AccessDenied|Authorization|CredentialsProvider|ExpiredToken|IncompleteSignature|InvalidAccessKeyId|InvalidClientTokenId|InvalidSecurity|InvalidSignature|KMS|MissingAuthenticationToken|NotAuthorized|OptInRequired|RequestExpired|RequestTimeTooSkewed|SignatureDoesNotMatch|TokenRefreshRequired|UnrecognizedClient)/;
const THROTTLED =
  /^(?:(?:Request|Kms)?Throttl|TooManyRequests|RequestLimitExceeded|ProvisionedThroughputExceeded)/i;
/** The service gave up on a call that it may have begun. */
const UNFINISHED = /^(?:Internal|RequestTimeout|RequestAborted|ServiceUnavailable)/;

/** What the SDK calls an error in whose answer it found no code. */
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
  // Neither written nor answered: the SDK found nothing to sign with or nowhere to send to.
  if (status === undefined) return { ...failure, kind: 'misconfigured' };
  if (status === 429) return { ...failure, kind: 'transient' };
  // Something in between may have answered after the service carried out the call.
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

/** An answer may hold anything where text belongs. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
