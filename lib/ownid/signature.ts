import { createHmac, createSecretKey, type KeyObject, timingSafeEqual } from 'node:crypto';
import { Refusal } from '../errors.js';
import type { RawRequest } from './request.js';

declare const verified: unique symbol;

/**
 * Body bytes whose signature was checked. Only {@link verify} makes one, so code that parses before verifying does not
 * compile.
 */
export type VerifiedBody = Buffer & { readonly [verified]: true };

/** What OwnID signed, and its signature. */
export interface Verified {
  readonly body: VerifiedBody;
  /** Milliseconds since the Unix epoch. */
  readonly timestamp: number;
  readonly signature: string;
}

/** OwnID recommends refusing timestamps that are more than a minute off, in either direction. */
export const TOLERANCE_MS = 60_000;

const MINIMUM_SECRET_BYTES = 16;
const TIMESTAMP = /^\d{13}$/;
// 32 bytes in standard base64. Other spellings that Node decodes to the same bytes, such as base64url, are refused.
const SIGNATURE = /^[A-Za-z0-9+/]{43}=$/;

/**
 * Decodes an app's shared secret as the OwnID console shows it (MyApp > Shared Secret).
 *
 * @throws {Error} saying what is wrong, without the secret, when it is not strict standard base64 of 16 bytes or more.
 */
export function decodeSecret(text: string): KeyObject {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.toString('base64') !== text) throw new Error('must be standard base64 with padding');
  if (bytes.length < MINIMUM_SECRET_BYTES) {
    throw new Error(`must decode to at least ${MINIMUM_SECRET_BYTES} bytes`);
  }
  return createSecretKey(bytes);
}

/**
 * OwnID's signature: base64 of HMAC-SHA256 over the body's bytes, a full stop, and the `ownid-timestamp` header's text
 * (OwnID documentation, custom email provider).
 */
export function sign(body: Uint8Array, timestamp: string, secret: KeyObject): string {
  return createHmac('sha256', secret).update(body).update('.').update(timestamp).digest('base64');
}

/**
 * Checks a request's timestamp and signature against every live secret, in constant time.
 *
 * @param options.now milliseconds since the Unix epoch.
 * @throws {Refusal} `unauthenticated`, its reason saying which check failed.
 */
export function verify(
  request: RawRequest,
  options: { secrets: readonly KeyObject[]; now: number },
): Verified {
  const timestamp = request.header('ownid-timestamp');
  if (timestamp === undefined) throw new Refusal('unauthenticated', 'timestamp_missing');
  if (!TIMESTAMP.test(timestamp)) throw new Refusal('unauthenticated', 'timestamp_malformed');
  const isFresh = Math.abs(options.now - Number(timestamp)) <= TOLERANCE_MS;
  if (!isFresh) throw new Refusal('unauthenticated', 'timestamp_stale');

  const signature = request.header('ownid-signature');
  if (signature === undefined) throw new Refusal('unauthenticated', 'signature_missing');
  if (!SIGNATURE.test(signature)) throw new Refusal('unauthenticated', 'signature_malformed');

  const given = Buffer.from(signature);
  let matches = false;
  for (const secret of options.secrets) {
    const expected = Buffer.from(sign(request.body, timestamp, secret));
    // No early exit: the time it takes must not reveal which secret matched.
    matches = timingSafeEqual(expected, given) || matches;
  }
  if (!matches) throw new Refusal('unauthenticated', 'signature_mismatch');
  return { body: request.body as VerifiedBody, timestamp: Number(timestamp), signature };
}
