/** Differences are found, each explained one is accepted, and an explanation that no longer holds is not. */

import { expect, test } from 'vitest';
import type { Coverage } from '../../coverage/file-lines.ts';
import { compareCoverage, type Difference } from './comparison.ts';
import { type Exception, judge } from './exceptions.ts';

const coverage = (files: Record<string, [executed: number[], missing: number[]]>): Coverage =>
  new Map(Object.entries(files).map(([file, [executed, missing]]) => [file, { executed, missing }]));

test('each of the four ways to differ has its name', () => {
  const here = coverage({ 'a.py': [[1, 2, 5], [3]] });
  const there = coverage({
    'a.py': [
      [1, 3],
      [2, 4],
    ],
  });
  expect(compareCoverage(here, there)).toEqual({
    files: 1,
    statements: 4,
    executed: 2,
    differences: [
      { file: 'a.py', line: 2, kind: 'run here only' },
      { file: 'a.py', line: 3, kind: 'run there only' },
      { file: 'a.py', line: 4, kind: 'a statement there only' },
      { file: 'a.py', line: 5, kind: 'a statement here only' },
    ],
  });
});

test('a file that one of them lacks differs in every statement; one without any does not', () => {
  const { differences, files } = compareCoverage(
    coverage({ 'a.py': [[1], []], 'empty.py': [[], []] }),
    coverage({ 'b.py': [[], [1]] }),
  );
  expect(differences).toEqual([
    { file: 'a.py', line: 1, kind: 'a statement here only' },
    { file: 'b.py', line: 1, kind: 'a statement there only' },
  ]);
  expect(files).toBe(2);
});

test('an exception explains exactly its lines, on its Pythons, in its project', () => {
  const exception: Exception = {
    project: 'flask',
    pythons: ['3.8'],
    file: 'a.py',
    lines: [1, 2],
    kind: 'run here only',
    why: 'for the test',
  };
  const difference = (line: number): Difference => ({ file: 'a.py', line, kind: 'run here only' });
  const found = (project: string, python: string) =>
    judge(project, python, [difference(1), difference(3)], [exception]);
  expect(found('flask', '3.8')).toEqual({ unexplained: [difference(3)], outdated: [difference(2)] });
  const nothing = { unexplained: [difference(1), difference(3)], outdated: [] };
  expect([found('flask', '3.11'), found('click', '3.8')]).toEqual([nothing, nothing]);
});
