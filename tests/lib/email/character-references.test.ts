import fc from 'fast-check';
import { compile } from 'html-to-text';
import { decodeReferences } from '../../../lib/email/character-references.js';

const reference = compile({ wordwrap: false, preserveNewlines: true, whitespaceCharacters: '' });

/** Of each kind that the HTML standard lists, some names; all of HTML 4 is in the first five. */
const NAMES =
  'amp lt gt quot apos nbsp iexcl yen shy frac34 Agrave szlig yuml eacute OElig oelig Scaron scaron Yuml fnof circ tilde ' +
  'ensp emsp thinsp zwnj zwj lrm rlm ndash mdash lsquo rsquo sbquo ldquo rdquo bdquo dagger Dagger bull hellip permil ' +
  'prime Prime lsaquo rsaquo oline frasl euro image weierp real trade alefsym larr uarr rarr darr harr crarr lArr forall ' +
  'part empty nabla isin prod sum minus radic infin ang and or cap cup int there4 sim cong asymp ne equiv le ge sub sup ' +
  'oplus perp sdot lceil rfloor lang rang loz spades hearts diams Alpha Sigma sigmaf omega thetasym upsih piv Lstrok ' +
  'zdot ccaron imath excl num lpar commat lsqb lcub rcub period colon sol check cross star phone numsp hairsp NoBreak';

test.each(NAMES.split(' '))('&%s; is what html-to-text takes it for', (name) => {
  expect(decodeReferences(`a&${name};b`, 'text')).toBe(reference(`a&${name};b`));
  expect(decodeReferences(`a&${name};b`, 'text')).not.toContain('&' + name);
});

test('a number is what html-to-text takes it for, up to the last of Unicode (property)', () => {
  fc.assert(
    fc.property(fc.oneof(fc.nat(0x100), fc.nat(0x12ffff)), fc.constantFrom(';', ' ', ''), (code, end) => {
      fc.pre(code > 0x20 && !(code >= 0x7f && code < 0xa0));
      for (const text of [`a&#${code}${end}z`, `a&#x${code.toString(16)}${end} z`]) {
        expect(decodeReferences(text, 'text')).toBe(reference(text));
      }
    }),
  );
});

test.each([
  ['&#128;&#x99;&#147;', '€™“'],
  ['&#0;&#xd800;&#x110000;&#99999999999999999999;', '\ufffd'.repeat(4)],
  ['&#1;&#27;&#127;&#129;', ''],
  ['&#9;&#10;&#13;', '\t\n\r'],
])('%s is what a browser reads, without control characters', (text, decoded) => {
  expect(decodeReferences(text, 'text')).toBe(decoded);
});

test.each([
  ['&copy2026 &ampamp &notit; &times; &AMP &eacutea', '©2026 &amp ¬it; × & éa'],
  ['&unknown; &; & &# &#x; &bull &hellip. &euro', '&unknown; &; & &# &#x; &bull &hellip. &euro'],
])('the old names need no semicolon, the others do: %s', (text, decoded) => {
  expect(decodeReferences(text, 'text')).toBe(decoded);
});

test("a parameter in a link's address is not a reference", () => {
  const address = '/?a=1&copy=2&notify=3&lt;4&region&amp;times=5&reg';
  expect(decodeReferences(address, 'attribute')).toBe('/?a=1&copy=2&notify=3<4&region&times=5®');
});
