/** Room in a 75-character encoded word for `=?UTF-8?B?` and `?=`, in bytes before base64. */
const ENCODED_WORD_BYTES = 45;

/** A display name for a mail header: quoted if it is ASCII, as RFC 2047 encoded words if not. */
export function encodeDisplayName(name: string): string {
  return /^[\x20-\x7e]*$/.test(name) ? `"${name.replace(/["\\]/g, '\\$&')}"` : encodeWords(name);
}

function encodeWords(text: string): string {
  const words: string[] = [];
  let word = '';
  // By character, since an encoded word must not split one (RFC 2047, section 5).
  for (const character of text) {
    if (Buffer.byteLength(word + character) > ENCODED_WORD_BYTES) {
      words.push(word);
      word = '';
    }
    word += character;
  }
  return [...words, word].map((part) => `=?UTF-8?B?${Buffer.from(part).toString('base64')}?=`).join(' ');
}
