import type { KeyObject } from 'node:crypto';
import type { EmailPayload } from '../ownid/ownid.js';

const PAYLOAD: EmailPayload = {
  email: 'you@example.com',
  subject: 'Your sign-in code',
  body: '<p>Your code is <b>5928</b>.</p>',
};

/**
 * A command that posts a signed email webhook. It signs when it is run, since a signature is good for a minute.
 * For a POSIX shell with curl and openssl, which Linux and macOS have; for PowerShell on Windows.
 */
export function signedPostCommand(address: string, secret: KeyObject, platform: NodeJS.Platform): string {
  const body = JSON.stringify(PAYLOAD);
  const key = secret.export();
  if (platform === 'win32') {
    return [
      `$body='${body}'`,
      '$t=[DateTimeOffset]::UtcNow.ToUnixTimeMilliseconds()',
      `$h=[Security.Cryptography.HMACSHA256]::new([Convert]::FromBase64String('${key.toString('base64')}'))`,
      '$s=[Convert]::ToBase64String($h.ComputeHash([Text.Encoding]::UTF8.GetBytes("$body.$t")))',
      `Invoke-WebRequest ${address}/email -UseBasicParsing -Method Post -ContentType application/json -Headers @{'ownid-timestamp'="$t";'ownid-signature'=$s} -Body $body`,
    ].join('; ');
  }
  return [
    `body='${body}'`,
    't=$(date +%s)000',
    `s=$(printf %s "$body.$t" | openssl dgst -sha256 -mac HMAC -macopt hexkey:${key.toString('hex')} -binary | openssl base64)`,
    `curl -i ${address}/email -H 'content-type: application/json' -H "ownid-timestamp: $t" -H "ownid-signature: $s" --data "$body"`,
  ].join('; ');
}
