import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { toPlainText } from '../../../lib/email/plain-text.js';

const source = fileURLToPath(new URL('../../../lib/email/plain-text.ts', import.meta.url));

/** Begins with the head of a mail, with its style sheet and its preheader, and goes on with rows of a kind. */
const HEAD =
  '<!doctype html><html><head><title>Login</title><style>.preheader{display:none!important} td{padding:0}</style>' +
  `<body><div style="display:none">Your code${'&#847;&zwnj;&nbsp;'.repeat(20)}</div>`;
const LAYOUT =
  '<tr><td align="center" style="padding:0 24px;font-family:Helvetica,Arial,sans-serif;line-height:24px;color:#333">' +
  '<p style="margin:0 0 16px">Your code is <strong>493817</strong>.<br> It is valid for 5&nbsp;minutes. ' +
  '<a href="https://shop.example/help?x=1&amp;y=2" style="color:#06c">Help</a><img src="x.png" alt="Shop"></td></tr>\n';

describe('no optimising compiler runs while the first text is made', () => {
  let folder: string;
  let module: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'otp-relay-'));
    module = join(folder, 'plain-text.mjs');
    buildSync({ entryPoints: [source], bundle: true, format: 'esm', platform: 'node', outfile: module });
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  /** The functions of the bundle, and any without a name, that V8 marks or compiles while it runs `times` times. */
  function optimised(row: string, kib: number, times = 1): string[] {
    const html = (HEAD + row.repeat(Math.ceil((kib * 1024) / row.length))).slice(0, kib * 1024);
    const script = `const { toPlainText } = await import(${JSON.stringify(module)});
      for (let i = 0; i < ${times}; i++) toPlainText(${JSON.stringify(html)});`;
    const flags = ['--trace-opt', '--trace-osr', '--input-type=module', '--eval', script];
    const trace = execFileSync(process.execPath, flags, { encoding: 'utf8' });
    const names = [...trace.matchAll(/\[(?:marking|compiling|completed|OSR)[^<\n]*<JSFunction (\S*)/g)];
    return names.map(([, name = '']) => name).filter((name) => !/^(?:isPosixPathSeparator)$/.test(name));
  }

  test('which the trace would show', () => {
    expect(optimised(LAYOUT, 16, 200)).toContain('readAttribute');
  });

  test.each([0.1, 0.5, 1, 2, 4, 8, 16])('for a body of %d KiB', (kib) => {
    expect(optimised(LAYOUT, kib)).toEqual([]);
  });

  test.each([
    ['paragraphs', '<p>Your code is <b>493817</b></p>\n'],
    ['items', '<li>An item <b>more</b>'],
    ['links', '<a href="https://shop.example/a" style="color:red">A link</a> '],
    [
      'letters with accents',
      "Votre code &agrave; usage unique, valid&eacute; &agrave; la cr&eacute;ation d'un compte. ",
    ],
    ['cells', '<td>1</td>'],
    ['text', 'Your code is 493817. '],
    ['less-than signs', '< '],
  ])('for 16 KiB of %s', (_, row) => {
    expect(optimised(row, 16)).toEqual([]);
  });
});

describe('time is linear in the length of the HTML', () => {
  const SHORT = 16 * 1024;
  const FACTOR = 12;

  /** Of the processor, in milliseconds: other processes do not count. */
  function cost(html: string): number {
    const costs = [1, 2, 3, 4].map(() => {
      const start = process.cpuUsage();
      toPlainText(html);
      return process.cpuUsage(start).user / 1000;
    });
    return Math.min(...costs);
  }

  function expectLinear(start: string, part: string): void {
    const of = (length: number) => (start + part.repeat(Math.ceil(length / part.length))).slice(0, length);
    // Quadratic, 12 times the length would cost 144 times as much.
    expect(cost(of(FACTOR * SHORT))).toBeLessThan(Math.max(cost(of(SHORT)), 1) * FACTOR * 5);
  }

  test.each([
    ...[
      '<',
      '&',
      '<div>',
      '<p>x</p>',
      '<ul><li>',
      '<a href=/x>',
      '<a href=/x><br>',
      '<br> ',
      '<br>',
      '<td>1',
      ' ',
    ],
    ...[
      '<!--',
      '<!-->',
      '<?',
      '</ ',
      '<![CDATA[',
      '<script>',
      '<title>x',
      '<style>x',
      '<style>@a',
      '<pre> x',
      '<img alt=y>',
    ],
    ...[
      '<div hidden>',
      '<div hidden><i></b>',
      '<p hidden>x',
      '<div style="visibility:hidden">',
      '<b style="font-size:0"><i>',
    ],
    ...[
      '&nbsp;',
      '\u200c',
      '\u200cx',
      '\u200c\u200c\xa0',
      '&amp;',
      '&ampx',
      '&unknownname',
      '&#8199;',
      '&#9999999999',
      '\x01\x02',
    ],
    ...['</div>', '<li></li>', 'x </a><a href=x> ', '<div> display ', '<xmp>', '<textarea>'],
  ])('%j again and again', (part) => {
    expectLinear('', part);
  });

  test.each([
    ['attributes', '<a', ' a=b'],
    ['attributes in quotes', '<a', ' a="b"'],
    ['quotes that are never closed', '<a', " a='"],
    ['equals signs', '<a ', '='],
    ['declarations in a title', '<a title="', 'display:none '],
    ['a tag name', '<', 'a'],
    ['rules', '<style>', '.a{display:none}'],
    ['at-rules', '<style>', '@a'],
    ['nested at-rules', '<style>', '@a{'],
    ['text for a style sheet', '<style>', 'display '],
    ['line ends in a link', '<a href=/x>', '<br>'],
  ])('%s without end', (_, start, part) => {
    expectLinear(start, part);
  });

  test('and no nesting exhausts the stack', () => {
    expect(toPlainText(`${'<div><ul><li><a href="/x">'.repeat(10_000)}deep`)).toMatch(/deep \(\/x\)$/);
  });
});
