import { decodeSecret, sign } from '../../lib/ownid/signature.js';
import type { HttpEvent } from '../../lib/ownid/request.js';
import { SECRET } from './relay.js';

export const EMAIL = {
  email: 'user@example.com',
  subject: 'Login Verification',
  body: '<p>Your verification code is: <b>5928</b></p>',
};
export const SMS = {
  phoneNumber: '+12133734253',
  messageText: 'Your verification code is 1234',
  code: '1234',
};

/** A signed HTTP API event. Every event differs from every other by its timestamp. */
export function signedEvent(
  payload: object | string,
  options: {
    secret?: string;
    path?: string;
    headers?: Record<string, string>;
    /** Milliseconds since the Unix epoch. */
    time?: number;
  } = {},
): HttpEvent {
  const { secret = SECRET, path = '/email', headers, time = nextTime() } = options;
  const body = typeof payload === 'string' ? payload : JSON.stringify(payload);
  const signature = sign(Buffer.from(body), String(time), decodeSecret(secret));
  return {
    rawPath: path,
    headers: { 'ownid-timestamp': String(time), 'ownid-signature': signature, ...headers },
    body,
    isBase64Encoded: false,
  };
}

let latest = 0;

function nextTime(): number {
  latest = Math.max(latest + 1, Date.now());
  return latest;
}
