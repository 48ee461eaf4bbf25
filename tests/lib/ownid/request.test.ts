import { type HttpEvent, MAX_BODY_BYTES, readRequest } from '../../../lib/ownid/request.js';
import { refusalOf } from '../../support/refusal.js';

describe('body', () => {
  test.each<[string, HttpEvent, string]>([
    ['UTF-8 text', { body: '{"é":"✓"}' }, '7b22c3a9223a22e29c93227d'],
    ['base64 of the bytes', { body: '/wAB', isBase64Encoded: true }, 'ff0001'],
    ['text that looks like base64', { body: '/wAB', isBase64Encoded: false }, '2f774142'],
    ['null', { body: null }, ''],
    ['absent', {}, ''],
  ])('is %s', (_, event, hex) => {
    expect(readRequest(event).body.toString('hex')).toBe(hex);
  });

  test.each<[string, HttpEvent]>([
    ['text', { body: 'a'.repeat(MAX_BODY_BYTES) }],
    ['base64', { body: Buffer.alloc(MAX_BODY_BYTES).toString('base64'), isBase64Encoded: true }],
  ])('of 256 KiB is read from %s', (_, event) => {
    expect(readRequest(event).body).toHaveLength(262_144);
  });

  test.each<[string, HttpEvent]>([
    ['text', { body: 'a'.repeat(MAX_BODY_BYTES + 1) }],
    ['text of fewer characters but more bytes', { body: 'é'.repeat(MAX_BODY_BYTES / 2 + 1) }],
    ['base64', { body: Buffer.alloc(MAX_BODY_BYTES + 1).toString('base64'), isBase64Encoded: true }],
  ])('of more is refused as %s', (_, event) => {
    expect(refusalOf(() => readRequest(event))).toBe('too_large: body_too_large');
  });
});

describe('headers', () => {
  test.each<[string, HttpEvent]>([
    ['HTTP API 2.0 and function URLs, lower case', { headers: { 'ownid-signature': 'x' } }],
    [
      'REST API 1.0, both kinds',
      { headers: { 'OwnID-Signature': 'x' }, multiValueHeaders: { 'OwnID-Signature': ['x'] } },
    ],
    ['REST API 1.0, single values alone', { headers: { 'OWNID-SIGNATURE': 'x' }, multiValueHeaders: null }],
    ['a load balancer with multi-value headers', { multiValueHeaders: { 'ownid-signature': ['x'] } }],
  ])('are found in any case: %s', (_, event) => {
    expect(readRequest(event).header('OwnId-Signature')).toBe('x');
  });

  test.each<[string, HttpEvent]>([
    ['joined by HTTP API', { headers: { 'ownid-signature': 'x, y' } }],
    ['as several values', { multiValueHeaders: { 'ownid-signature': ['x', 'y'] } }],
    ['under names that differ in case', { headers: { 'ownid-signature': 'x', 'OwnID-Signature': 'y' } }],
    [
      'as several values, the single value being the last',
      {
        headers: { 'ownid-signature': 'x' },
        multiValueHeaders: { 'ownid-signature': ['x', 'y'] },
      },
    ],
  ])('are joined when repeated: %s', (_, event) => {
    expect(readRequest(event).header('ownid-signature')).toBe('x, y');
  });

  test.each<[string, HttpEvent]>([
    ['no headers', {}],
    ['null headers', { headers: null, multiValueHeaders: null }],
    ['an undefined value', { headers: { 'ownid-signature': undefined } }],
    ['an undefined list', { multiValueHeaders: { 'ownid-signature': undefined } }],
  ])('may be missing: %s', (_, event) => {
    expect(readRequest(event).header('ownid-signature') ?? '').toBe('');
  });
});

describe('app', () => {
  test.each<[string | undefined, HttpEvent]>([
    ['shop', { pathParameters: { app: 'shop' }, rawPath: '/email/other' }],
    ['shop', { rawPath: '/email/shop' }],
    ['shop', { rawPath: '/prod/sms/shop/' }],
    ['shop', { path: '/email/shop', pathParameters: null }],
    [undefined, { rawPath: '/email' }],
    [undefined, { rawPath: '/email/' }],
    [undefined, { rawPath: '/' }],
    [undefined, { path: '/email/shop/more' }],
    [undefined, {}],
  ])('is %s for %j', (app, event) => {
    expect(readRequest(event).app).toBe(app);
  });
});
