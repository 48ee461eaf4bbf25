import { createHash, timingSafeEqual } from 'node:crypto';
import { Refusal } from '../errors.js';
import type { RawRequest } from './request.js';

/** A header that requests must carry. */
export interface RequiredHeader {
  /** In lower case. */
  readonly name: string;
  readonly value: string;
}

export const HEADER_MISMATCH = 'webhook_header_mismatch';

/**
 * Checks, in constant time, the custom header that the operator configured at OwnID. Without an expected header,
 * nothing is required.
 *
 * @throws {Refusal} `unauthenticated` when the header is missing, repeated or different.
 */
export function requireHeader(request: RawRequest, expected: RequiredHeader | undefined): void {
  if (expected === undefined) return;
  const given = request.header(expected.name) ?? '';
  if (!timingSafeEqual(digest(given), digest(expected.value))) {
    throw new Refusal('unauthenticated', HEADER_MISMATCH);
  }
}

// Digests have the equal length that the comparison needs, and hide the value's length.
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
