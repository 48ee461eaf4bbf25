import { domainToASCII, domainToUnicode } from 'node:url';

const MAXIMUM_ADDRESS = 254;
const MAXIMUM_LOCAL_PART = 64;

// RFC 5322 dot-atom, without `%` and `!`, which old relays read as a route to a second host, and without `=?`, which
// begins an RFC 2047 encoded word.
const LOCAL_PART = /^(?!.*=\?)[A-Za-z0-9#$&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9#$&'*+/=?^_`{|}~-]+)*$/;
// The characters that IDNA may map. domainToASCII itself would also decode percent signs and drop line breaks and soft
// hyphens.
const DOMAIN = /^(?:[A-Za-z0-9.-]|[^\0-\x7f\p{C}\p{Z}])+$/u;
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * Reads exactly one email address that no mail system can read as two: a dot-atom, `@`, and a domain name, which is
 * returned in lower case and as A-labels. No quotes, comments, groups, lists, routes or address literals.
 *
 * @throws {Error} whose message is the fault's name, such as `email_malformed`.
 */
export function parseEmailAddress(value: string): string {
  // First, since IDNA takes seconds for a domain of 87,000 characters.
  if (value.length > MAXIMUM_ADDRESS) throw new Error('email_too_long');
  const at = value.indexOf('@');
  const localPart = value.slice(0, at);
  const domain = value.slice(at + 1);
  if (at < 1 || !LOCAL_PART.test(localPart) || !DOMAIN.test(domain)) throw new Error('email_malformed');
  if (localPart.length > MAXIMUM_LOCAL_PART) throw new Error('email_too_long');

  const ascii = domainToASCII(domain);
  const labels = ascii.split('.');
  const isDomainName = labels.length > 1 && labels.every((label) => LABEL.test(label) && isDecodable(label));
  // A last label of digits alone is an IPv4 address, in one of the notations that URLs allow.
  if (!isDomainName || /^\d+$/.test(labels.at(-1) ?? '')) throw new Error('email_malformed');

  const address = `${localPart}@${ascii}`;
  if (address.length > MAXIMUM_ADDRESS) throw new Error('email_too_long');
  return address;
}

/** Newer versions of Node.js accept A-labels that do not decode to anything. */
function isDecodable(label: string): boolean {
  return !label.startsWith('xn--') || /[^\0-\x7f]/.test(domainToUnicode(label));
}
