import type { KeyObject } from 'node:crypto';

const SAMPLE = {
  path: '/email',
  body: JSON.stringify({
    email: 'you@example.com',
    subject: 'Your sign-in code',
    body: 'Your code is <b>5928</b>.',
  }),
};

/**
 * A command that posts a signed webhook. It signs when it is run, since a signature is good for a minute.
 * For a POSIX shell with curl and openssl, which Linux and macOS have; for PowerShell on Windows.
 */
export function signedPostCommand(
  address: string,
  secret: KeyObject,
  platform: NodeJS.Platform,
  { path, body }: { path: string; body: string } = SAMPLE,
): string {
  const url = `${address}${path}`;
  const key = secret.export();
  if (platform === 'win32') {
    return [
      `$b='${body.replaceAll("'", "''")}'; $t=[DateTimeOffset]::UtcNow.ToUnixTimeMilliseconds()`,
      `$h=[Security.Cryptography.HMACSHA256]::new([Convert]::FromBase64String('${key.toString('base64')}'))`,
      '$s=[Convert]::ToBase64String($h.ComputeHash([Text.Encoding]::UTF8.GetBytes("$b.$t")))',
      `Invoke-WebRequest ${url} -UseBasicParsing -Method Post -Headers @{'ownid-timestamp'="$t";'ownid-signature'=$s} -Body ([Text.Encoding]::UTF8.GetBytes($b))`,
    ].join('\n');
  }
  const text = key.toString('latin1');
  const mac = /^[\w ,.-]+$/.test(text)
    ? `-hmac '${text}'`
    : `-mac HMAC -macopt hexkey:${key.toString('hex')}`;
  return [
    `b='${body.replaceAll("'", String.raw`'\''`)}'; t=$(date +%s)000`,
    `s=$(printf %s "$b.$t" | openssl dgst -sha256 ${mac} -binary | base64)`,
    `curl -i ${url} -H "ownid-timestamp: $t" -H "ownid-signature: $s" --data-raw "$b"`,
  ].join('\n');
}
