import { describe, expect, test } from 'vitest';
import { printCobertura } from './cobertura.ts';
import { printCoveragePyJson } from './coverage-py-json.ts';
import type { Coverage } from './file-lines.ts';
import { printLcov } from './lcov.ts';
import { formatPercent, formatRange, summarize } from './summary.ts';

const coverage: Coverage = new Map([
  ['shop/tax.py', { executed: [], missing: [2] }],
  ['app.py', { executed: [1, 3], missing: [2] }],
  ['shop/__init__.py', { executed: [], missing: [] }],
]);
const about = { version: '1.2.3', time: new Date('2025-01-02T03:04:05.678Z') };

test('LCOV: a record a file, lines in the order of the source', () => {
  expect(printLcov(coverage)).toBe(
    [
      'TN:\nSF:app.py\nDA:1,1\nDA:2,0\nDA:3,1\nLF:3\nLH:2\nend_of_record',
      'TN:\nSF:shop/__init__.py\nLF:0\nLH:0\nend_of_record',
      'TN:\nSF:shop/tax.py\nDA:2,0\nLF:1\nLH:0\nend_of_record\n',
    ].join('\n'),
  );
  expect(printLcov(new Map())).toBe('');
});

test('LCOV: a name cannot forge a record', () => {
  const forged = new Map([['a.py\nDA:1,1', { executed: [], missing: [1] }]]);
  expect(printLcov(forged)).toContain('\nSF:a.py?DA:1,1\n');
});

describe('Cobertura', () => {
  test('folders are packages, files are classes', () => {
    const xml = printCobertura(coverage, { ...about, sources: ['/src/shop & co'] });
    expect(xml).toContain('<source>/src/shop &amp; co</source>');
    expect([...xml.matchAll(/<package name="(.*?)" line-rate="(.*?)"/g)].map(([, ...row]) => row)).toEqual([
      ['.', '0.6667'],
      ['shop', '0'],
    ]);
    expect([...xml.matchAll(/<class name="(.*?)" filename="(.*?)" line-rate="(.*?)"/g)].map(([, ...r]) => r)).toEqual([
      ['app.py', 'app.py', '0.6667'],
      ['__init__.py', 'shop/__init__.py', '1'],
      ['tax.py', 'shop/tax.py', '0'],
    ]);
    expect(xml).toContain('lines-valid="4" lines-covered="2" line-rate="0.5"');
    expect(xml).toContain('timestamp="1735787045678"');
  });

  test.each([
    ['a<b>&"c\'.py', "a&lt;b&gt;&amp;&quot;c'.py"],
    ['a\r\u0000\ud800.py', 'a??\ufffd.py'],
  ])('%j is written as %j', (path, written) => {
    const xml = printCobertura(new Map([[path, { executed: [1], missing: [] }]]), about);
    expect(xml).toContain(`filename="${written}"`);
  });

  test('a rate is 1 or 0 only where nothing or everything is missing', () => {
    const lines = Array.from({ length: 99_999 }, (_, i) => i + 2);
    const rate = (executed: number[], missing: number[]) =>
      /line-rate="(.*?)"/.exec(printCobertura(new Map([['a.py', { executed, missing }]]), about))?.[1];
    expect(rate(lines, [1])).toBe('0.9999');
    expect(rate([1], lines)).toBe('0.0001');
  });
});

test('coverage.py’s JSON: files and totals', () => {
  const json = JSON.parse(printCoveragePyJson(coverage, about));
  expect(json.meta).toMatchObject({ format: 2, timestamp: '2025-01-02T03:04:05.678+00:00', branch_coverage: false });
  expect(Object.keys(json.files)).toEqual(['app.py', 'shop/__init__.py', 'shop/tax.py']);
  expect(json.files['app.py']).toMatchObject({ executed_lines: [1, 3], missing_lines: [2], excluded_lines: [] });
  expect(json.totals).toMatchObject({ covered_lines: 2, num_statements: 4, missing_lines: 2, percent_covered: 50 });
});

test('coverage.py’s JSON: functions and classes, where there is a source', () => {
  const source = 'class A:\n    def f(self):\n        return 1\n\ndef f(): pass\ndef f():\n    return 2\n';
  const lines: Coverage = new Map([['a.py', { executed: [1, 2, 5, 6], missing: [3, 7] }]]);
  const json = JSON.parse(printCoveragePyJson(lines, { ...about, source: () => source }));
  expect(json.meta.format).toBe(3);
  const { functions, classes } = json.files['a.py'];
  const told = (regions: Record<string, { executed_lines: number[]; missing_lines: number[]; start_line: number }>) =>
    Object.entries(regions).map(([name, region]) => [
      name,
      region.start_line,
      region.executed_lines,
      region.missing_lines,
    ]);
  expect(told(functions)).toEqual([
    ['A.f', 2, [], [3]],
    ['f', 5, [5], []],
    ['f@6', 6, [], [7]],
    ['', 1, [1, 2, 6], []],
  ]);
  expect(told(classes)).toEqual([
    ['A', 1, [], [3]],
    ['', 1, [1, 2, 5, 6], [7]],
  ]);
});

describe('summary', () => {
  test('a row a file and their total', () => {
    expect(summarize(coverage)).toEqual({
      files: [
        { file: 'app.py', statements: 3, missing: 1, percent: 200 / 3, missingRanges: [[2, 2]] },
        { file: 'shop/__init__.py', statements: 0, missing: 0, percent: 100, missingRanges: [] },
        { file: 'shop/tax.py', statements: 1, missing: 1, percent: 0, missingRanges: [[2, 2]] },
      ],
      total: { statements: 4, missing: 2, percent: 50 },
    });
  });

  test.each([
    [0, '0.0'],
    [0.001, '0.1'],
    [66.666, '66.7'],
    [99.999, '99.9'],
    [100, '100.0'],
  ])('%d percent is shown as %s', (percent, shown) => expect(formatPercent(percent)).toBe(shown));

  test('ranges', () => {
    expect(formatRange([3, 3])).toBe('3');
    expect(formatRange([7, 9])).toBe('7-9');
  });
});
