/** Line by line what coverage.py says of the same program on the same interpreter. */

import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type LineMap, NO_CODE } from '../../coverage/line-map.ts';
import { foldLines, pythonStatements } from '../../coverage/python-statements.ts';
import { Application, preload } from './python/application.ts';
import { byProbes, coveragePy, onEachPython, type Python } from './python/pythons.ts';

type FileReport = { executed: number[]; missing: number[]; raw: number[] };

const programs = join(import.meta.dirname, 'python/programs');
const names = readdirSync(programs).filter((name) => name.endsWith('.py'));
const sources = Object.fromEntries(names.map((name) => [name, readFileSync(join(programs, name), 'utf8')]));

/** A program of newer syntax says so in its first line. */
function runsOn({ series }: Python, source = ''): boolean {
  const since = /^# Since Python 3\.(\d+)\n/.exec(source);
  return !since || series[1] >= Number(since[1]);
}

/**
 * Lines that run, and of which CPython tells no trace function: 3.9 leaves out an exception handler that has the line of
 * what stands before it, where the exception comes from the first instruction of a line, as with a bare `raise`.
 */
const UNTRACED: Readonly<Record<string, readonly number[]>> = { 'asynchronous.py, CPython 3.9': [71] };

function withUntraced(python: Python, name: string, files: Record<string, FileReport>): Record<string, FileReport> {
  for (const file of Object.values(files)) {
    const untraced = file.missing.filter((line) => UNTRACED[`${name}, CPython ${python.version}`]?.includes(line));
    file.missing = file.missing.filter((line) => !untraced.includes(line));
    file.executed = [...file.executed, ...untraced].sort((a, b) => a - b);
  }
  return files;
}

function coverageOf(python: Python, application: Application, name: string): Record<string, FileReport> {
  const environment = { PYTHONPATH: coveragePy(python), PYCA_DATA: undefined, COVERAGE_CORE: 'ctrace' };
  const file = join(application.folder, 'coverage');
  application.run(['-m', 'coverage', 'run', `--data-file=${file}`, name], environment);
  return JSON.parse(application.runs([join(import.meta.dirname, 'python/coverage-report.py'), file], environment));
}

function reportOf({ lines, source }: LineMap): FileReport {
  const { executed, missing } = foldLines(lines, pythonStatements(lines, source));
  const raw = [...lines].flatMap((state, i) => (state === NO_CODE ? [] : [i + 1]));
  return { executed: [...executed], missing: [...missing], raw };
}

const collected = (application: Application) =>
  Object.fromEntries(application.maps().map((map) => [map.header.path, reportOf(map)]));

/** A file without a statement has code all the same, which coverage.py leaves out by looking at the source. */
function withoutStatements(files: Record<string, FileReport>): Record<string, FileReport> {
  const empty = Object.entries(files).filter(([, file]) => file.executed.length + file.missing.length === 0);
  return { ...files, ...Object.fromEntries(empty.map(([path, file]) => [path, { ...file, raw: [] }])) };
}

onEachPython('parity with coverage.py', (python) => {
  for (const name of names.filter((name) => runsOn(python, sources[name]))) {
    test(name, () => {
      const application = new Application(python, sources);
      const { stderr } = application.run([name]);
      expect(stderr).toBe('');
      expect(withoutStatements(collected(application))).toEqual(
        withoutStatements(withUntraced(python, name, coverageOf(python, application, name))),
      );
    });
  }

  // Code of more than 4,096 bytes of line table is followed instruction by instruction: here all of it is.
  test.skipIf(byProbes(python))('by INSTRUCTION events, as very large code is collected', () => {
    const application = new Application(python, sources);
    const other = join(application.folder, 'preload');
    cpSync(preload, other, { recursive: true, filter: (path) => !path.includes('__pycache__') });
    const collector = join(other, '_pyca_collector.py');
    writeFileSync(collector, readFileSync(collector, 'utf8').replace(/^LARGE = .*$/m, 'LARGE = 0'));
    for (const name of names) if (runsOn(python, sources[name])) application.run([name]);
    const byLine = collected(application);
    for (const name of names)
      if (runsOn(python, sources[name])) application.run([name], { PYTHONPATH: other, PYCA_DATA: application.folder });
    const byInstruction = collected(Object.assign(Object.create(application), { data: application.folder }));
    expect(byInstruction).toEqual(byLine);
  });
});
