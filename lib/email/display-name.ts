import { encodeWords } from './encoded-words.js';

/** A display name as a mail header has it: quoted where it is ASCII, RFC 2047 encoded words where it is not. */
export function encodeDisplayName(name: string): string {
  return /^[\x20-\x7e]*$/.test(name) ? `"${name.replace(/["\\]/g, '\\$&')}"` : encodeWords(name);
}
