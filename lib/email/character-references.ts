/**
 * HTML's character references, such as `&eacute;`, `&#233;` and `&#xE9;` (HTML standard, 13.5 and 13.2.5.72 to 80).
 *
 * Of the 2,231 names, only those that occur in mail are decoded: all of HTML 4, Latin Extended-A, and ASCII
 * punctuation. Any other stays as it is.
 */

/** The names of consecutive code points from `first` on; `-` where a code point has none. */
const ALPHABETS: readonly (readonly [first: number, names: string])[] = [
  [
    0xa0,
    'nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute ' +
      'micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring ' +
      'AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml ' +
      'times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil ' +
      'egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ' +
      'ugrave uacute ucirc uuml yacute thorn yuml',
  ],
  [
    0x100,
    'Amacr amacr Abreve abreve Aogon aogon Cacute cacute Ccirc ccirc Cdot cdot Ccaron ccaron Dcaron dcaron Dstrok ' +
      'dstrok Emacr emacr - - Edot edot Eogon eogon Ecaron ecaron Gcirc gcirc Gbreve gbreve Gdot gdot Gcedil - ' +
      'Hcirc hcirc Hstrok hstrok Itilde itilde Imacr imacr - - Iogon iogon Idot imath IJlig ijlig Jcirc jcirc ' +
      'Kcedil kcedil kgreen Lacute lacute Lcedil lcedil Lcaron lcaron Lmidot lmidot Lstrok lstrok Nacute nacute ' +
      'Ncedil ncedil Ncaron ncaron napos ENG eng Omacr omacr - - Odblac odblac OElig oelig Racute racute Rcedil ' +
      'rcedil Rcaron rcaron Sacute sacute Scirc scirc Scedil scedil Scaron scaron Tcedil tcedil Tcaron tcaron ' +
      'Tstrok tstrok Utilde utilde Umacr umacr Ubreve ubreve Uring uring Udblac udblac Uogon uogon Wcirc wcirc ' +
      'Ycirc ycirc Yuml Zacute zacute Zdot zdot Zcaron zcaron',
  ],
  [
    0x391,
    'Alpha Beta Gamma Delta Epsilon Zeta Eta Theta Iota Kappa Lambda Mu Nu Xi Omicron Pi Rho - Sigma Tau Upsilon ' +
      'Phi Chi Psi Omega - - - - - - - alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi ' +
      'omicron pi rho sigmaf sigma tau upsilon phi chi psi omega',
  ],
];

/** Each name directly followed by its character. */
const OTHERS =
  'Tab\t NewLine\n excl! QUOT" quot" num# dollar$ percnt% AMP& amp& apos\' lpar( rpar) ast* plus+ comma, ' +
  'period. sol/ colon: semi; LT< lt< equals= GT> gt> quest? commat@ lbrack[ lsqb[ bsol\\ rbrack] rsqb] Hat^ ' +
  'lowbar_ grave` lbrace{ lcub{ verbar| vert| rbrace} rcub} COPY© REG® fnofƒ circˆ tilde˜ thetasymϑ upsihϒ pivϖ ' +
  'ensp\u2002 emsp\u2003 numsp\u2007 puncsp\u2008 thinsp\u2009 hairsp\u200a ZeroWidthSpace\u200b zwnj\u200c ' +
  'zwj\u200d lrm\u200e rlm\u200f dash\u2010 hyphen\u2010 ndash\u2013 mdash\u2014 horbar\u2015 lsquo‘ rsquo’ ' +
  'sbquo‚ ldquo“ rdquo” bdquo„ dagger† Dagger‡ bull• bullet• hellip… permil‰ prime′ Prime″ lsaquo‹ rsaquo› ' +
  'oline‾ frasl⁄ MediumSpace\u205f NoBreak\u2060 euro€ imageℑ weierp℘ realℜ trade™ alefsymℵ larr← uarr↑ rarr→ ' +
  'darr↓ harr↔ crarr↵ lArr⇐ uArr⇑ rArr⇒ dArr⇓ hArr⇔ forall∀ part∂ exist∃ empty∅ nabla∇ isin∈ notin∉ ni∋ prod∏ ' +
  'sum∑ minus− lowast∗ radic√ prop∝ infin∞ ang∠ and∧ or∨ cap∩ cup∪ int∫ there4∴ sim∼ cong≅ asymp≈ ne≠ equiv≡ ' +
  'le≤ ge≥ sub⊂ sup⊃ nsub⊄ sube⊆ supe⊇ oplus⊕ otimes⊗ perp⊥ sdot⋅ lceil⌈ rceil⌉ lfloor⌊ rfloor⌋ loz◊ starf★ ' +
  'star☆ phone☎ spades♠ clubs♣ hearts♥ diams♦ check✓ checkmark✓ cross✗ lang⟨ rang⟩';

/** How browsers read `&#128;` to `&#159;`. */
const WINDOWS_1252 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ';
const REPLACEMENT = '\ufffd';
const CONTROL = /[^\t\n\f\r\P{Cc}]/u;

const REFERENCE = /&(?:([a-z][a-z\d]{1,31})|#x([\da-f]+)|#(\d+))(?=([;=]?));?/gi;
/** References to these characters may lack the semicolon. */
const OPTIONAL_SEMICOLON = /^[\xa0-\xff"&<>]$/;
const LONGEST_WITHOUT_SEMICOLON = 6;

let table: ReadonlyMap<string, string> | undefined;

/**
 * Decodes the character references in a text or an attribute's value. In an attribute, a name without a semicolon is no
 * reference if `=`, a letter or a digit follows, as in the query of a URL. Control characters are dropped, except white
 * space.
 */
export function decodeReferences(value: string, place: 'text' | 'attribute'): string {
  if (!value.includes('&')) return value;
  table ??= readTable();
  const names = table;
  return value
    .replaceAll('&nbsp;', '\xa0')
    .replace(REFERENCE, (reference: string, name?: string, hex?: string, decimal?: string, end?: string) => {
      const character = name === undefined ? undefined : names.get(name);
      if (character !== undefined && end === ';') return character;
      if (name === undefined) return numbered(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16));
      if (place === 'text') return unclosed(names, reference);
      return end === '' && isOptional(character) ? character : reference;
    });
}

/** Takes the longest name at the beginning of a reference without a semicolon: `&copy2026` is `©2026`. */
function unclosed(names: ReadonlyMap<string, string>, reference: string): string {
  for (let end = 1 + LONGEST_WITHOUT_SEMICOLON; end > 2; end--) {
    const character = names.get(reference.slice(1, end));
    if (isOptional(character)) return character + reference.slice(end);
  }
  return reference;
}

function isOptional(character: string | undefined): character is string {
  return character !== undefined && OPTIONAL_SEMICOLON.test(character);
}

function numbered(code: number): string {
  if (code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return REPLACEMENT;
  const isWindows1252 = code >= 0x80 && code <= 0x9f;
  const character = isWindows1252 ? WINDOWS_1252.charAt(code - 0x80) : String.fromCodePoint(code);
  return CONTROL.test(character) ? '' : character;
}

function readTable(): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const [first, list] of ALPHABETS) {
    list.split(' ').forEach((name, index) => names.set(name, String.fromCharCode(first + index)));
  }
  for (const [, name = '', character = ''] of OTHERS.matchAll(/([a-z\d]+)([^a-z\d])(?: |$)/gi))
    names.set(name, character);
  return names;
}
