/* eslint-disable no-control-regex -- the marks are control characters, which no valid HTML contains */
import { decodeReferences } from './character-references.js';

/** They enclose each marked tag. No control character is valid in HTML, so those in the text are removed first. */
const TAG_START = '\x01';
const TAG_END = '\x02';

// A quote hides a `>` only at the beginning of an attribute's value. No alternative can fail once it has begun to
// match, which keeps the time linear: whatever is never closed extends to the end, as in a browser.
const ATTRIBUTES = String.raw`[^>=]*(?:=(?:\s*"[^"]*"?|\s*'[^']*'?|(?!\s*["']))[^>=]*)*`;
const RAW_END = String.raw`(?=[\s/>])[^>]*>?|$`;

// HTML standard, 13.2.5: comments, bogus comments, raw text, and tags.
const MARKUP = new RegExp(
  [
    String.raw`<!--(?:-?>|[^]*?(?:--!?>|$))`,
    String.raw`<(?:[!?]|/(?![a-z]))[^>]*>?`,
    String.raw`<(script|title|iframe|noembed|noframes)(?=[\s/>])${ATTRIBUTES}>?[^]*?(?:</\1${RAW_END})`,
    String.raw`<(style(?=[\s/>])${ATTRIBUTES}>?[^]*?)(?:</style${RAW_END})`,
    String.raw`<(textarea|xmp)(?=[\s/>])${ATTRIBUTES}>?([^]*?)(?:</\3${RAW_END})`,
    String.raw`<(/?[a-z]${ATTRIBUTES})>?`,
  ].join('|'),
  'gi',
);

/**
 * Marks the tags of an HTML document, so that simple patterns can find them, and removes what is not text: comments,
 * scripts, titles. A style sheet becomes part of its tag.
 */
export function markTags(html: string): string {
  const text = html.replace(/[\0-\x08\x0b\x0e-\x1f\x7f]+/g, '');
  return text.replace(MARKUP, `${TAG_START}$2$5${TAG_END}$4`);
}

/** Elements that are separated from their surroundings: `PARAGRAPHS` by an empty line, `LINES` by a line break. */
export const PARAGRAPHS = 'p|h[1-6]|ul|ol|menu|dir|dl|blockquote|pre|table|hr';
export const LINES =
  'div|section|article|header|hgroup|footer|main|aside|nav|search|address|center|form|figure|figcaption|fieldset|legend|' +
  'li|dt|dd|tr|thead|tbody|tfoot|caption|details|summary|option|body';
export const CELLS = 'td|th';

/** Matches the marked tags whose names match the pattern `names`; the name of an end tag begins with its slash. */
export function tagsNamed(names: string): RegExp {
  return new RegExp(String.raw`\x01(${names})(?![^\s/\x02])([^\x02]*)\x02`, 'gi');
}

const ATTRIBUTE = /([^\s/=]+)(?:\s*=\s*(?:"([^"]*)|'([^']*)|([^\s"']\S*)))?/g;

/** Reads and decodes one of a tag's attributes; empty if it has no value. */
export function readAttribute(attributes: string, wanted: string): string | undefined {
  for (const [, name, quoted, apostrophed, bare] of attributes.matchAll(ATTRIBUTE)) {
    if (name?.toLowerCase() !== wanted) continue;
    return decodeReferences(quoted ?? apostrophed ?? bare ?? '', 'attribute');
  }
  return undefined;
}
