/** The exports, read by the tools that they are for. */

import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { printCobertura } from '../../coverage/cobertura.ts';
import type { Coverage } from '../../coverage/file-lines.ts';
import { printLcov } from '../../coverage/lcov.ts';
import { temporaryFolder } from '../fixtures/temporary-folder.ts';
import { cacheFolder } from '../preload/python/packages.ts';
import { coveragePy, type Python, supported } from '../preload/python/pythons.ts';
import { pyca } from './pyca.ts';

const about = { version: 'pyca 1', time: new Date('2025-01-02T03:04:05.678Z') };
const coverage: Coverage = new Map([
  ['app.py', { executed: [1, 2, 3, 4, 7], missing: [5] }],
  ['shop/a & "b" <c>.py', { executed: [1], missing: [2] }],
  ['shop/empty.py', { executed: [], missing: [] }],
]);
const APP = 'from json import dumps\n\nrich = 3\nif rich > 3:\n    print("rich")\nelse:\n    print(dumps("poor"))\n';
const MODULES = [
  'shop.web',
  'asynchronous',
  'docstring',
  'empty',
  'exceptions',
  'functions',
  'odd_layout',
  'statements',
];
const REGIONS = `
class Outer:
    x = 1

    @staticmethod
    def one(a): return a

    def method(
        self,
    ):
        @str
        def inner():
            class Deep:
                def deepest(self):
                    return (
                        1
                    )
            return Deep
        # a comment
        return inner

    class Inner:
        def method(self):
            pass

    if x:
        def method(self):
            return 2

async def outer(): pass
def outer():
    """Only this."""

Outer().method()
`;
const python = supported.findLast(({ command }) => command.endsWith('/python')) as Python;

function run(command: string, args: string[], cwd: string, env: NodeJS.ProcessEnv = {}): string {
  const inherited = { PATH: process.env.PATH, HOME: cwd, LANG: 'C.UTF-8' };
  return execFileSync(command, args, { cwd, env: { ...inherited, ...env }, encoding: 'utf8', stdio: 'pipe' });
}

/** Tools of PyPI, pinned: installed once, and kept in the cache. */
function tools(): string {
  const requirements = ['pycobertura==4.1.0', 'diff-cover==11.0.1'];
  const name = `${requirements.join('_').replaceAll('==', '-')}-cp${python.series.join('')}`;
  const folder = join(cacheFolder(), 'tools', name);
  if (existsSync(folder)) return folder;
  const draft = `${folder}.${process.pid}`;
  mkdirSync(dirname(folder), { recursive: true });
  const options = ['--quiet', '--disable-pip-version-check', '--root-user-action=ignore', '--target', draft];
  run(python.command, ['-m', 'pip', 'install', ...options, ...requirements], '/tmp', process.env);
  try {
    renameSync(draft, folder);
  } catch {
    // Of two that install them at once the second takes the first's.
    rmSync(draft, { recursive: true, force: true });
  }
  return folder;
}

let installed: string;
beforeAll(() => {
  installed = tools();
});

const tool = (name: string, args: string[], cwd: string) =>
  run(python.command, [join(installed, 'bin', name), ...args], cwd, { PYTHONPATH: installed });

describe('Cobertura', () => {
  test('keeps to the DTD', () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, 'coverage.xml'), printCobertura(coverage, { ...about, sources: ['/a & b'] }));
    const check = [
      'import sys, lxml.etree as etree',
      'dtd = etree.DTD(sys.argv[1])',
      'sys.exit(0 if dtd.validate(etree.parse("coverage.xml")) else str(dtd.error_log))',
    ].join('\n');
    const validate = () =>
      spawnSync(python.command, ['-c', check, join(import.meta.dirname, 'cobertura.dtd')], {
        cwd,
        env: { PYTHONPATH: installed },
        encoding: 'utf8',
      });
    expect(validate()).toMatchObject({ status: 0, stderr: '' });
    const wrong = readFileSync(join(cwd, 'coverage.xml'), 'utf8').replace('<methods/>', '');
    writeFileSync(join(cwd, 'coverage.xml'), wrong);
    expect(validate().stderr).toContain('methods');
  });

  test('pycobertura reads the same numbers', () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, 'coverage.xml'), printCobertura(coverage, about));
    const { files, total } = JSON.parse(tool('pycobertura', ['show', '--format', 'json', 'coverage.xml'], cwd));
    const rows = files.map((file: Record<string, unknown>) => [file.Filename, file.Stmts, file.Miss, file.Missing]);
    expect(rows).toEqual([
      ['app.py', 6, 1, '5'],
      ['shop/a & "b" <c>.py', 2, 1, '2'],
      ['shop/empty.py', 0, 0, ''],
    ]);
    expect(total).toMatchObject({ Stmts: 8, Miss: 2, Cover: '75.00%' });
  });
});

describe('LCOV', () => {
  const withSources = () => {
    const cwd = temporaryFolder();
    mkdirSync(join(cwd, 'shop'));
    for (const path of coverage.keys()) writeFileSync(join(cwd, path), APP);
    writeFileSync(join(cwd, 'lcov.info'), printLcov(coverage));
    return cwd;
  };
  const has = (command: string) => spawnSync(command, ['--version']).status === 0;

  test.skipIf(!has('lcov'))('lcov counts the same [needs lcov]', () => {
    const { stdout, stderr, status } = spawnSync('lcov', ['--summary', 'lcov.info'], {
      cwd: withSources(),
      encoding: 'utf8',
    });
    expect(stdout + stderr).toMatch(/lines\.+: 75\.0% \(6 of 8 lines\)/);
    expect(status).toBe(0);
  });

  test.skipIf(!has('genhtml'))('genhtml makes pages of it [needs genhtml]', () => {
    const cwd = withSources();
    expect(run('genhtml', ['lcov.info', '-o', 'out'], cwd)).toMatch(/lines\.+: 75\.0% \(6 of 8 lines\)/);
    expect(readFileSync(join(cwd, 'out', 'index.html'), 'utf8')).toContain('75.0');
  });
});

test.each([
  ['coverage.xml', (c: Coverage) => printCobertura(c, about)],
  ['lcov.info', printLcov],
])('diff-cover finds the new lines that did not run in %s', (name, print) => {
  const cwd = temporaryFolder();
  const git = (...args: string[]) => run('git', ['-c', 'user.name=a', '-c', 'user.email=a@example.org', ...args], cwd);
  git('init', '--quiet', '--initial-branch=main');
  writeFileSync(join(cwd, 'app.py'), APP.replace('    print("rich")\n', '    pass\n'));
  git('add', 'app.py');
  git('commit', '--quiet', '-m', 'one');
  git('switch', '--quiet', '-c', 'change');
  writeFileSync(join(cwd, 'app.py'), APP);
  git('commit', '--quiet', '-am', 'two');
  writeFileSync(join(cwd, name), print(coverage));
  tool('diff-cover', [name, '--compare-branch=main', '--format', 'json:diff.json', '--quiet'], cwd);
  const { src_stats, total_percent_covered } = JSON.parse(readFileSync(join(cwd, 'diff.json'), 'utf8'));
  expect(src_stats['app.py'].violation_lines).toEqual([5]);
  expect(total_percent_covered).toBe(0);
});

test('JSON is what coverage.py writes of the same run, functions and classes too', async () => {
  const cwd = temporaryFolder();
  for (const source of ['../preload/python/programs', '../demo/service']) {
    cpSync(join(import.meta.dirname, source), cwd, { recursive: true });
  }
  mkdirSync(join(cwd, 'data'));
  writeFileSync(join(cwd, 'main.py'), `${APP}${MODULES.map((name) => `import ${name}\n`).join('')}${REGIONS}`);
  const preload = join(import.meta.dirname, '../../agent/preload/python');
  run(python.command, ['main.py'], cwd, { PYTHONPATH: preload, PYCA_DATA: join(cwd, 'data') });
  const theirs = { PYTHONPATH: coveragePy(python) };
  run(python.command, ['-m', 'coverage', 'run', 'main.py'], cwd, theirs);
  run(python.command, ['-m', 'coverage', 'json', '-o', 'theirs.json'], cwd, theirs);
  const outcome = await pyca(['report', 'data', '--format', 'json', '-o', 'ours.json'], { cwd });
  expect(outcome).toMatchObject({ code: 0, stderr: '' });
  const [ours, reference] = ['ours.json', 'theirs.json'].map((name) =>
    withoutExclusions(JSON.parse(readFileSync(join(cwd, name), 'utf8'))),
  );
  expect(Object.keys(ours.files).length).toBeGreaterThan(MODULES.length);
  expect(Object.keys(ours.files['main.py'].functions)).toContain('Outer.method.inner');
  expect(ours.files).toEqual(reference.files);
  expect(ours.totals).toEqual(reference.totals);
  expect({ ...ours.meta, version: '', timestamp: '' }).toEqual({ ...reference.meta, version: '', timestamp: '' });
});

/** Which lines a pragma excludes is not in our data. */
function withoutExclusions<T>(json: T): T {
  return JSON.parse(JSON.stringify(json, (key, value) => (key === 'excluded_lines' ? undefined : value)));
}
