import { Parser } from 'htmlparser2';

// Of all that the policy and the sandbox refuse to load, browsers still open a connection ahead for these.
const CONNECTING_ELEMENT = /<(link|iframe|frame|object|embed)(?=[\s/>])/gi;

const STYLE = `<style>:where(a[data-inert]){color:#0645ad;text-decoration:underline;cursor:help}</style>`;
const DARK_STYLE = `<style>:root{color-scheme:dark}:where(body){background:#121212;color:#e8e8e8}:where(a[data-inert]){color:#8ab4f8}</style>`;

/**
 * A mail's HTML for the preview: links lead nowhere and show their target on hover, and the mail's styles for a light or
 * dark scheme hold as asked, whatever the browser's own scheme is.
 */
export function messageDocument(html: string, { isDark }: { isDark: boolean }): string {
  const styled = withInertLinks(html)
    .replace(CONNECTING_ELEMENT, '<x-$1')
    .replace(/\(\s*prefers-color-scheme\s*:\s*(dark|light)\s*\)/gi, (_, scheme: string) =>
      (scheme.toLowerCase() === 'dark') === isDark ? '(min-width: 0)' : '(max-width: 0)',
    );
  // Behind a doctype, without which the mail would be laid out in another mode.
  const [doctype = ''] = /^\s*<!doctype[^>]*>/i.exec(styled) ?? [];
  return `${doctype}${STYLE}${isDark ? DARK_STYLE : ''}${styled.slice(doctype.length)}`;
}

function withInertLinks(html: string): string {
  let result = '';
  let copied = 0;
  const parser = new Parser({
    onopentag: (name, attributes) => {
      if (name !== 'a' && name !== 'area') return;
      const { href, 'xlink:href': link = href, ...others } = attributes;
      if (link === undefined) return;
      const kept = { ...others, title: link, 'data-inert': '' };
      const text = Object.entries(kept).map(([key, value]) => ` ${key}="${value.replaceAll('"', '&quot;')}"`);
      result += `${html.slice(copied, parser.startIndex)}<${name}${text.join('')}>`;
      copied = parser.endIndex + 1;
    },
  });
  parser.end(html);
  return result + html.slice(copied);
}
