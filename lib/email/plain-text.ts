/* eslint-disable no-control-regex -- the marks are control characters, which no valid HTML contains */
import { decodeReferences } from './character-references.js';
import { withoutHidden } from './hidden.js';
import { CELLS, LINES, markTags, PARAGRAPHS, readAttribute, tagsNamed } from './markup.js';

// Stand-ins: control characters, which `markTags` has removed from the text itself.
const PARAGRAPH = '\x03';
const LINE = '\x04';
const BREAK = '\x05';
const CELL = '\x06';
const LINK = '\x07';
const LINK_END = '\x08';
const FIXED_SPACE = '\x0e';
const FIXED_LINE = '\x0f';
const ITEM = '\x10';
const INDENT = '\x11';

const STRUCTURE = tagsNamed('li|img|a|/?[uo]l');
const STAND_INS: readonly (readonly [tag: RegExp, standIn: string])[] = [
  [tagsNamed('/?a'), LINK_END],
  [tagsNamed('hr'), PARAGRAPH + '-'.repeat(40) + PARAGRAPH],
  [tagsNamed('/?br'), BREAK],
  [tagsNamed(`/?(?:${PARAGRAPHS})`), PARAGRAPH],
  [tagsNamed(`/?(?:${LINES})`), LINE],
  [tagsNamed(CELLS), CELL],
  // All other tags.
  [/\x01[^\x02]*\x02/g, ''],
];
const MAXIMUM_INDENT = 2;
/** Links to a place in the mail itself, and scripts. */
const NO_ADDRESS = /^(?:#|$|(?:javascript|vbscript|data):)/i;

/**
 * The plain-text part of an email, derived from its HTML: codes and links stay as they are, each link after its text.
 * Lines end in CRLF. The text is empty if the HTML shows none.
 *
 * Each kind of tag is replaced in one pass of the regular expression engine. V8 would compile a loop over tokens in
 * JavaScript during the first request, which costs more than all the rest.
 */
export function toPlainText(html: string): string {
  const links: string[] = [];
  let text = markStructure(keepPreformatted(withoutHidden(markTags(html))), links);
  for (const [tag, standIn] of STAND_INS) text = text.replace(tag, standIn);
  return layOut(collapseSpaces(decodeReferences(text, 'text')), links);
}

function keepPreformatted(marked: string): string {
  if (!/\x01pre[\s\x02]/i.test(marked)) return marked;
  return marked.replace(
    /\x01pre(?=[\s\x02])[^\x02]*\x02\n?([^]*?)(?=\x01\/pre[\s\x02]|$)/gi,
    (content: string) =>
      content.replace(/\x01[^\x02]*\x02\n?|\r\n?|[\n\t ]/g, (part) => {
        if (part.startsWith('\x01')) return part;
        return part === ' ' || part === '\t' ? FIXED_SPACE : FIXED_LINE;
      }),
  );
}

interface List {
  readonly isOrdered: boolean;
  readonly indent: string;
  items: number;
}

/** Writes the markers of list items and the texts of images, and collects the addresses of links in order. */
function markStructure(marked: string, links: string[]): string {
  const outside: List = { isOrdered: false, indent: '', items: 0 };
  const lists: List[] = [];
  let list = outside;
  return marked.replace(STRUCTURE, (_, written: string, attributes: string) => {
    const name = written.toLowerCase();
    if (name === 'li') {
      list.items += 1;
      return `${LINE}${list.indent}${list.isOrdered ? `${list.items}.` : '*'}${ITEM}`;
    }
    if (name === 'img') return readAttribute(attributes, 'alt') ?? '';
    if (name === 'a') {
      const href = readAttribute(attributes, 'href');
      if (href === undefined) return LINK_END;
      links.push(
        href
          .trim()
          .replace(/[\t\n\f\r]/g, '')
          .replaceAll(' ', '%20'),
      );
      return LINK;
    }
    if (name.startsWith('/')) lists.pop();
    const separation = lists.length > 0 ? LINE : PARAGRAPH;
    if (!name.startsWith('/')) {
      const indent = INDENT.repeat(Math.min(lists.length, MAXIMUM_INDENT));
      lists.push({ isOrdered: name === 'ol', indent, items: 0 });
    }
    list = lists.at(-1) ?? outside;
    return separation;
  });
}

/** Invisible, and part of no word: soft hyphens, zero-width spaces, fillers. */
const INVISIBLE = /(?:[\xad\u180e\u200b\u2060-\u2064\ufeff]|\u034f)+/g;
/** Joiners and direction marks matter in some scripts and between emoji, but not in a code. */
const NEEDLESS_JOINERS =
  /(?<=^|[\0-\x7f\s\u0660-\u0669\u06f0-\u06f9\uff10-\uff19])[\u061c\u200c-\u200f\u202a-\u202e\u2066-\u2069]+(?=[\0-\x7f\s\u0660-\u0669\u06f0-\u06f9\uff10-\uff19]|$)/g;
/** Runs of spaces this long are not layout: they keep the rest of the mail out of a preview. */
const FILLER = /[ \xa0\u2000-\u200a\u202f\u205f\u3000]{4,}/g;
/** A code with a table cell for each of its characters. */
const CODE_IN_CELLS = /\x06[\dA-Z](?:\x06[\dA-Z]){3,9}(?=[\x03-\x06]|$)/g;

function collapseSpaces(text: string): string {
  return text
    .replace(INVISIBLE, '')
    .replace(NEEDLESS_JOINERS, '')
    .replace(/[\t\n\f\r ]{2,}|[\t\n\f\r]/g, ' ')
    .replace(FILLER, ' ')
    .replace(/ (?<=[ \x03-\x05][\x07\x08]+ )/g, '')
    .replace(/[ \xa0]?\x06[ \xa0\x06]*/g, CELL)
    .replace(CODE_IN_CELLS, (cells) => CELL + cells.replaceAll(CELL, ''))
    .replaceAll(CELL, ' ');
}

function layOut(text: string, links: readonly string[]): string {
  let index = 0;
  return text
    .replace(/\x07([^\x07\x08]*)\x08?/g, (_, label: string) => withAddress(label, links[index++] ?? ''))
    .replaceAll(LINK_END, '')
    .replace(/(?<=[\x03-\x05])[ \xa0]+|(?<![ \xa0])[ \xa0]+(?=[\x03-\x05])/g, '')
    .replace(/\x10[ \xa0\x03-\x05]*/g, ' ')
    .replace(/(?<![\x03-\x05])[\x03-\x05]*\x03[\x03-\x05]*/g, '\r\n\r\n')
    .replace(/\x05\x04*|\x04+/g, '\r\n')
    .trim()
    .replaceAll(FIXED_SPACE, ' ')
    .replaceAll(INDENT, '  ')
    .replaceAll(FIXED_LINE, '\r\n')
    .trimEnd();
}

/** Puts the address directly after the link's visible text, before any line breaks that follow it. */
function withAddress(label: string, href: string): string {
  const address = href.replace(/^(?:mailto|tel):/i, '');
  const shown = label.replace(/^[ \xa0\x03-\x05]+|(?<![ \xa0\x03-\x05])[ \xa0\x03-\x05]+$/g, '');
  if (shown === href || shown === address || NO_ADDRESS.test(address)) return label;
  if (shown === '') return `(${address})${label}`;
  const end = label.lastIndexOf(shown) + shown.length;
  return `${label.slice(0, end)} (${address})${label.slice(end)}`;
}
