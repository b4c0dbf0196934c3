import { describe, expect, test } from 'vitest';
import { logicalLines } from './python-source.ts';
import { foldLines, pythonStatements } from './python-statements.ts';

/** Each row is a line's byte and its source; gives the statements that count. */
function statements(rows: string[]): number[] {
  const lines = Buffer.from(rows.map((row) => row.charAt(0)).join(''));
  const source = Buffer.from(rows.map((row) => row.slice(2)).join('\n'));
  const { executed, missing } = foldLines(lines, pythonStatements(lines, source));
  return [...executed, ...missing].sort((a, b) => a - b);
}

describe('a statement of several lines counts once, at its first', () => {
  test.each([
    ['brackets', ['- x = f(', '-     1,', '. )', '- y = 2'], [1, 4]],
    ['backslash', ['- x = 1 + \\', '-     2', '- y = 2'], [1, 3]],
    ['triple quotes', ['- x = """', '. # "no comment', '. """', '- y = 2'], [1, 4]],
    ['a quote in a comment', ["- x = 1  # don't", '- y = [', '-   2]'], [1, 2]],
    ['a bracket in a string', ['- x = "("', '- y = 2'], [1, 2]],
    ['nested quotes in an f-string', ['- x = f"{d["("]}"', '- y = 2'], [1, 2]],
    ['a format spec with quotes and a hash', ["- x = f'{v:#>{w}}' + f'{{'", '- y = 2'], [1, 2]],
    ['an f-string field over lines', ['- x = f"""{', '-   v  # }', '. }"""', '- y = 2'], [1, 4]],
    ['escaped quotes', ['- x = "\\"("', "- y = r'\\'", '- z = 3'], [1, 2, 3]],
    ['a signature', ['- def f(', '-     a=1,', '. ):', '-     return a'], [1, 4]],
  ])('%s', (_, rows, expected) => expect(statements(rows)).toEqual(expected));

  test('and ran when any of its lines did', () => {
    const lines = Buffer.from('-+-');
    const folded = foldLines(lines, pythonStatements(lines, Buffer.from('x = f(\n  1)\ny = 2')));
    expect(folded).toEqual({ executed: [1], missing: [3] });
  });
});

describe('what does not count', () => {
  test.each([
    [
      'docstrings',
      [
        '- """Module."""',
        '- class A:',
        '-     """A.',
        '.     """',
        '-     def f(self):',
        '-         r"f"',
        '-         return 1',
      ],
      [2, 5, 7],
    ],
    ['but a string elsewhere does', ['- x = 1', '- "no docstring"'], [1, 2]],
    ['but an f-string does', ['- def f():', '-     f"{1}"'], [1, 2]],
    ['a pragma on a statement', ['- x = 1  # pragma: no cover', '- y = 2'], [2]],
    [
      'a pragma on a clause',
      ['- if x:  # pragma: no cover', '-     y = 1', '-     if y:', '-         z = 1', '- else:', '-     y = 2'],
      [5, 6],
    ],
    ['a pragma on a decorator', ['- @d  # pragma: no cover', '- def f():', '-     return 1', '- x = 1'], [4]],
    [
      'a pragma on the def below a decorator',
      ['- @d', '- def f():  # pragma: no cover', '-     return 1', '- x = 1'],
      [4],
    ],
    ['a pragma inside a multi-line statement', ['- x = f(', '-   1,  # pragma: no cover', '. )', '- y = 2'], [4]],
    ['ellipsis bodies', ['- def f(self) -> int: ...', '- class P:', '-     def g(self):', '-         ...'], [2]],
    ['TYPE_CHECKING', ['- if TYPE_CHECKING:', '-     import x', '- y = 2'], [3]],
    [
      'case _ with its body',
      ['- match x:', '-     case 1:', '-         y = 1', '-     case _:', '-         y = 2  # pragma: no cover'],
      [1, 2, 3],
    ],
    ['a file without code', ['- # nothing', '. '], []],
  ])('%s', (_, rows, expected) => expect(statements(rows)).toEqual(expected));
});

test.each([
  ['blank lines', '\n'],
  ['excluded lines', 'if x: y = 1  # pragma: no cover\n'],
])('100,000 %s take no more than their time', (_, line) => {
  const started = performance.now();
  expect(pythonStatements(Buffer.alloc(100_001, '-'), Buffer.from(`${line.repeat(100_000)}z = 1\n`)).at(-1)).toBe(
    100_001,
  );
  expect(performance.now() - started).toBeLessThan(5_000);
});

test('outlines leave out what strings, brackets and comments say', () => {
  expect(logicalLines('def f(a: int = {1: 2}) -> "x":  # y\n\tr"z"; b = [\n1]\n')).toEqual([
    { first: 1, last: 1, indent: 0, outline: 'def f() -> ":  ' },
    { first: 2, last: 3, indent: 8, outline: 'r"; b = []' },
  ]);
});

test('broken source gives what could be read', () => {
  expect(logicalLines('x = (\n"""\n')).toHaveLength(1);
  expect(logicalLines('x = "a\ny = 1\n')).toHaveLength(2);
});
