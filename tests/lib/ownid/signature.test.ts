import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { readRequest } from '../../../lib/ownid/request.js';
import { decodeSecret, sign, verify } from '../../../lib/ownid/signature.js';
import { refusalOf } from '../../support/refusal.js';

// Computed with OpenSSL, Perl and Python.
const VECTOR = {
  secret: 'c2VlZC1zaGFyZWQtc2VjcmV0LW9mLTMyLWJ5dGVzISE=',
  timestamp: '1700000000000',
  body: '{"email":"user@example.com","subject":"Login Verification","body":"Your verification code is: 5928"}',
  signature: 'sKSKEgRafqsjF4X23L0nviSuehJTkfxy4DDkBHxYEaQ=',
};
const NOW = 1_700_000_000_000;
const secret = decodeSecret(VECTOR.secret);
const other = decodeSecret('AAAAAAAAAAAAAAAAAAAAAA==');

interface Change {
  headers?: Record<string, string | string[]>;
  body?: string | Buffer;
  now?: number;
  secrets?: (typeof secret)[];
}

function check({ headers, body = VECTOR.body, now = NOW, secrets = [secret] }: Change): string | undefined {
  const given = { 'ownid-timestamp': VECTOR.timestamp, 'ownid-signature': VECTOR.signature, ...headers };
  const request = readRequest({
    multiValueHeaders: Object.fromEntries(
      Object.entries(given).map(([name, value]) => [name, Array.isArray(value) ? value : [value]]),
    ),
    body: Buffer.from(body).toString('base64'),
    isBase64Encoded: true,
  });
  return refusalOf(() => verify(request, { secrets, now }));
}

test('the known vector is signed and verified', () => {
  expect(sign(Buffer.from(VECTOR.body), VECTOR.timestamp, secret)).toBe(VECTOR.signature);
  expect(check({})).toBeUndefined();
});

test('what is verified is the bytes as they came, with their timestamp and signature', () => {
  const body = Buffer.from([0xff, 0x00, 0x7b]);
  const request = readRequest({
    headers: { 'ownid-timestamp': VECTOR.timestamp, 'ownid-signature': sign(body, VECTOR.timestamp, secret) },
    body: body.toString('base64'),
    isBase64Encoded: true,
  });
  expect(verify(request, { secrets: [secret], now: NOW })).toEqual({
    body,
    timestamp: Number(VECTOR.timestamp),
    signature: sign(body, VECTOR.timestamp, secret),
  });
});

describe('tampering', () => {
  test.each<[string, Change, string]>([
    ['no timestamp', { headers: { 'ownid-timestamp': [] } }, 'timestamp_malformed'],
    ['empty timestamp', { headers: { 'ownid-timestamp': '' } }, 'timestamp_malformed'],
    [
      'repeated timestamp',
      { headers: { 'ownid-timestamp': ['1700000000000', '1700000000000'] } },
      'timestamp_malformed',
    ],
    [
      'joined timestamps',
      { headers: { 'ownid-timestamp': '1700000000000,1700000000000' } },
      'timestamp_malformed',
    ],
    ['another timestamp', { headers: { 'ownid-timestamp': '1700000000001' } }, 'signature_mismatch'],
    ['timestamp in seconds', { headers: { 'ownid-timestamp': '1700000000' } }, 'timestamp_malformed'],
    ['timestamp of 14 digits', { headers: { 'ownid-timestamp': '01700000000000' } }, 'timestamp_malformed'],
    ['timestamp with a sign', { headers: { 'ownid-timestamp': '+170000000000' } }, 'timestamp_malformed'],
    ['timestamp with a fraction', { headers: { 'ownid-timestamp': '1700000000.00' } }, 'timestamp_malformed'],
    ['timestamp with a space', { headers: { 'ownid-timestamp': ' 1700000000000' } }, 'timestamp_malformed'],
    [
      'timestamp with a line break',
      { headers: { 'ownid-timestamp': '1700000000000\n' } },
      'timestamp_malformed',
    ],
    ['timestamp in other digits', { headers: { 'ownid-timestamp': '١٧٠٠٠٠٠٠٠٠٠٠٠' } }, 'timestamp_malformed'],
    ['hexadecimal timestamp', { headers: { 'ownid-timestamp': '0x18bcfe56800' } }, 'timestamp_malformed'],
    ['no signature', { headers: { 'ownid-signature': [] } }, 'signature_malformed'],
    [
      'repeated signature',
      { headers: { 'ownid-signature': [VECTOR.signature, VECTOR.signature] } },
      'signature_malformed',
    ],
    [
      'signature without padding',
      { headers: { 'ownid-signature': VECTOR.signature.slice(0, -1) } },
      'signature_malformed',
    ],
    [
      'signature with a space',
      { headers: { 'ownid-signature': `${VECTOR.signature} ` } },
      'signature_malformed',
    ],
    [
      'signature with a line break',
      { headers: { 'ownid-signature': `${VECTOR.signature}\n` } },
      'signature_malformed',
    ],
    [
      'signature with a prefix',
      { headers: { 'ownid-signature': `sha256=${VECTOR.signature}` } },
      'signature_malformed',
    ],
    [
      'signature in hexadecimal',
      {
        headers: { 'ownid-signature': Buffer.from(VECTOR.signature, 'base64').toString('hex') },
      },
      'signature_malformed',
    ],
    [
      'signature keyed with the text of the secret',
      {
        headers: {
          'ownid-signature': createHmac('sha256', VECTOR.secret)
            .update(`${VECTOR.body}.${VECTOR.timestamp}`)
            .digest('base64'),
        },
      },
      'signature_mismatch',
    ],
    [
      'signature of body and timestamp without the full stop',
      {
        headers: {
          'ownid-signature': createHmac('sha256', secret)
            .update(`${VECTOR.body}${VECTOR.timestamp}`)
            .digest('base64'),
        },
      },
      'signature_mismatch',
    ],
    ['an empty body', { body: '' }, 'signature_mismatch'],
    ['a trailing line break', { body: `${VECTOR.body}\n` }, 'signature_mismatch'],
    ['a byte order mark', { body: `\ufeff${VECTOR.body}` }, 'signature_mismatch'],
    [
      'equal JSON, other bytes',
      { body: JSON.stringify(JSON.parse(VECTOR.body), null, 1) },
      'signature_mismatch',
    ],
    ['an ASCII byte changed', { body: VECTOR.body.replace('5928', '5929') }, 'signature_mismatch'],
    ['a control byte added', { body: VECTOR.body.replace('5928', '5928\0') }, 'signature_mismatch'],
    ['a non-ASCII byte added', { body: VECTOR.body.replace('5928', '5928é') }, 'signature_mismatch'],
    [
      'invalid UTF-8 added',
      { body: Buffer.concat([Buffer.from(VECTOR.body), Buffer.from([0xff])]) },
      'signature_mismatch',
    ],
    ['no live secret', { secrets: [] }, 'signature_mismatch'],
    ['another secret', { secrets: [other] }, 'signature_mismatch'],
  ])('%s', (_, change, reason) => {
    expect(check(change)).toBe(`unauthenticated: ${reason}`);
  });

  test('a header that is not there at all', () => {
    const onlySignature = readRequest({
      headers: { 'ownid-signature': VECTOR.signature },
      body: VECTOR.body,
    });
    const onlyTimestamp = readRequest({
      headers: { 'ownid-timestamp': VECTOR.timestamp },
      body: VECTOR.body,
    });
    expect(refusalOf(() => verify(onlySignature, { secrets: [secret], now: NOW }))).toBe(
      'unauthenticated: timestamp_missing',
    );
    expect(refusalOf(() => verify(onlyTimestamp, { secrets: [secret], now: NOW }))).toBe(
      'unauthenticated: signature_missing',
    );
  });

  test('every other base64 text that decodes to the same bytes', () => {
    const bytes = Buffer.from(VECTOR.signature, 'base64');
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
    // The last character holds two bits that decoding drops, so four texts decode to the same 32 bytes.
    const twins = Array.from(alphabet)
      .map((character) => `${VECTOR.signature.slice(0, 42)}${character}=`)
      .filter((text) => Buffer.from(text, 'base64').equals(bytes) && text !== VECTOR.signature);
    expect(twins).toHaveLength(3);
    const altered = [
      ...twins,
      `${VECTOR.signature}=`,
      `${VECTOR.signature.slice(0, -1)}==`,
      ` ${VECTOR.signature}`,
      `${VECTOR.signature.slice(0, 20)}\n${VECTOR.signature.slice(20)}`,
    ];
    for (const signature of altered) {
      expect(Buffer.from(signature, 'base64').equals(bytes)).toBe(true);
      expect(check({ headers: { 'ownid-signature': signature } })).toMatch(/^unauthenticated: signature_/);
    }
  });

  test('a signature in the URL-safe alphabet, though it decodes to the same bytes', () => {
    const body = Array.from({ length: 50 }, (_, index) => `{"n":${index}}`).find((candidate) =>
      /[+/]/.test(sign(Buffer.from(candidate), VECTOR.timestamp, secret)),
    );
    const signature = sign(Buffer.from(body ?? ''), VECTOR.timestamp, secret);
    expect(check({ body: body ?? '', headers: { 'ownid-signature': signature } })).toBeUndefined();
    const urlSafe = signature.replaceAll('+', '-').replaceAll('/', '_');
    expect(check({ body: body ?? '', headers: { 'ownid-signature': urlSafe } })).toBe(
      'unauthenticated: signature_malformed',
    );
  });
});

describe('clock', () => {
  test.each([
    [0, undefined],
    [60_000, undefined],
    [-60_000, undefined],
    [60_001, 'unauthenticated: timestamp_stale'],
    [-60_001, 'unauthenticated: timestamp_stale'],
    [Number.NaN, 'unauthenticated: timestamp_stale'],
  ])('%d ms from the timestamp: %s', (distance, refusal) => {
    expect(check({ now: NOW + distance })).toBe(refusal);
  });
});

describe('secrets', () => {
  test('current and previous are both live', () => {
    expect(check({ secrets: [other, secret] })).toBeUndefined();
    expect(check({ secrets: [secret, other] })).toBeUndefined();
  });

  test.each([
    ['16 bytes', 'AAAAAAAAAAAAAAAAAAAAAA==', undefined],
    ['15 bytes', 'AAAAAAAAAAAAAAAAAAAA', 'must decode to at least 16 bytes'],
    ['nothing', '', 'must decode to at least 16 bytes'],
    ['no padding', 'AAAAAAAAAAAAAAAAAAAAAA', 'must be standard base64 with padding'],
    ['URL-safe alphabet', '--------------------------==', 'must be standard base64 with padding'],
    ['trailing bits', 'AAAAAAAAAAAAAAAAAAAAAB==', 'must be standard base64 with padding'],
    ['a line break', 'AAAAAAAAAAAAAAAAAAAAAA==\n', 'must be standard base64 with padding'],
    ['not base64', 'correct horse battery staple', 'must be standard base64 with padding'],
  ])('%s', (_, text, fault) => {
    const decode = () => decodeSecret(text);
    if (fault === undefined) expect(decode).not.toThrow();
    else expect(decode).toThrow(new Error(fault));
  });
});

test('nothing but the right signature passes (property)', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.string(), fc.string(), (body, timestamp, signature) => {
      const request = readRequest({
        headers: { 'ownid-timestamp': timestamp, 'ownid-signature': signature },
        body: Buffer.from(body).toString('base64'),
        isBase64Encoded: true,
      });
      expect(refusalOf(() => verify(request, { secrets: [secret], now: NOW }))).toMatch(/^unauthenticated/);
    }),
  );
});

test('any flipped bit of the body, timestamp or signature is refused (property)', () => {
  const fields = fc.constantFrom('body', 'timestamp', 'signature');
  fc.assert(
    fc.property(fields, fc.nat(), fc.nat(7), (field, position, bit) => {
      const bytes = Buffer.from(VECTOR[field as 'body']);
      const index = position % bytes.length;
      bytes[index] = (bytes[index] ?? 0) ^ (1 << bit);
      const change: Change =
        field === 'body' ? { body: bytes } : { headers: { [`ownid-${field}`]: bytes.toString('latin1') } };
      expect(check(change)).toMatch(/^unauthenticated/);
    }),
  );
});
