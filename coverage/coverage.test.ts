import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { byPath, type Coverage, countLines, type FileLines } from './file-lines.ts';
import { fingerprint } from './fingerprint.ts';
import { parseLineMap } from './line-map.ts';
import { fromRanges, toRanges } from './ranges.ts';
import { parseRaw, printRaw } from './raw-text.ts';
import { reportSchema } from './report.ts';
import { unionCoverage } from './union.ts';

const lineNumbers = fc.uniqueArray(fc.integer({ min: 1, max: 60 })).map((lines) => lines.sort((a, b) => a - b));
const fileLines: fc.Arbitrary<FileLines> = fc.tuple(lineNumbers, lineNumbers).map(([executed, others]) => ({
  executed,
  missing: others.filter((line) => !executed.includes(line)),
}));
const path = fc.oneof(
  fc.constantFrom(
    'a.py',
    'b/c.py',
    'a:1.0,2.0 1 1.py',
    'with space.py',
    'ü/日本.py',
    '\u{1f40d}.py',
    '\uffee.py',
    'a\r\u2028.py',
  ),
  fc.string({ minLength: 1, unit: 'grapheme' }).filter((text) => !text.includes('\n') && text === text.toWellFormed()),
);
const coverage: fc.Arbitrary<Coverage> = fc.array(fc.tuple(path, fileLines)).map((files) => new Map(files));
/** Of two files without statements the text tells nothing. */
const told = (c: Coverage) => new Map([...c].filter(([, l]) => l.executed.length + l.missing.length > 0).sort(byPath));

describe('raw text', () => {
  test('the worked example of the format', () => {
    const worked = 'mode: count\nfile.py:10.0,15.0 6 1\nfile.py:20.0,20.0 1 0\n';
    expect(printRaw(new Map([['file.py', { executed: [10, 11, 12, 13, 14, 15], missing: [20] }]]))).toBe(worked);
    expect(printRaw(parseRaw(worked))).toBe(worked);
  });

  test('files are sorted, ranges that ran come first', () => {
    const text = printRaw(
      new Map([
        ['b.py', { executed: [4], missing: [1, 2] }],
        ['a.py', { executed: [], missing: [7] }],
      ]),
    );
    expect(text).toBe('mode: count\na.py:7.0,7.0 1 0\nb.py:4.0,4.0 1 1\nb.py:1.0,2.0 2 0\n');
  });

  test('what is printed is read back', () => {
    fc.assert(fc.property(coverage, (c) => void expect(told(parseRaw(printRaw(c)))).toEqual(told(c))));
  });

  test.each([
    ['', 'line 1'],
    ['mode: set\n', 'line 1'],
    ['mode: count\na.py:1.0,2.0 2 1\na.py 3\n', 'line 3'],
    ['mode: count\na.py:5.0,2.0 2 1\n', 'line 2'],
    ['mode: count\na.py:0.0,2.0 2 1\n', 'line 2'],
    ['mode: count\na.py:1.0,99999999999.0 2 1\n', 'line 2'],
    ['mode: count\n\na.py:1.0,2.0 2 1\n', 'line 2'],
    ['mode: count\na.py:1.0,1500000.0 1500000 1\nb.py:1.0,1500000.0 1500000 0\n', 'line 3'],
  ])('%j is refused and the place is named', (text, place) => {
    expect(() => parseRaw(text)).toThrow(place);
  });
});

describe('ranges', () => {
  test('neighbours join, a single line is a range', () =>
    expect(toRanges([1, 2, 3, 5])).toEqual([
      [1, 3],
      [5, 5],
    ]));
  test('each line once, whatever the order', () => {
    expect(
      fromRanges([
        [5, 6],
        [1, 9],
        [8, 10],
        [10, 10],
      ]),
    ).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });
  test('there and back', () =>
    fc.assert(fc.property(lineNumbers, (l) => void expect(fromRanges(toRanges(l))).toEqual(l))));
});

describe('fingerprint', () => {
  const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

  test('is the SHA-256 of the files and ranges that ran', () => {
    const ran: Coverage = new Map([
      ['b.py', { executed: [2], missing: [] }],
      ['a.py', { executed: [1, 2, 3, 5], missing: [9] }],
    ]);
    expect(fingerprint(ran)).toBe(sha256('a.py:1-3,5-5;b.py:2-2'));
  });

  test('depends on executed lines alone, and on no order', () => {
    fc.assert(
      fc.property(coverage, (c) => {
        const reversed = [...c]
          .reverse()
          .map(([p, { executed }]): [string, FileLines] => [p, { executed, missing: [] }]);
        expect(fingerprint(new Map(reversed))).toBe(fingerprint(c));
      }),
    );
  });

  test('tells any two executions apart', () => {
    fc.assert(
      fc.property(coverage, fc.constantFrom('a.py', 'b/c.py'), fc.integer({ min: 61, max: 70 }), (c, p, line) => {
        const more = unionCoverage(c, new Map([[p, { executed: [line], missing: [] }]]));
        expect(fingerprint(more)).not.toBe(fingerprint(c));
      }),
    );
  });
});

describe('union', () => {
  test('commutative', () =>
    fc.assert(
      fc.property(coverage, coverage, (a, b) => void expect(unionCoverage(a, b)).toEqual(unionCoverage(b, a))),
    ));
  test('associative', () =>
    fc.assert(
      fc.property(
        coverage,
        coverage,
        coverage,
        (a, b, c) => void expect(unionCoverage(unionCoverage(a, b), c)).toEqual(unionCoverage(a, unionCoverage(b, c))),
      ),
    ));
  test('idempotent', () => fc.assert(fc.property(coverage, (a) => void expect(unionCoverage(a, a)).toEqual(a))));
  test('a line that ran in either ran', () => {
    const a: Coverage = new Map([['a.py', { executed: [1], missing: [2, 3] }]]);
    const b: Coverage = new Map([['a.py', { executed: [2], missing: [1, 3] }]]);
    expect(unionCoverage(a, b)).toEqual(new Map([['a.py', { executed: [1, 2], missing: [3] }]]));
    expect(countLines(unionCoverage(a, b))).toEqual({ executable: 3, covered: 2 });
  });
});

test('paths sort by code point, as UTF-8 bytes do', () => {
  fc.assert(
    fc.property(fc.array(path), (paths) => {
      const sorted = paths.map((p): [string, null] => [p, null]).sort(byPath);
      const bytes = paths.map((p) => Buffer.from(p)).sort(Buffer.compare);
      expect(sorted.map(([p]) => p)).toEqual(bytes.map(String));
    }),
  );
});

describe('line map', () => {
  const header =
    '{"v":1,"path":"/app/a.py","root":"/app","source":"sha256:0","lines":3,"runtime":"cpython-3.13","created":1}';

  test('header, lines and source', () => {
    const map = parseLineMap(Buffer.from(`${header}\n+-.x = 1\ny\n`));
    expect(map.header).toMatchObject({ path: '/app/a.py', root: '/app', lines: 3 });
    expect(Buffer.from(map.lines).toString()).toBe('+-.');
    expect(Buffer.from(map.source).toString()).toBe('x = 1\ny\n');
  });

  test.each([
    ['', 'no end'],
    ['{"v":1\n', 'not JSON'],
    [`${header.replace('"v":1', '"v":2')}\n+-.`, 'v'],
    [`${header.replace('"lines":3', '"lines":-3')}\n+-.`, 'lines'],
    [`${header}\n+-`, '3 lines promised, 2 found'],
  ])('%j is refused', (file, fault) => expect(() => parseLineMap(Buffer.from(file))).toThrow(fault));
});

test('a report has exactly its fields', () => {
  const report = {
    repo: '',
    repo_id: '',
    branch: '',
    commit: '',
    ci: { provider: '', pipeline_id: '', job_id: '' },
    coverage: { format: 'pyca', raw: 'mode: count\n' },
    timestamp: 1_764_000_000,
  };
  expect(reportSchema.parse(report)).toEqual(report);
  expect(reportSchema.safeParse({ ...report, pod: 'x' }).success).toBe(false);
  expect(reportSchema.safeParse({ ...report, commit: undefined }).success).toBe(false);
});
