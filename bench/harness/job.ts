import { randomInt } from 'node:crypto';
import { decodeSecret, sign } from '../../lib/ownid/signature.js';

/** The shared secret of all benchmarks. */
export const SECRET = Buffer.from('a secret of the benchmarks alone').toString('base64');
/** Every message contains it; the listener refuses one without. */
export const CODE = '493817';

const HTML = `<!doctype html><html><head><style>body{font-family:sans-serif}</style></head><body>
<table role="presentation" width="100%"><tr><td align="center"><h1>Login verification</h1>
<p>Your verification code is: <strong>${CODE}</strong></p>
<p>It is valid for five minutes. <a href="https://example.com/help?topic=login&amp;lang=en">Did you not ask for it?</a></p>
${'<p>Nobody will ever ask you for this code, neither on the phone nor in a chat.</p>\n'.repeat(14)}</td></tr></table></body></html>`;

const AREA_CODES =
  '201 202 203 205 206 207 208 209 210 212 213 214 215 216 217 218 219 224 301 302 303 304 305 307 308 309 310 312 313'
    .concat(
      ' 314 315 316 317 318 319 401 402 404 405 406 407 408 409 410 412 413 414 415 417 419 501 502 503 504 505',
    )
    .split(' ');

export type ChannelName = 'email' | 'sms';

/** OwnID's request body: about 2 KiB for an email. */
export function bodyOf(channel: ChannelName): string {
  if (channel === 'email') {
    return JSON.stringify({
      email: `user${randomInt(1e9)}@example.com`,
      subject: 'Login Verification',
      body: HTML,
    });
  }
  // Numbers from all over the country, since many of one range would be refused.
  const phoneNumber = `+1${AREA_CODES[randomInt(AREA_CODES.length)]}${randomInt(220, 900)}${randomInt(1000, 9999)}`;
  return JSON.stringify({ phoneNumber, messageText: `Your verification code is ${CODE}`, code: CODE });
}

const secret = decodeSecret(SECRET);

/** A freshly signed event as HTTP API hands it over (payload 2.0). */
export function eventOf(channel: ChannelName) {
  return signedEventAt(channel, Date.now());
}

/** @param time on OwnID's clock, in milliseconds since the Unix epoch. */
export function signedEventAt(channel: ChannelName, time: number) {
  const body = bodyOf(channel);
  const timestamp = String(time);
  return {
    version: '2.0',
    routeKey: `POST /${channel}`,
    rawPath: `/${channel}`,
    rawQueryString: '',
    headers: {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(body)),
      host: 'example.execute-api.us-east-1.amazonaws.com',
      'ownid-signature': sign(Buffer.from(body), timestamp, secret),
      'ownid-timestamp': timestamp,
      'x-forwarded-for': '192.0.2.1',
      'x-forwarded-port': '443',
      'x-forwarded-proto': 'https',
    },
    requestContext: {
      http: {
        method: 'POST',
        path: `/${channel}`,
        protocol: 'HTTP/1.1',
        sourceIp: '192.0.2.1',
        userAgent: 'bench',
      },
      requestId: 'bench',
      stage: '$default',
      timeEpoch: time,
    },
    body,
    isBase64Encoded: false,
  };
}
