/** The agent folds lines into statements as coverage.py's parser does, for every source file of the standard library. */

import { execFileSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { NO_CODE, NOT_RUN } from '../../coverage/line-map.ts';
import { foldLines, pythonStatements } from '../../coverage/python-statements.ts';
import { coveragePy, onEachPython } from '../preload/python/pythons.ts';

/** With what coverage.py leaves out. */
const TOOLS = join(import.meta.dirname, '../python');

type SourceFile = { path: string; text: string; raw: number[]; statements: number[] };

function fold({ text, raw }: SourceFile): readonly number[] {
  const lines = Buffer.alloc(Math.max(text.split('\n').length, raw.at(-1) ?? 0), NO_CODE);
  for (const line of raw) lines[line - 1] = NOT_RUN;
  return foldLines(lines, pythonStatements(lines, Buffer.from(text))).missing;
}

onEachPython('statements of the standard library', (python) => {
  test('equal coverage.py’s', () => {
    const run = (...args: string[]) =>
      execFileSync(python.command, args, {
        encoding: 'utf8',
        maxBuffer: 2 ** 30,
        env: {
          PATH: process.env.PATH,
          HOME: process.env.HOME,
          PYTHONPATH: `${coveragePy(python)}:${TOOLS}`,
          PYTHONUTF8: '1',
        },
      });
    const library = dirname(run('-c', 'import os; print(os.__file__)').trim());
    const files: SourceFile[] = run(join(import.meta.dirname, 'statements.py'), library)
      .trim()
      .split('\n')
      .map((row) => JSON.parse(row));
    expect(files.length).toBeGreaterThan(300);
    const different = files.filter((file) => `${fold(file)}` !== `${file.statements}`);
    expect(different.map(({ path }) => path)).toEqual([]);
  });
});
