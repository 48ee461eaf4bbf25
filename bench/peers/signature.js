import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';

const SIGNATURE = /^[A-Za-z0-9+/]{43}=$/;

/** The check that every peer makes: OwnID's signature over the body's bytes, at most a minute old. */
export function createVerifier(base64Secret) {
  const key = createSecretKey(Buffer.from(base64Secret, 'base64'));
  return (event) => {
    const timestamp = event.headers['ownid-timestamp'] ?? '';
    const signature = event.headers['ownid-signature'] ?? '';
    if (!/^\d{13}$/.test(timestamp) || Math.abs(Date.now() - Number(timestamp)) > 60_000) return false;
    if (!SIGNATURE.test(signature)) return false;
    const body = Buffer.from(event.body, event.isBase64Encoded ? 'base64' : 'utf8');
    const expected = createHmac('sha256', key).update(body).update('.').update(timestamp).digest('base64');
    return timingSafeEqual(Buffer.from(expected), Buffer.from(signature));
  };
}

export function answer(statusCode) {
  return { statusCode, headers: {}, body: '', isBase64Encoded: false };
}

/** Does far less than ours to derive the text, so that the peers are not charged for it. */
export function stripTags(html) {
  return html.replace(/<[^>]*>/g, ' ').trim();
}
