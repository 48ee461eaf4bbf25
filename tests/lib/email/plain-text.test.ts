import fc from 'fast-check';
import { compile } from 'html-to-text';
import { toPlainText } from '../../../lib/email/plain-text.js';

const reference = compile({
  wordwrap: false,
  selectors: [
    { selector: 'a', options: { hideLinkHrefIfSameAsText: true, linkBrackets: ['(', ')'] } },
    { selector: 'img', format: 'skip' },
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({ selector, options: { uppercase: false } })),
  ],
});
const words = (text: string) => text.split(/[\s\u00a0]+/).filter((word) => word !== '');

test.each([
  ['a paragraph', '<p>Your code is: <b>5928</b>.</p>', 'Your code is: 5928.'],
  ['a code in parts', '<p>Code: <span>12</span><span>34</span></p>', 'Code: 1234'],
  ['white space', ' <p>\n  one \t two\r\n</p>\n\n<p>three</p> ', 'one two\n\nthree'],
  ['line breaks', 'a<br>b<br/>\n c<br><br>d', 'a\nb\nc\n\nd'],
  ['blocks', '<div>a</div><div><div>b</div></div><h1>Big News</h1>c', 'a\nb\n\nBig News\n\nc'],
  ['a rule', 'a<hr>b', `a\n\n${'-'.repeat(40)}\n\nb`],
  ['a list', '<ul><li>a<li>b</ul><ol><li>c</li><li>d</li></ol>', '* a\n* b\n\n1. c\n2. d'],
  ['a table', '<table><tr><td>a</td><td>b</td></tr><tr><th>c<th>d</table>', 'a b\nc d'],
  ['what is preformatted', '<pre>  a\n   b</pre>', '  a\n   b'],
  [
    'a link',
    '<a href="https://x.example/?a=1&amp;b=2#c">Log in</a> now',
    'Log in (https://x.example/?a=1&b=2#c) now',
  ],
  [
    'a link that is its own text',
    '<a href="https://x.example/">https://x.example/</a>',
    'https://x.example/',
  ],
  ['a mail link', '<a href="mailto:a@b.example">a@b.example</a>', 'a@b.example'],
  [
    'a link around a picture',
    'See <a href="https://x.example/"><img alt="logo"></a>.',
    'See (https://x.example/).',
  ],
  ['a link without quotes', '<a href=https://x.example/a>x</a>', 'x (https://x.example/a)'],
  ['a link to a place in the mail', '<a href="#code">Code</a> <a name=code>1</a>', 'Code 1'],
  ['an attribute that looks like a tag', '<p title="a > b <i>">c</p>', 'c'],
  [
    'entities',
    '&lt;b&gt; &amp;amp; &quot;&#39;&apos; &eacute;&#233;&#xE9; &euro;&#128; &hellip;',
    "<b> &amp; \"'' ééé €€ …",
  ],
  ['entities that are none', 'a &unknown; &; &#; &#x110000; AT&T &copy', 'a &unknown; &; &#; \ufffd AT&T ©'],
  ['a space that does not break', 'a&nbsp;&nbsp;b', 'a\u00a0\u00a0b'],
  ['comments', 'a<!-- b > c -- --> d<!doctype x><?php y ?>', 'a d'],
  [
    'what is not to be read',
    '<head><title>t</title><style>p{}</style></head><body>a<script>"</p>"</script>',
    'a',
  ],
  ['a head that is never closed', '<head><meta charset=utf-8><body>a', 'a'],
  ['text with a less-than sign', '1 < 2 <3 a<b>c</b>', '1 < 2 <3 ac'],
  ['a tag that is never closed', 'a <b href="', 'a'],
  ['a style that is never closed', 'a <style>b', 'a'],
  ['closing tags without any opening', '</p></a></ul></pre>a</li>', 'a'],
  ['nothing', '', ''],
])('%s', (_, html, expected) => {
  expect(toPlainText(html)).toBe(expected);
});

const TEMPLATES = {
  'with tables for a layout': `<!doctype html><html><head><meta charset="utf-8"><title>Login</title>
    <style>td { padding: 0 }</style></head><body style="margin:0"><div style="display:none">Your code: 493817</div>
    <table role="presentation" width="100%"><tbody><tr><td align="center"><table role="presentation"><tr><td>
    <img src="https://x.example/logo.png" alt="Shop"></td></tr><tr><td><h1>Login verification</h1>
    <p>Hello&nbsp;J&uuml;rgen,</p><p>Your code is <strong>493817</strong>. It is valid for 5&nbsp;minutes.</p>
    <p><a href="https://x.example/login?t=ab&amp;c=493817" style="color:#fff">Log in</a></p></td></tr>
    <tr><td>&copy; 2026 Shop &mdash; <a href="https://x.example/help">Help</a> |
    <a href="mailto:help@x.example">help@x.example</a></td></tr></table></td></tr></tbody></table></body></html>`,
  'with lists and rules': `<h2>Your code</h2><pre>49 38 17</pre><hr><p>Never:</p><ul><li>tell it to anyone</li>
    <li>type it <em>anywhere else</em></li></ul><ol><li>Open the app</li><li>Type <b>493817</b></li></ol>
    <blockquote>Line one<br>Line two</blockquote>`,
  'with the code in cells': `<table><tr>${['4', '9', '3', '8', '1', '7'].map((digit) => `<td>${digit}</td>`).join('')}</tr></table>
    <p>From <code>192.0.2.1</code> on 2026-11-21 at 03:45 UTC</p>`,
  'of text alone': 'Your code is 493817.\nIt is valid for 5 minutes &amp; no longer.',
};

describe('beside html-to-text', () => {
  test.each(Object.entries(TEMPLATES))('a mail %s has the same words', (_, template) => {
    // Rules differ in their width, cells in what parts them, and only one marks quotations.
    const bare = (text: string) =>
      words(text)
        .join('')
        .replaceAll(/-{3,}|>/g, '');
    expect(bare(toPlainText(template))).toBe(bare(reference(template)));
  });

  const word = fc.stringMatching(/^[A-Za-z0-9.,:!?-]{1,8}$/);
  const { html } = fc.letrec<{ html: string }>((tie) => ({
    html: fc.oneof(
      { depthSize: 'small' },
      word,
      fc.array(word, { minLength: 1, maxLength: 4 }).map((list) => list.join(' ')),
      fc.constantFrom('&amp;', '&#233;', '&lt;', '<br>', ' ', '\n', '<!-- x -->', '<img src="x" alt="y">'),
      fc
        .tuple(fc.constantFrom('p', 'div', 'b', 'span', 'h1', 'td', 'tr', 'table', 'section'), tie('html'))
        .map(([name, content]) => `<${name} class="a" style='b: "c"'>${content}</${name}>`),
      fc.tuple(tie('html'), tie('html')).map(([left, right]) => left + right),
    ),
  }));

  test('the same words come out, in the same order', () => {
    fc.assert(
      fc.property(html, (value) => {
        expect(words(toPlainText(value)).join('')).toBe(words(reference(value)).join(''));
      }),
      { numRuns: 500 },
    );
  });
});

test('codes and links survive, whatever stands around them', () => {
  const host = fc.stringMatching(/^[a-z]{1,10}$/);
  const code = fc.stringMatching(/^[0-9]{4,8}$/);
  fc.assert(
    fc.property(fc.string(), fc.string(), host, code, (before, after, name, digits) => {
      const link = `https://${name}.example/?c=${digits}`;
      const text = toPlainText(
        `${before.replaceAll(/[<&]/g, '')}<p>Code ${digits}, <a href="${link}">go</a></p>${after}`,
      );
      expect(text).toContain(`Code ${digits}, go (${link})`);
    }),
  );
});

test('no nesting exhausts the stack, or takes long', () => {
  expect(toPlainText(`${'<div><ul><li><a href="/x">'.repeat(10_000)}deep`)).toMatch(/deep \(\/x\)$/);
});
