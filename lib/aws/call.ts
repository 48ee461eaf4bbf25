import { createHash, createHmac, type Hash } from 'node:crypto';
import type { RpcProtocol } from '@smithy/core/protocols';
import { operation } from '@smithy/core/schema';
import { fromBase64, fromUtf8, toBase64, toUint8Array, toUtf8 } from '@smithy/core/serde';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Checksum, MetadataBearer, SourceData, StaticOperationSchema } from '@smithy/types';
import type { Deadline } from '../net/deadline.js';
import type { AwsConfig } from './config.js';
import type { AwsEndpoint } from './endpoints.js';

/** An AWS service with an endpoint in each region. */
export interface AwsService extends AwsEndpoint {
  readonly signingName: string;
  /** Built from the values in `runtimeConfig.shared.js` of the SDK's client. */
  readonly protocol: RpcProtocol;
}

/**
 * One operation of a service, like `send` of its SDK client, but without retries.
 *
 * @throws {ServiceException} the service's typed error, from the SDK.
 * @throws {TransportError} when no complete response came.
 */
export type AwsCall<I, O> = (input: I, options: { readonly deadline: Deadline }) => Promise<O>;

/**
 * Calls an operation with the SDK's schema, protocol and signer, but without its client. The client is most of what the
 * SDK costs at start, for features that a function has no use for (middleware, endpoint rules, profiles, the credential
 * chain, retries). Bytes and errors are the same as the client's: `tests/lib/aws` compares them.
 */
export function createAwsCall<I extends object, O extends MetadataBearer>(
  { protocol, ...service }: AwsService,
  [, namespace, name, traits, input, output]: StaticOperationSchema,
  aws: AwsConfig,
): AwsCall<I, O> {
  const url = aws.endpointOf(service);
  const signer = new SignatureV4({
    service: service.signingName,
    region: aws.region,
    credentials: aws.credentials ?? noCredentials,
    sha256: Sha256,
  });
  const schema = operation(namespace, name, traits, input, output);
  const { protocol: scheme, hostname, port, pathname: path } = url;
  const endpoint = { protocol: scheme, hostname, ...(port && { port: Number(port) }), path };
  const context = {
    base64Encoder: toBase64,
    base64Decoder: fromBase64,
    utf8Encoder: toUtf8,
    utf8Decoder: fromUtf8,
    streamCollector: (body: Uint8Array) => Promise.resolve(body),
    endpoint: () => Promise.resolve(endpoint),
  };
  protocol.setSerdeContext(context);

  return async (value, { deadline }) => {
    const request = await protocol.serializeRequest(schema, value, context);
    const body = request.body as string | Uint8Array;
    Object.assign(request.headers, {
      host: url.host,
      'content-length': String(Buffer.byteLength(body)),
      'user-agent': 'otp-relay',
    });
    const { headers } = await signer.sign(request);
    const response = await aws.transport.send({ method: 'POST', url, headers, body }, { deadline });
    const { status: statusCode } = response;
    try {
      const answer = { statusCode, headers: { ...response.headers }, body: response.body };
      return await protocol.deserializeResponse<O>(schema, context, answer);
    } catch (error) {
      // Like the SDK's clients, adds the response's status to an error that did not come from the service.
      if (error instanceof Error) {
        Object.defineProperty(error, '$response', { value: { statusCode }, enumerable: false });
      }
      throw error;
    }
  };
}

type Digest = Hash | ReturnType<typeof createHmac>;

/**
 * Node's SHA-256, or HMAC with a key. The SDK's own class brings a JavaScript fallback along, which would add 4 kB to
 * each function's start.
 */
class Sha256 implements Checksum {
  readonly #create: () => Digest;
  #hash: Digest;

  constructor(key?: SourceData) {
    const bytes = typeof key === 'string' || key === undefined ? key : toUint8Array(key);
    this.#create = () => (bytes === undefined ? createHash('sha256') : createHmac('sha256', bytes));
    this.#hash = this.#create();
  }

  update(chunk: Uint8Array): void {
    this.#hash.update(chunk);
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest());
  }

  reset(): void {
    this.#hash = this.#create();
  }
}

function noCredentials(): Promise<never> {
  return Promise.reject(
    Object.assign(new Error('no AWS credentials in the environment'), { name: 'CredentialsProviderError' }),
  );
}
