/** How a text message goes over the air. */
export interface SmsSegments {
  readonly encoding: 'GSM-7' | 'UCS-2';
  /** How many parts it is sent, and billed, as. */
  readonly segments: number;
  /** Septets of GSM-7 or 16-bit units of UCS-2. */
  readonly units: number;
}

// 3GPP TS 23.038, section 6.2.1, without the escape character.
const BASIC =
  '@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !"#¤%&\'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà';
// Section 6.2.1.1: these take an escape and one more septet.
const EXTENDED = '\f^{}\\[~]|€';

// Septets and 16-bit units in a message of one part, and in each part of a longer one beside its 6-byte header.
const CAPACITY = { 'GSM-7': { single: 160, part: 153 }, 'UCS-2': { single: 70, part: 67 } };

/** Counts the parts of a text message; none of them ends inside a character. */
export function countSegments(text: string): SmsSegments {
  const characters = Array.from(text);
  const isGsm = characters.every((character) => BASIC.includes(character) || EXTENDED.includes(character));
  const encoding = isGsm ? 'GSM-7' : 'UCS-2';
  const sizes = characters.map((character) =>
    isGsm ? (EXTENDED.includes(character) ? 2 : 1) : character.length,
  );
  const units = sizes.reduce((sum, size) => sum + size, 0);

  const { single, part } = CAPACITY[encoding];
  if (units <= single) return { encoding, segments: 1, units };
  let segments = 1;
  let used = 0;
  for (const size of sizes) {
    if (used + size > part) {
      segments++;
      used = 0;
    }
    used += size;
  }
  return { encoding, segments, units };
}
