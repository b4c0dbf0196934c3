/** `pyca run`: what it is told, what it collects, where it reports to and what it says. */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { reportSchema } from '../../coverage/report.ts';
import { until } from '../broker/inbox.ts';
import { pythonPackages } from '../preload/python/packages.ts';
import { inChroot, type Python, supported } from '../preload/python/pythons.ts';
import { ending, Project, PYCA } from './project.ts';

const python = supported.findLast((candidate) => !inChroot(candidate)) as Python;
const { command } = python;

/** 4 of its 5 lines run. */
const APP =
  'import sys\ndef grade(n):\n    if n > 1:\n        return "good"\n    return "bad"\nprint(grade(len(sys.argv)))\n';
const project = (files: Record<string, string> = {}) => new Project({ 'app.py': APP, ...files });
const BAD = { executed: [1, 2, 3, 5, 6], missing: [4] };
const ALL = { executed: [1, 2, 3, 4, 5, 6], missing: [] };

test('lines are collected, reported to a file of the project, and told', () => {
  const p = project();
  const { status, stdout, stderr } = p.pyca(['run', '--', command, 'app.py']);
  expect([status, stdout]).toEqual([0, 'bad\n']);
  expect(stderr).toBe(
    `pyca: 83.3 %: 5 of 6 statements in 1 file ran\npyca: reported to file://${p.folder}/.pyca/reports.ndjson\n`,
  );
  const [report, ...others] = p.reports();
  expect(others).toEqual([]);
  expect(reportSchema.parse(report)).toEqual(report);
  expect(p.reported()).toEqual(new Map([['app.py', BAD]]));
  expect(p.files('.pyca')).toEqual(['.gitignore', 'data', 'reports.ndjson']);
  expect(execFileSync('git', ['-C', p.folder, 'status', '--porcelain'], { encoding: 'utf8' })).toBe('?? app.py\n');
});

test('files are called as in the repository, wherever in it the command is started', () => {
  const p = project({ 'services/shop/cart.py': 'x = 1\n' });
  expect(p.pyca(['run', command, 'cart.py'], {}, '', 'services/shop').status).toBe(0);
  expect([...p.reported().keys()]).toEqual(['services/shop/cart.py']);
  expect(existsSync(join(p.folder, 'services/shop/.pyca'))).toBe(false);
});

test('each run begins anew; --append adds up', () => {
  const p = project();
  p.pyca(['run', '--', command, 'app.py']);
  p.pyca(['run', '--append', '--', command, 'app.py', 'x']);
  expect(p.collected().get('app.py')).toEqual(ALL);
  p.pyca(['run', '--', command, 'app.py']);
  expect(p.collected().get('app.py')).toEqual(BAD);
});

test('a folder of the user’s for line maps keeps what is not ours', () => {
  const p = project({ 'maps/notes.txt': 'mine', 'maps/abc.lines': 'mine' });
  p.pyca(['run', '--data', 'maps', '--', command, 'app.py', 'x']);
  p.pyca(['run', '--data', 'maps', '--', command, 'app.py']);
  expect(p.collected('maps').get('app.py')).toEqual(BAD);
  expect(p.files('maps')).toEqual(expect.arrayContaining(['abc.lines', 'notes.txt']));
  expect(p.files('maps')).toHaveLength(3);
});

test('two runs at a time, one within the other too, add up', async () => {
  const p = project({ 'slow.py': 'import sys\nprint("up", flush=True)\nsys.stdin.read()\nx = 1\n' });
  const slow = p.start(['run', '--', command, 'slow.py']);
  await until(async () => slow.output().includes('up'), 'slow.py runs');
  const { stderr } = p.pyca(['run', '--', 'bash', '-c', `${PYCA} run -q -- ${command} app.py`]);
  expect(stderr).toContain('another pyca run uses');
  slow.stdin?.end();
  await ending(slow);
  expect(p.collected()).toEqual(
    new Map([
      ['app.py', BAD],
      ['slow.py', { executed: [1, 2, 3, 4], missing: [] }],
    ]),
  );
});

test('lines of processes that were killed count: the command’s own, and those that it leaves behind', async () => {
  const p = project({
    'killed.py': 'import os, signal\nx = 1\nos.kill(os.getpid(), signal.SIGKILL)\ny = 2\n',
    'parent.py':
      'import subprocess, sys\nsubprocess.run([sys.executable, "killed.py"])\nsubprocess.Popen([sys.executable, "left.py"])\n',
    'left.py': 'import os, time\nopen("left", "w").write(str(os.getpid()))\ntime.sleep(60)\n',
  });
  expect(
    p.pyca([
      'run',
      '--',
      'bash',
      '-c',
      `${command} parent.py; until [ -s left ]; do sleep 0.05; done; kill -9 $(cat left) $$`,
    ]).signal,
  ).toBe('SIGKILL');
  expect(p.reported()).toEqual(
    new Map([
      ['killed.py', { executed: [1, 2, 3], missing: [4] }],
      ['left.py', { executed: [1, 2, 3], missing: [] }],
      ['parent.py', { executed: [1, 2, 3], missing: [] }],
    ]),
  );
});

test('a virtual environment, and what is in it, does not count; with --source neither', () => {
  const p = project({ 'use.py': 'import app, installed\n' });
  execFileSync(command, ['-m', 'venv', '--without-pip', '.venv'], { cwd: p.folder });
  const packages = join(p.folder, `.venv/lib/python${python.version}/site-packages`);
  writeFileSync(join(packages, 'installed.py'), 'x = 1\n');
  p.pyca(['run', '--', '.venv/bin/python', 'use.py']);
  expect([...p.collected().keys()].sort()).toEqual(['app.py', 'use.py']);
  p.pyca(['run', '--source', '.', '--', '.venv/bin/python', 'use.py']);
  expect([...p.collected().keys()].sort()).toEqual(['app.py', 'use.py']);
});

test('--source, --include and --exclude say which files', () => {
  const files = ['shop/cart.py', 'shop/generated/api.py', 'jobs/mail.py', 'jobs/old.py'];
  const p = project(Object.fromEntries(files.map((file) => [file, 'x = 1\n'])));
  p.write('main.py', `import ${files.map((file) => file.replace('.py', '').replaceAll('/', '.')).join(', ')}\n`);
  const found = (...options: string[]) => {
    p.pyca(['run', ...options, '--', command, 'main.py']);
    return [...p.collected().keys()].sort();
  };
  expect(found('--source', 'shop')).toEqual(['shop/cart.py', 'shop/generated/api.py']);
  expect(found('--source', 'shop', '--exclude', '**/generated')).toEqual(['shop/cart.py']);
  expect(found('--include', 'jobs/**', '--include=main.py')).toEqual(['jobs/mail.py', 'jobs/old.py', 'main.py']);
  expect(found('--exclude', 'jobs', '--exclude', 'shop/*')).toEqual(['main.py']);
});

test('pytest, as python -m and as its own command', () => {
  const packages = pythonPackages(python, 'pytest');
  const p = project({ 'test_app.py': 'from app import grade\ndef test_bad():\n    assert grade(0) == "bad"\n' });
  const env = { PYTHONPATH: packages, PATH: `${packages}/bin:${process.env.PATH}` };
  for (const [first, ...rest] of [[command, '-m', 'pytest'], ['pytest']] as [string, ...string[]][]) {
    const { status, stdout } = p.pyca(['run', '--', first, ...rest, '-q', '-p', 'no:cacheprovider'], env);
    expect(stdout).toContain('1 passed');
    expect(status).toBe(0);
    expect(p.collected()).toEqual(
      new Map([
        ['app.py', ALL],
        ['test_app.py', { executed: [1, 2, 3], missing: [] }],
      ]),
    );
  }
});

test('--json is one object on stdout after all of the command’s own, or in a file', () => {
  const p = project();
  const { stdout, stderr } = p.pyca(['run', '-q', '--json', '-', '--', command, 'app.py']);
  expect(stderr).toBe('');
  const [first, second, ...rest] = stdout.split('\n');
  expect([first, rest]).toEqual(['bad', ['']]);
  expect(JSON.parse(second ?? '')).toEqual({
    command: [command, 'app.py'],
    exitCode: 0,
    signal: null,
    files: 1,
    lines: { executable: 6, covered: 5 },
    percent: 83.33,
    fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
    data: join(p.folder, '.pyca/data'),
    sink: `file://${p.folder}/.pyca/reports.ndjson`,
    reported: expect.stringMatching(/^\d{4}-.*Z$/),
    error: null,
    repo: '',
    branch: 'main',
    commit: '',
    notes: [],
  });
  p.pyca(['run', '--json', 'summary.json', '--', 'bash', '-c', 'exit 3']);
  expect(JSON.parse(readFileSync(join(p.folder, 'summary.json'), 'utf8'))).toMatchObject({
    exitCode: 3,
    lines: { executable: 0, covered: 0 },
    reported: null,
  });
});

test.each([
  [84, 'app.py', 2],
  [83, 'app.py', 0],
  [10, 'none.py', 2],
  [84, 'fails.py', 5],
])('--fail-under %d of %s ends with %d', (least, file, code) => {
  const p = project({ 'fails.py': 'import sys\nsys.exit(5)\nx = 1\n', 'none.py': '' });
  expect(p.pyca(['run', `--fail-under=${least}`, '--', command, file]).status).toBe(code);
});

test('--show-missing shows the lines; in a pipe without colours', () => {
  const { stderr } = project().pyca(['run', '-m', '--', command, 'app.py']);
  expect(stderr).toMatch(/^app\.py +6 +1 +83\.3% +4$/m);
  expect(stderr).not.toContain('\x1b');
});

test.each([
  [['run'], 'which command'],
  [['run', '--bogus', '--', 'true'], 'there is no option --bogus'],
  [['run', '--sink', 'ftp://u:secret@host/', '--', 'true'], '--sink'],
  [['run', '--interval', 'often', '--', 'true'], '--interval'],
])('%j is refused before anything runs', (args, text) => {
  const p = project();
  const { status, stderr } = p.pyca(args);
  expect(status).toBe(2);
  expect(stderr).toContain(text);
  expect(stderr).not.toContain('secret');
  expect(existsSync(join(p.folder, '.pyca'))).toBe(false);
});

test('what follows the command is its own', () => {
  const { stdout } = project().pyca(['run', '-q', 'echo', '--json', '-', '--help', '--']);
  expect(stdout).toBe('--json - --help --\n');
});

test('where no Python runs it says so, and what may be the reason', () => {
  const p = project();
  expect(p.pyca(['run', 'true']).stderr).toContain('no line of your own Python was seen');
  for (const name of ['docker', 'sudo']) {
    p.write(`bin/${name}`, '#!/bin/sh\n');
    execFileSync('chmod', ['+x', join(p.folder, 'bin', name)]);
  }
  const env = { PATH: `${p.folder}/bin:${process.env.PATH}` };
  expect(p.pyca(['run', 'docker', 'run', 'shop'], env).stderr).toContain('Put "pyca run --" in front of it in there');
  expect(p.pyca(['run', 'sudo', 'x'], env).stderr).toContain('sudo pyca run -- …');
});

test('a project that cannot be written to is collected all the same', () => {
  const p = project({ '.pyca': 'a file, where the folder is to be' });
  const { status, stdout, stderr } = p.pyca(['run', '--', command, 'app.py']);
  expect([status, stdout]).toEqual([0, 'bad\n']);
  expect(stderr).toContain('83.3 %');
  const [, other] = /cannot be written to \(\w+\): using (\S+)/.exec(stderr) ?? [];
  expect(existsSync(join(other ?? '', 'reports.ndjson'))).toBe(true);
  execFileSync('rm', ['-r', other ?? '']);
});

test.skipIf(process.getuid?.() !== 0)("what somebody else laid ready in a folder of everybody's is left alone", () => {
  const p = project();
  const theirs = join(p.folder, '.pyca');
  execFileSync('sh', ['-c', 'mkdir .pyca && ln -s /dev/full .pyca/reports.ndjson && chown -h 12345 .pyca'], {
    cwd: p.folder,
  });
  const { status, stderr } = p.pyca(['run', '--', command, 'app.py']);
  const [, other] = /cannot be written to \(EPERM\): using (\S+)/.exec(stderr) ?? [];
  expect([status, readdirSync(theirs)]).toEqual([0, ['reports.ndjson']]);
  expect(existsSync(join(other ?? '', 'reports.ndjson'))).toBe(true);
  execFileSync('rm', ['-r', other ?? '']);
});

test('with no place at all for line maps, the command runs as if we were not there', () => {
  const p = project({ maps: 'a file' });
  const script =
    'import os; print([name for name in os.environ if name.startswith(("PYCA_DATA", "PYCA_PY", "LD_", "PYTHONPATH"))])';
  const { status, stdout, stderr } = p.pyca(['run', '--data', 'maps', '--', command, '-c', script]);
  expect([status, stdout]).toEqual([0, '[]\n']);
  expect(stderr).toContain('nothing is collected');
  expect(p.pyca(['run', '--data', '/proc/pyca/maps', '--', 'echo', 'ran']).stdout).toBe('ran\n');
});

test('switched off, nothing is added, collected or left', () => {
  const p = project();
  const { status, stderr } = p.pyca(['run', '--', command, 'app.py'], { PYCA_ENABLED: 'false' });
  expect([status, stderr]).toEqual([0, 'pyca: switched off by PYCA_ENABLED\n']);
  expect(existsSync(join(p.folder, '.pyca'))).toBe(false);
});

test('a wrong setting that is no option is told, and the command runs', () => {
  const p = project({ '.env': 'PYCA_FLUSH_INTERVAL=often\n' });
  const { status, stderr } = p.pyca(['run', '--', command, 'app.py']);
  expect(status).toBe(0);
  expect(stderr).toContain('PYCA_FLUSH_INTERVAL');
  expect(stderr).toContain('83.3 %');
});

test('more than one report comes while it runs', async () => {
  const p = project({ 'steps.py': 'import sys\nfor line in sys.stdin:\n    print(line, flush=True)\nx = 1\n' });
  const run = p.start(['run', '--interval', '0.2', '--', command, 'steps.py']);
  await until(async () => p.reports().length === 1, 'the first report');
  run.stdin?.write('a\n');
  await until(async () => p.reports().length === 2, 'the second');
  run.stdin?.end();
  expect((await ending(run)).code).toBe(0);
  expect(p.reported().get('steps.py')).toEqual({ executed: [1, 2, 3, 4], missing: [] });
});

test('PYTHONPATH does where there is no hook for the machine, or its path cannot be told to the linker', () => {
  // A checkout in a folder with a blank.
  const p = project();
  const checkout = join(p.home, 'my checkout');
  mkdirSync(checkout);
  for (const name of ['agent', 'coverage', 'diagnostics', 'dist', 'node_modules', 'package.json']) {
    execFileSync('ln', ['-s', join(process.cwd(), name), join(checkout, name)]);
  }
  execFileSync('cp', ['-r', join(process.cwd(), 'bin'), checkout]);
  const env = p.environment({ PYTHONPATH: '/theirs' });
  const script = 'import app, os; print(os.environ["PYTHONPATH"], os.environ.get("LD_PRELOAD"))';
  const node = join(process.cwd(), 'node_modules/node/bin/node');
  const args = ['--preserve-symlinks', '--preserve-symlinks-main', join(checkout, 'bin/pyca.ts')];
  const output = execFileSync(node, [...args, 'run', '-q', command, '-c', script], {
    cwd: p.folder,
    env,
    encoding: 'utf8',
  });
  expect(output).toBe(`bad\n${checkout}/agent/preload/python:/theirs None\n`);
  expect([...p.collected().keys()]).toEqual(['app.py']);
});
