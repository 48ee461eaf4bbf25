import { generate } from 'selfsigned';

/** A private key and the certificate that it signed for itself, both in PEM. */
export interface Certificate {
  readonly key: string;
  /** Also what a client needs to trust it. */
  readonly cert: string;
}

const DAY_MS = 86_400_000;

/** Makes a certificate for servers on this machine; it never leaves memory. */
export async function createCertificate(
  options: { hosts?: readonly string[]; notAfter?: Date } = {},
): Promise<Certificate> {
  const { hosts = ['localhost', '127.0.0.1'], notAfter = new Date(Date.now() + 30 * DAY_MS) } = options;
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'OTP Relay loopback' }], {
    keyType: 'ec',
    algorithm: 'sha256',
    notBeforeDate: new Date(Math.min(Date.now(), notAfter.getTime()) - DAY_MS),
    notAfterDate: notAfter,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', digitalSignature: true, keyCertSign: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      {
        name: 'subjectAltName',
        altNames: hosts.map((host) =>
          /^[\d.]+$/.test(host) ? { type: 7, ip: host } : { type: 2, value: host },
        ),
      },
    ],
  });
  return { key, cert };
}
