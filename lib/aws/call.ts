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
  /** Made of what the SDK's client has in its `runtimeConfig.shared.js`. */
  readonly protocol: RpcProtocol;
}

/**
 * One operation of a service, as its SDK client's `send`. It is tried once.
 *
 * @throws {ServiceException} the service's typed error, from the SDK.
 * @throws {TransportError} when no complete response came.
 */
export type AwsCall<I, O> = (input: I, options: { readonly deadline: Deadline }) => Promise<O>;

/**
 * An operation called with the SDK's schema, protocol and signer, but without its client: that is most of what the SDK
 * costs at start, for what a function has no use for (middleware, endpoint rules, profiles, the credential chain,
 * retries). Bytes and errors are those of the client: `tests/lib/aws` compares them.
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
      // As from the SDK's clients, an error that is not the service's tells the status of the answer it was found in.
      if (error instanceof Error) {
        Object.defineProperty(error, '$response', { value: { statusCode }, enumerable: false });
      }
      throw error;
    }
  };
}

type Digest = Hash | ReturnType<typeof createHmac>;

/**
 * SHA-256, or HMAC with a key, by Node. The SDK's own class brings an implementation in JavaScript along, 4 kB of each
 * function's start, for where Node has none.
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
