import type { DeliveryErrorKind } from '../errors.js';

/** No complete response came. `code` is Node's (`ECONNREFUSED`), ours, or `TIMEOUT` after the deadline. */
export class TransportError extends Error {
  readonly code: string;
  /** False when certainly no byte of the request reached the server: only then may it be sent again. */
  readonly written: boolean;

  constructor(code: string, written: boolean, cause?: unknown) {
    super(`${code} ${written ? 'after' : 'before'} the request was written`, { cause });
    this.name = 'TransportError';
    this.code = code;
    this.written = written;
  }
}

/** Node's codes for a certificate that is not trusted, or is for another name (Node.js TLS documentation). */
const CERTIFICATE = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|ALTNAME/;

/** True if Node gave up a TLS connection because of the server's certificate. */
export function isCertificateError(code: string): boolean {
  return CERTIFICATE.test(code);
}

/** What a request without a complete response means for the message that it carried. */
export function transportErrorKind({ code, written }: TransportError): DeliveryErrorKind {
  if (written) return 'ambiguous';
  return isCertificateError(code) ? 'misconfigured' : 'transient';
}
