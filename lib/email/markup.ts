/* eslint-disable no-control-regex -- the marks are control characters, which no valid HTML contains */
import { decodeReferences } from './character-references.js';

/**
 * What stands around a tag once it is marked. No control character is valid in HTML, so those of the text itself go
 * first.
 */
const TAG_START = '\x01';
const TAG_END = '\x02';

// Quotes hide a `>` only where they begin an attribute's value. Nothing here can fail once it has begun, which keeps
// the time linear: what is never closed reaches to the end, as in a browser.
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
 * Marks the tags of an HTML document, so that a simple pattern finds them from then on, and leaves out what is no text:
 * comments, scripts, titles. A style sheet becomes part of its tag.
 */
export function markTags(html: string): string {
  const text = html.replace(/[\0-\x08\x0b\x0e-\x1f\x7f]+/g, '');
  return text.replace(MARKUP, `${TAG_START}$2$5${TAG_END}$4`);
}

/** What stands apart from what is before and after it, by an empty line or on lines of its own. */
export const PARAGRAPHS = 'p|h[1-6]|ul|ol|menu|dir|dl|blockquote|pre|table|hr';
export const LINES =
  'div|section|article|header|hgroup|footer|main|aside|nav|search|address|center|form|figure|figcaption|fieldset|legend|' +
  'li|dt|dd|tr|thead|tbody|tfoot|caption|details|summary|option|body';
export const CELLS = 'td|th';

/** Finds the marked tags with these names, a pattern; that of an end tag begins with its slash. */
export function tagsNamed(names: string): RegExp {
  return new RegExp(String.raw`\x01(${names})(?![^\s/\x02])([^\x02]*)\x02`, 'gi');
}

const ATTRIBUTE = /([^\s/=]+)(?:\s*=\s*(?:"([^"]*)|'([^']*)|([^\s"']\S*)))?/g;

/** Reads an attribute from the inside of a tag, decoded; it is empty where it has no value. */
export function readAttribute(attributes: string, wanted: string): string | undefined {
  for (const [, name, quoted, apostrophed, bare] of attributes.matchAll(ATTRIBUTE)) {
    if (name?.toLowerCase() !== wanted) continue;
    return decodeReferences(quoted ?? apostrophed ?? bare ?? '', 'attribute');
  }
  return undefined;
}
