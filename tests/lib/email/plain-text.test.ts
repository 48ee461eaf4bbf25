import fc from 'fast-check';
import { compile } from 'html-to-text';
import { toPlainText } from '../../../lib/email/plain-text.js';

const reference = compile({
  wordwrap: false,
  selectors: [
    { selector: 'a', options: { hideLinkHrefIfSameAsText: true, linkBrackets: ['(', ')'] } },
    { selector: '.preheader', format: 'skip' },
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
  ['a list in a list', '<ol><li>a<ul><li>b<li>c</ul><li>d</ol>', '1. a\n  * b\n  * c\n2. d'],
  ['a list of paragraphs', '<ul><li><p>a</p></li><li><p>b</p></li></ul>', '* a\n\n* b'],
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
    'See <a href="https://x.example/"><img alt="the logo"></a>, <a href="https://y.example/"><img></a>.',
    'See the logo (https://x.example/), (https://y.example/).',
  ],
  ['a link around blocks', '<a href="/x"><div> a </div></a><p>b', 'a (/x)\n\nb'],
  [
    'a link with spaces around its address',
    '<a href=" https://x.example/a \n">x</a>',
    'x (https://x.example/a)',
  ],
  [
    'a link with spaces in its address',
    '<a href="https://x.example/a\n b">x</a>',
    'x (https://x.example/a%20b)',
  ],
  ['a link to a telephone', '<a href="tel:+12065550100">Call</a>', 'Call (+12065550100)'],
  ['a link that runs a script', '<a href=" JavaScript:alert(1)">x</a> <a href="data:,x">y</a>', 'x y'],
  ['a link in a link', '<a href="/a">a<a href="/b">b</a>', 'a (/a)b (/b)'],
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
  ['comments', 'a<!-- b > c -- --> d<!doctype x><?php y ?><!-->e<!--->f<!-- --!>g</ h>', 'a defg'],
  ['a comment for Outlook', 'a<!--[if mso]><p>b</p><![endif]-->', 'a'],
  ['what is not for Outlook', '<!--[if !mso]><!-->a<!--<![endif]--><![if !mso]>b<![endif]>', 'ab'],
  ['a CDATA section, which HTML has none of', 'a<![CDATA[b]]>c', 'ac'],
  [
    'what is not to be read',
    '<head><title>t</title><style>p{}</style></head><body>a<script>"</p>"</script><template>b</template>',
    'a',
  ],
  ['raw text', '<style>"</p>" <!--</style>a<script><!--</script >b<title><b></title>c', 'abc'],
  ['a text area', '<textarea><b>&amp;</textarea>', '<b>&'],
  ['a head that is never closed', '<head><meta charset=utf-8><body>a', 'a'],
  ['neither head nor body', '<!doctype html><title>t</title><meta charset=utf-8><h1>a</h1>b', 'a\n\nb'],
  ['a head that ends at a span', '<head><title>t</title><span>a</span>', 'a'],
  ['cells and rows without end tags', '<table><tr><td>a<td>b<tr><td>c</table>', 'a b\nc'],
  ['paragraphs without end tags', '<p>a<p>b<h1>c', 'a\n\nb\n\nc'],
  ['text with a less-than sign', '1 < 2 <3 a<b>c</b>', '1 < 2 <3 ac'],
  ['a tag that is never closed', 'a <b href="', 'a'],
  ['a style that is never closed', 'a <style>b', 'a'],
  ['closing tags without any opening', '</p></a></ul></pre>a</li>', 'a'],
  ['nothing', '', ''],
  ['nothing to see', '<img src=x><p> &nbsp;&zwnj; </p><!-- a -->', ''],
  ['control characters', 'a\x01b\x02 \x07c\x08&#1;&#8;\x7f', 'ab c'],
])('%s', (_, html, expected) => {
  expect(toPlainText(html)).toBe(expected.replaceAll('\n', '\r\n'));
});

describe('a code in parts is one code', () => {
  test.each([
    ['tags', '<b>49</b><i>38</i><span><span>17</span></span>'],
    ['zero-width spaces', '49\u200b38&#8203;17'],
    ['joiners', '49&zwnj;38&zwj;\u200d17'],
    ['soft hyphens', '49&shy;38\u00ad17'],
    ['word joiners and byte order marks', '49\u206038\ufeff17'],
    ['marks of direction', '\u200e49&lrm;38\u202c17'],
    ['comments', '49<!-- -->38<!---->17'],
    ['places to break', '49<wbr>38<wbr/>17'],
    ['several of them', '4&zwnj;\u200b&#847;<b>&shy;9</b>3&#x200D;8&#8288;1<!-- -->&ZeroWidthSpace;7'],
    [
      'table cells',
      '<table><tr><td>4</td> <td>9</td>\n<td><b>3</b></td><td>8<td>1</td><td>7</td></tr></table>',
    ],
    ['cells with others between', '<tr><td>4<td>&nbsp;<td>9<td><td>3<td>8<td> <td>1<td>7</tr>'],
  ])('%s', (_, code) => {
    expect(toPlainText(`<p>Code: ${code}</p><p>5 minutes`)).toMatch(
      /Code:(?: |\r\n)+493817\r\n\r\n5 minutes$/,
    );
  });

  test.each([
    ['Persian', 'می\u200cخواهم'],
    ['a family', '👩‍👩‍👧‍👦'],
    ['Sinhala', 'ක්\u200dෂ'],
  ])('a joiner within a word of %s stays', (_, word) => {
    expect(toPlainText(`<p>${word} 1234</p>`)).toBe(`${word} 1234`);
  });

  test('cells of words stay apart', () => {
    expect(toPlainText('<tr><td>1<td>2<td>ab<td>4<td>5<td>6</tr>')).toBe('1 2 ab 4 5 6');
  });
});

describe('what the mail hides is left out', () => {
  const preheader = 'Your code for the shop &#847; &zwnj; &nbsp; &#8199; &shy;';
  test.each([
    ['display', `<div style="display:none">${preheader}</div>`],
    [
      'display, as mails have it',
      `<span style="color:#fff; DISPLAY : none !important;mso-hide:all">${preheader}</span>`,
    ],
    ['visibility', `<div style='visibility:hidden'>${preheader}</div>`],
    ['opacity', `<div style="opacity:0;">${preheader}</div>`],
    ['no height', `<div style="max-height:0px;overflow:hidden">${preheader}</div>`],
    ['a font of no size', `<div style="font-size:0">${preheader}</div>`],
    ['an attribute', `<p hidden>${preheader}<p>`],
    [
      'a style sheet',
      `<style>a{b:c} td, .preheader, i { display:none }</style><i class="x preheader">${preheader}</i>`,
    ],
    ['elements within', `<div hidden><div>${preheader}</div><p>x<br>y<img alt="z"></div>`],
    [
      'a cell without an end tag',
      `<table><tr><td style="display:none">${preheader}<table><tr><td>x</table><td></table>`,
    ],
    ['an item without an end tag', `<ul style="display:block"><li hidden>${preheader}<ul><li>x</ul></ul>`],
    ['a paragraph without an end tag', `<p style="display:none">${preheader}<b>x`],
    ['an element that ends with its parent', `<div><span style="display:none">${preheader}<b>x</div>`],
  ])('by %s', (_, hidden) => {
    expect(toPlainText(`<body>${hidden}<div>Code 493817</div>`)).toBe('Code 493817');
  });

  test.each([
    [
      'a font of no size around others',
      '<td style="font-size:0"><span style="font-size:16px">Code</span></td>',
    ],
    ['a button that Outlook draws itself', '<a style="mso-hide:all">Code</a>'],
    [
      'an element shown in a hidden one',
      '<div style="visibility:hidden"><b style="visibility:visible">Code</b></div>',
    ],
    [
      'a class hidden on small screens',
      '<style>@media (max-width:9em){.x{display:none}}</style><p class=x>Code</p>',
    ],
    [
      'a class hidden for Outlook',
      '<!--[if mso]><style>.x{display:none}</style><![endif]--><p class=x>Code</p>',
    ],
    [
      'a class that another tag has',
      '<style>.a .x, .x b, .x:hover {display:none}</style><p class=x>Code</p>',
    ],
    ['a comment in a style sheet', '<style>/*.x{display:none}*/</style><p class=x>Code</p>'],
    [
      'an element that overrides its class',
      '<style>.x{display:none}</style><p class=x style="display:block">Code</p>',
    ],
    ['a body', '<body style="visibility:hidden">Code</body>'],
    ['words in another attribute', '<p title="display:none" data-x="hidden" alt=" hidden">Code</p>'],
    ['an opacity above zero', '<p style="opacity:0.9">Code</p>'],
    ['a height of zero that cuts nothing off', '<p style="line-height:0;max-height:0">Code</p>'],
    ['an empty hidden element', '<input hidden>Code<img style="display:none">'],
  ])('but not %s', (_, html) => {
    expect(toPlainText(html)).toBe('Code');
  });

  test('filler before the code is left out', () => {
    expect(toPlainText(`<div>${preheader}${'&#847; &zwnj; &nbsp; &#8199; '.repeat(100)}</div>493817`)).toBe(
      'Your code for the shop\r\n493817',
    );
    expect(toPlainText(`Hello${'&zwnj;&nbsp;'.repeat(100)}493817`)).toBe('Hello 493817');
  });
});

const TEMPLATES = {
  'with tables for a layout': `<!doctype html><html><head><meta charset="utf-8"><title>Login</title>
    <style>td { padding: 0 }</style></head><body style="margin:0"><div class="preheader" style="display:none">Your code: 493817</div>
    <table role="presentation" width="100%"><tbody><tr><td align="center"><table role="presentation"><tr><td>
    <img alt="Shop"></td></tr><tr><td><h1>Login verification</h1>
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
      fc.constantFrom('&amp;', '&#233;', '&lt;', '<br>', ' ', '\n', '<!-- x -->', '<img alt="y">'),
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

test('codes and links survive, whatever surrounds them', () => {
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
