import { createSecretKey } from 'node:crypto';
import { readRequest } from '../../lib/ownid/request.js';
import { sign, type VerifiedBody, verify } from '../../lib/ownid/signature.js';

const secret = createSecretKey(Buffer.alloc(32, 1));

/** A verified body, made the only way there is: by signing and verifying it. */
export function verified(body: string | Uint8Array): VerifiedBody {
  const bytes = Buffer.from(body);
  const request = readRequest({
    headers: { 'ownid-timestamp': '1700000000000', 'ownid-signature': sign(bytes, '1700000000000', secret) },
    body: bytes.toString('base64'),
    isBase64Encoded: true,
  });
  return verify(request, { secrets: [secret], now: 1_700_000_000_000 }).body;
}
