/* eslint-disable no-control-regex -- the marks are control characters, which no valid HTML contains */
import { CELLS, LINES, PARAGRAPHS, readAttribute, tagsNamed } from './markup.js';

const NONE = String.raw`display\s*:\s*none`;
const HIDDEN = String.raw`visibility\s*:\s*hidden`;
const SUSPECTS = String.raw`${NONE}|${HIDDEN}|(?:opacity|height|width|font-size)\s*:\s*0|\shidden`;
const IS_SUSPECT = new RegExp(String.raw`${SUSPECTS}|\x01template`, 'i');

const declaring = (declaration: string) =>
  new RegExp(String.raw`(?:^|;)\s*(?:${declaration})\s*(?:!\s*important\s*)?(?:;|$)`, 'i');
const HIDES = declaring(String.raw`${NONE}|opacity\s*:\s*0?\.?0+%?`);
const HIDES_UNLESS_SHOWN = declaring(HIDDEN);
const SHOWS = /visibility\s*:\s*visible/i;
const HAS_NO_EXTENT = declaring(String.raw`(?:max-)?(?:height|width)\s*:\s*0(?:px|em|pt|%)?`);
const CUTS_OFF = declaring(String.raw`overflow\s*:\s*hidden`);
const HAS_NO_FONT = declaring(String.raw`font-size\s*:\s*0(?:px|em|pt|%)?`);

/**
 * Removes hidden elements from a document with marked tags, such as a preheader or the layout for another screen.
 * `mso-hide` is ignored, since every client but Outlook shows those elements.
 */
export function withoutHidden(marked: string): string {
  if (!IS_SUSPECT.test(marked)) return marked;
  const classes = hiddenClasses(marked);
  const isShownLater = SHOWS.test(marked);

  const isHidden = (name: string, attributes: string, contentStart: number) => {
    if (name === 'template' || readAttribute(attributes, 'hidden') !== undefined) return true;
    const style = readAttribute(attributes, 'style') ?? '';
    return (
      HIDES.test(style) ||
      (HIDES_UNLESS_SHOWN.test(style) && !isShownLater) ||
      (HAS_NO_EXTENT.test(style) && CUTS_OFF.test(style)) ||
      (HAS_NO_FONT.test(style) && marked.startsWith(`\x01/${name}`, marked.indexOf('\x01', contentStart))) ||
      (!/display\s*:/i.test(style) && classesOf(attributes).some((one) => classes.has(one)))
    );
  };

  let visible = '';
  let end = 0;
  for (const { 0: tag, 1: written = '', index } of marked.matchAll(suspects(classes))) {
    const name = written.toLowerCase();
    const contentStart = index + tag.length;
    if (index < end || !isHidden(name, tag.slice(1 + name.length, -1), contentStart)) continue;
    visible += marked.slice(end, index);
    end = VOID.test(name) ? contentStart : endOf(marked, name, contentStart);
  }
  return visible + marked.slice(end);
}

/** Start tags that may hide their element. */
function suspects(classes: ReadonlySet<string>): RegExp {
  const signs = [SUSPECTS, ...classes].join('|');
  return new RegExp(
    String.raw`\x01(?!/|(?:html|body|style)[\s\x02])(?=([^\s/\x02]*))(?:template|[^\x02]*?(?:${signs}))[^\x02]*\x02`,
    'gi',
  );
}

const COMMENT = /<!--|-->|\/\*[^]*?(?:\*\/|$)/g;
const AT_RULE = /@[^{};@]*\{(?:[^{}]*\{(?:[^{}]*\{[^{}]*\})*[^{}]*\})*[^{}]*\}?/g;
const HIDING_RULE = new RegExp(String.raw`(?<![^{}])([^{}]*)\{[^{}]*${NONE}[^{}]*\}`, 'gi');

/** Classes that a style sheet hides on every screen. */
function hiddenClasses(marked: string): ReadonlySet<string> {
  const classes = new Set<string>();
  for (const [, sheet = ''] of marked.matchAll(/\x01style[^>\x02]*>([^\x02]*)/gi)) {
    const rules = sheet.replace(COMMENT, '').replace(AT_RULE, '');
    for (const [, selectors = ''] of rules.matchAll(HIDING_RULE)) {
      for (const [, name = ''] of selectors.matchAll(/(?<![^,])\s*\w*\.([\w-]+)\s*(?![^,])/g))
        classes.add(name);
    }
  }
  return classes;
}

function classesOf(attributes: string): readonly string[] {
  return readAttribute(attributes, 'class')?.split(/\s+/) ?? [];
}

const TAG = tagsNamed(String.raw`/?[a-z][^\s/\x02]*`);
const VOID = /^(?:area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr)$/;
const BLOCK = new RegExp(`^(?:${PARAGRAPHS}|${LINES}|${CELLS}|html)$`);
const TABLE_PART = /^(?:tbody|thead|tfoot)$/;
const ITEM = /^(?:li|dt|dd)$/;
/** Elements whose end tag may be omitted: a `next` start tag ends them, unless it is inside one of the `containers`. */
const ENDS_WITHOUT_TAG: readonly (readonly [element: RegExp, next: RegExp, containers: readonly string[]])[] =
  [
    [/^p$/, BLOCK, []],
    [ITEM, ITEM, ['ul', 'ol', 'menu', 'dl']],
    [/^t[dh]$/, /^(?:t[dhr]|tbody|thead|tfoot)$/, ['table']],
    [/^tr$/, /^(?:tr|tbody|thead|tfoot)$/, ['table']],
    [TABLE_PART, TABLE_PART, ['table']],
  ];

/**
 * Where the element with content from `from` on ends: after its end tag, or before the tag that ends it without one.
 */
function endOf(marked: string, element: string, from: number): number {
  const [, next, containers = []] = ENDS_WITHOUT_TAG.find(([name]) => name.test(element)) ?? [];
  const open = new Map<string, number>();
  TAG.lastIndex = from;
  for (let tag = TAG.exec(marked); tag !== null; tag = TAG.exec(marked)) {
    const [, written = ''] = tag;
    const isEnd = written.startsWith('/');
    const name = written.slice(isEnd ? 1 : 0).toLowerCase();
    const count = open.get(name) ?? 0;
    if (!isEnd) {
      if (next?.test(name) === true && !containers.some((container) => (open.get(container) ?? 0) > 0))
        return tag.index;
      open.set(name, count + 1);
    } else if (count > 0) {
      open.set(name, count - 1);
    } else if (name === element) {
      return TAG.lastIndex;
    } else if (BLOCK.test(name)) {
      // The end tag of an ancestor.
      return tag.index;
    }
  }
  return marked.length;
}
