import type { ServerResponse } from 'node:http';

const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "frame-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  // No string may become markup, whatever the page's script does.
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join('; ');

const MESSAGE_POLICY = [
  "default-src 'none'",
  "style-src 'unsafe-inline'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'self'",
  // No script runs; the page may measure the document, to show it as high as it is.
  'sandbox allow-same-origin',
].join('; ');

/** Of every answer to the page. */
export const COMMON_HEADERS = {
  'cache-control': 'no-store',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-dns-prefetch-control': 'off',
};

export function write(
  response: ServerResponse,
  status: number,
  body: string | Buffer,
  headers: Readonly<Record<string, string>> = {},
): void {
  response
    .writeHead(status, {
      ...COMMON_HEADERS,
      'content-type': 'text/plain; charset=utf-8',
      'content-security-policy': PAGE_POLICY,
      ...headers,
    })
    .end(body);
}

export function writeJson(response: ServerResponse, status: number, value: unknown): void {
  write(response, status, JSON.stringify(value), { 'content-type': 'application/json' });
}

/** A message as a document of its own, in which nothing runs and which loads nothing. */
export function writeMessage(response: ServerResponse, html: string): void {
  write(response, 200, html, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': MESSAGE_POLICY,
  });
}
