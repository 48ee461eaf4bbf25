import { ledgerRequest, requestKey } from '../../../lib/relay/lease.js';

test('a lease outlasts the work by two seconds, and its row the freshness of every copy', () => {
  const request = { key: 'k', endsAt: 1000, deadline: 300_000, secondSends: 1, timeoutMs: 5 };
  expect(ledgerRequest(request)).toEqual({
    key: 'k',
    until: 3000,
    expiresAt: 360_000,
    secondSends: 1,
    timeoutMs: 5,
  });
});

// printf signature | openssl dgst -sha256 -binary | basenc --base64url, without its padding
test('a row is found by a hash of the signature', () => {
  expect(requestKey('signature')).toBe('delivery:Gi_CbcfqWipHSLfLKx7xk9lqssmfkwkvaeYwdbKNEng');
});
