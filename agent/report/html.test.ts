import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Coverage } from '../../coverage/file-lines.ts';
import { summarize } from '../../coverage/summary.ts';
import { temporaryFolder } from '../../test/fixtures/temporary-folder.ts';
import { highlight } from './highlight.ts';
import { writeHtmlReport } from './html-report.ts';
import { escapeHtml } from './html-text.ts';
import { decodeSource, sourceLines } from './source-text.ts';

/** What a browser shows of it. */
const shown = (html: string) =>
  html
    .replace(/<[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');

function writeReport(
  coverage: Coverage,
  sources: Record<string, string> = {},
  folder = join(temporaryFolder(), 'html'),
) {
  const input = { coverage, origin: '<data>', time: new Date(0), source: (path: string) => sources[path], notes: [] };
  const index = writeHtmlReport(folder, summarize(coverage), input);
  const pages = readdirSync(join(folder, 'files')).map((name) => readFileSync(join(folder, 'files', name), 'utf8'));
  return { folder, index: readFileSync(index, 'utf8'), pages };
}

describe('highlighting', () => {
  test('comments, strings, keywords and numbers', () => {
    expect(highlight('if x1 == 0x1f: # a "b"\n  f(rb"#", else_)\n')).toEqual([
      '<span class="k">if</span> x1 == <span class="n">0x1f</span>: <span class="c"># a &quot;b&quot;</span>',
      '  f(<span class="s">rb&quot;#&quot;</span>, else_)',
    ]);
  });

  test('a string of several lines is one on each', () => {
    expect(highlight('"""a\n\nb"""\n')).toEqual([
      '<span class="s">&quot;&quot;&quot;a</span>',
      '',
      '<span class="s">b&quot;&quot;&quot;</span>',
    ]);
  });

  test('loses and adds nothing, whatever the text', () => {
    const piece = fc.constantFrom(
      '"',
      "'",
      '"""',
      '#',
      '\n',
      'f',
      'if',
      '<',
      '&amp;',
      '{',
      '}',
      '\\',
      ' ',
      '1e5',
      'é',
      '</script>',
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const text = pieces.join('');
        expect(highlight(text).map(shown)).toEqual(sourceLines(text));
      }),
    );
  });
});

test('nothing that is not ours is markup', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => void expect(escapeHtml(text)).toMatch(/^[^<>"']*$/)));
  expect(escapeHtml('a\u202eb\u0007\t&')).toBe('a⟨U+202E⟩b⟨U+0007⟩\t&amp;');
});

test.each([
  [Buffer.from('# coding: latin-1\nx = "\xe9"\n', 'latin1'), 'é'],
  [Buffer.from('#!/usr/bin/python\n# -*- coding: cp1252 -*-\nx = "\x80"\n', 'latin1'), '€'],
  [Buffer.from('\ufeffx = "é"\n'), 'x = "é"'],
  [Buffer.from('# coding: nonsense\nx = "é"\n'), 'é'],
])('sources are read in their own encoding (%#)', (bytes, text) => expect(decodeSource(bytes)).toContain(text));

describe('the report', () => {
  const name = '"><script>alert(1)</script>.py';
  const hostile: Coverage = new Map([
    [name, { executed: [1], missing: [2, 3] }],
    ['../../etc/a b.py', { executed: [1], missing: [] }],
  ]);

  test('names and sources are text, on every page', () => {
    const { index, pages, folder } = writeReport(hostile, {
      [name]: 'x = "</script><script>alert(2)</script>"\ny\nz\n',
    });
    for (const page of [index, ...pages]) {
      expect(page).not.toContain('<script>');
      expect(page.match(/<script /g)).toHaveLength(1);
      expect(page).not.toMatch(/(?:src|href)="(?!#|(?:\.\.\/)?(?:report\.|index\.html|files\/)|[\w.-]+\.html|data:,)/);
      expect(page).not.toMatch(/ (?:style|on\w+)=/);
    }
    expect(index).toContain('&lt;data&gt;');
    for (const [, page = ''] of index.matchAll(/href="(files\/.*?)"/g))
      expect(existsSync(join(folder, page))).toBe(true);
    for (const file of readdirSync(join(folder, 'files'))) expect(file).toMatch(/^[\w.-]+-[0-9a-f]{10}\.html$/);
  });

  test('each line has its state, each gap its beginning', () => {
    const coverage: Coverage = new Map([['a.py', { executed: [1, 7], missing: [3, 5, 9] }]]);
    const source = 'a = 1\n\nb = (\n  2)\nc = 3\n\nd = 4\n\ne = 5\n';
    const [page = ''] = writeReport(coverage, { 'a.py': source }).pages;
    const states = [...page.matchAll(/<li id="L(\d+)"(?: class="(.*?)")?/g)].map(
      ([, n, state]) => `${n} ${state ?? ''}`,
    );
    expect(states).toEqual(['1 run', '2 ', '3 miss gap', '4 miss more', '5 miss', '6 ', '7 run', '8 ', '9 miss gap']);
    expect(page).toContain('data-gaps="2"');
    expect([...page.matchAll(/<code>(.*?)<\/code>/g)].map(([, code = '']) => shown(code))).toEqual(sourceLines(source));
  });

  test('a source that is another one is not shown', () => {
    const coverage: Coverage = new Map([['a.py', { executed: [1, 7], missing: [] }]]);
    const [page = ''] = writeReport(coverage, { 'a.py': 'short\n' }).pages;
    expect(page).toContain('has changed since it ran');
    expect(page).not.toContain('short');
    expect([...page.matchAll(/<li id="(L\d+)"/g)].map(([, id]) => id)).toEqual(['L1', 'L7']);
  });

  test('takes the place of an older one, and of nothing else', () => {
    const { folder } = writeReport(hostile);
    const coverage: Coverage = new Map([['b.py', { executed: [1], missing: [] }]]);
    expect(writeReport(coverage, {}, folder).pages).toHaveLength(1);
    const other = temporaryFolder();
    writeFileSync(join(other, 'index.html'), '<h1>mine</h1>');
    expect(() => writeReport(coverage, {}, other)).toThrow(expect.objectContaining({ code: 'REPORT_UNWRITABLE' }));
    expect(readdirSync(other)).toEqual(['index.html']);
  });
});
