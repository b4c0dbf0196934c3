/** Every way to start a Python: the lines that ran are marked, and the program says and does what it does without us. */

import { execFileSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Application, marks, preload } from './python/application.ts';
import { type Package, pythonPackages } from './python/packages.ts';
import { inChroot, onEachPython } from './python/pythons.ts';
import { onSomePythons } from './python/sample.ts';

const MODULE = `import os #+
def called(x): #+
    if x: #+
        return 1 #-
    print("called") #+
    return 2 #+
def uncalled(): #+
    return 1 #-
`;
const MAIN = `${MODULE}called(0) #+
`;

type Start = [name: string, args: string[], files: Record<string, string>, input?: string];

onEachPython('started', (python) => {
  test.each<Start>([
    ['by the path of a script', ['app.py'], { 'app.py': MAIN }],
    ['by an absolute path', ['$APP/app.py'], { 'app.py': MAIN }],
    ['with arguments, warnings and hash seed', ['-bb', '-R', '-u', 'app.py', '--', '-x'], { 'app.py': MAIN }],
    ['as a module of a package', ['-m', 'shop.cart'], { 'shop/__init__.py': '', 'shop/cart.py': MAIN }],
    ['as a module of a namespace package', ['-m', 'shop.cart'], { 'shop/cart.py': MAIN }],
    ['as a folder', ['folder/'], { 'folder/__main__.py': 'import inner #+\n', 'folder/inner.py': MAIN }],
    ['from standard input', ['-'], { 'app.py': MODULE }, 'import app\napp.called(0)\n'],
    ['from standard input, unnamed', [], { 'app.py': MODULE }, 'import app\napp.called(0)\n'],
    ['by a command', ['-c', 'import app; app.called(0)'], { 'app.py': MODULE }],
    ['with a first line that is not Python', ['-x', 'app.py'], { 'app.py': `import other #+\n`, 'other.py': MAIN }],
  ])('%s', (_, args, files, input = '') => {
    const application = new Application(python, files);
    const named = args.map((arg) => arg.replace('$APP', application.app));
    const text = named[0] === '-x' ? `@echo off\n${files['app.py']}` : files['app.py'];
    if (text) application.write('app.py', text);
    expect(application.runsAlike(named, {}, { input })).toMatchObject({ status: 0, stdout: 'called\n', stderr: '' });
    // A first line that Python skips leaves no source that could be compiled again: the script goes without.
    for (const [name, source] of Object.entries(files))
      if (text === source || name !== 'app.py') expect([name, application.lines(name)]).toEqual([name, marks(source)]);
  });

  test('as a zip archive: runs as ever, and what it imports from outside is marked', () => {
    const main = 'import sys\nsys.path.append("src")\nimport inside, outside\noutside.called(0)\n';
    const application = new Application(python, {
      'zip/__main__.py': main,
      'zip/inside.py': 'print(__file__.endswith("app.pyz/inside.py"))\n',
      'src/outside.py': MODULE,
    });
    application.runs(['-m', 'zipapp', 'zip', '-o', 'app.pyz'], { PYCA_DATA: undefined });
    expect(application.runsAlike(['app.pyz']).stdout).toBe('True\ncalled\n');
    expect(application.mapped()).toEqual(['outside.py']);
    expect(application.lines('src/outside.py')).toBe(marks(MODULE));
  });

  test('by its own first line', () => {
    const application = new Application(python, {});
    const script = `#!${python.command}\n${MAIN}`;
    application.write('app.py', script);
    chmodSync(join(application.app, 'app.py'), 0o755);
    const env = application.environment();
    const stdout = execFileSync(join(application.app, 'app.py'), { cwd: application.app, env, encoding: 'utf8' });
    expect(stdout).toBe('called\n');
    expect(application.lines('app.py')).toBe(marks(script));
  });

  test('from bytecode without its source: runs as ever, and nothing is marked', () => {
    const application = new Application(python, { 'app.py': 'import other\n', 'build/other.py': MAIN });
    const compile =
      'import py_compile; py_compile.compile("build/other.py", cfile="other.pyc", dfile="other.py", doraise=True)';
    application.runs(['-c', compile], { PYCA_DATA: undefined });
    expect(application.runsAlike(['app.py']).stdout).toBe('called\n');
    expect(application.runsAlike(['other.pyc']).stdout).toBe('called\n');
    expect(application.mapped()).toEqual(['app.py']);
  });

  test('with bytecode that is written and found again: all lines, each time', () => {
    const application = new Application(python, { 'app.py': 'import other #+\n', 'other.py': MAIN });
    const environment = { PYTHONDONTWRITEBYTECODE: undefined };
    for (const start of ['first', 'second', 'third']) {
      for (const { header } of application.maps()) expect(header.lines).toBeGreaterThan(0);
      expect([start, application.runsAlike(['app.py'], environment).stdout]).toEqual([start, 'called\n']);
      expect(application.lines('other.py')).toBe(marks(MAIN));
    }
    // What a Python without the preload finds there is what it would have written itself.
    const listing = 'import os; print(sorted(os.listdir("__pycache__")))';
    const cached = application.runs(['-c', listing], { PYCA_DATA: undefined });
    expect(cached).toBe(`['other.cpython-${python.series.join('')}.pyc']\n`);
    const seen = `import importlib.util, marshal
code = marshal.loads(open(importlib.util.cache_from_source("other.py"), "rb").read()[16:])
print(code == compile(open("other.py", "rb").read(), ${JSON.stringify(join(application.app, 'other.py'))}, "exec"))
`;
    expect(application.runs(['-c', seen], { PYCA_DATA: undefined, PYTHONPATH: undefined })).toBe('True\n');
  });

  const SPREAD: [name: string, source: string, stdout: string][] = [
    [
      'concurrent.futures',
      `from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor #+
def work(n): #+
    if n > 5: #+
        return 0 #-
    return n + 1 #+
if __name__ == "__main__": #+
    for executor in (ThreadPoolExecutor, ProcessPoolExecutor): #+
        with executor(2) as pool: #+
            print(list(pool.map(work, range(3)))) #+
`,
      '[1, 2, 3]\n[1, 2, 3]\n',
    ],
    [
      'a spawned process that ends at once',
      `import multiprocessing, os, sys #+
def last(): #+
    sys.stdout.flush() #+
    os._exit(0) #+
if __name__ == "__main__": #+
    process = multiprocessing.get_context("spawn").Process(target=last) #+
    process.start() #+
    process.join() #+
    print(process.exitcode) #+
`,
      '0\n',
    ],
    [
      'a daemon that forks twice',
      `import os, sys, time #+
def daemon(pipe): #+
    os.setsid() #+
    if os.fork(): #+
        os._exit(0) #+
    os.chdir("/") #+
    os.write(pipe, b"from the daemon") #+
    os._exit(0) #+
read, write = os.pipe() #+
if os.fork() == 0: #+
    daemon(write) #+
os.wait() #+
os.close(write) #+
print(os.read(read, 100).decode()) #+
`,
      'from the daemon\n',
    ],
    [
      'a chain of subprocess, exec and spawn',
      `import os, subprocess, sys #+
def again(step): #+
    return [sys.executable, __file__, str(step)] #+
step = int(sys.argv[1]) if len(sys.argv) > 1 else 0 #+
if step == 0: #+
    sys.exit(subprocess.call(again(1))) #+
elif step == 1: #+
    os.execv(sys.executable, again(2)) #+
elif step == 2: #+
    sys.exit(os.spawnv(os.P_WAIT, sys.executable, again(3))) #+
elif step == 3: #+
    sys.exit(os.system(" ".join(again(4)))) #+
print("last") #+
`,
      'last\n',
    ],
    [
      'threads that outlive the main one',
      `import threading, time #+
def work(): #+
    time.sleep(0.05) #+
    print("thread") #+
threading.Thread(target=work).start() #+
print("main") #+
`,
      'main\nthread\n',
    ],
    [
      'asyncio, with tasks, generators and threads',
      `import asyncio #+
async def numbers(): #+
    for n in range(3): #+
        await asyncio.sleep(0) #+
        yield n #+
def blocking(): #+
    return "blocked" #+
async def main(): #+
    total = [n async for n in numbers()] #+
    done = await asyncio.get_running_loop().run_in_executor(None, blocking) #+
    try: #+
        await asyncio.wait_for(asyncio.sleep(9), 0.01) #+
    except asyncio.TimeoutError: #+
        print(total, done) #+
asyncio.run(main()) #+
`,
      '[0, 1, 2] blocked\n',
    ],
    [
      'a script that an exception ends',
      `import sys #+
def hook(kind, error, trace): #+
    print(kind.__name__, trace.tb_lineno) #+
sys.excepthook = hook #+
if sys.argv: #+
    raise ValueError("caught by nobody") #+
print("never") #-
`,
      'ValueError 6\n',
    ],
  ];
  test.each(SPREAD)('%s', (_, source, stdout) => {
    const application = new Application(python, { 'app.py': source });
    const status = stdout.includes('Error') ? 1 : 0;
    expect(application.runsAlike(['app.py'])).toEqual({ status, signal: null, stdout, stderr: '' });
    expect(application.lines('app.py')).toBe(marks(source));
    expect(application.mapped()).toEqual(['app.py']);
  });
});

onSomePythons('started', (python) => {
  test.each<[name: string, packages: Package[], source: string, stdout: string]>([
    [
      'gevent that replaces the standard library',
      ['gevent'],
      `from gevent import monkey; monkey.patch_all() #+
import gevent, threading, time #+
def work(n): #+
    time.sleep(0.01 * n) #+
    if n > 8: #+
        return None #-
    return n * 2 #+
jobs = [gevent.spawn(work, n) for n in range(3)] #+
gevent.joinall(jobs) #+
thread = threading.Thread(target=lambda: print("thread")) #+
thread.start() #+
thread.join() #+
print([job.value for job in jobs]) #+
`,
      'thread\n[0, 2, 4]\n',
    ],
    [
      'uvloop',
      ['uvloop'],
      `import asyncio, uvloop #+
async def work(n): #+
    await asyncio.sleep(0.001) #+
    return n #+
async def main(): #+
    print(await asyncio.gather(work(1), work(2)), type(asyncio.get_running_loop()).__module__) #+
loop = uvloop.new_event_loop() #+
loop.run_until_complete(main()) #+
loop.close() #+
`,
      '[1, 2] uvloop\n',
    ],
  ])('%s', (_, packages, source, stdout) => {
    const application = new Application(python, { 'app.py': source });
    const PYTHONPATH = `${preload}:${pythonPackages(python, ...packages)}`;
    expect(application.runsAlike(['app.py'], { PYTHONPATH })).toEqual({ status: 0, signal: null, stdout, stderr: '' });
    expect(application.lines('app.py')).toBe(marks(source));
  });

  // Debian's Python has no venv of its own in its chroot.
  test.skipIf(inChroot(python))('by the console script of a package, installed for work on it into a venv', () => {
    const application = new Application(python, {
      'src/shop/__init__.py': '',
      'src/shop/cli.py': `${MODULE}def main(): #+\n    return called(0) #+\n`,
      'pyproject.toml': `[project]
name = "shop"
version = "1"
[project.scripts]
shop = "shop.cli:main"
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
`,
      'backend.py': BACKEND,
    });
    const venv = join(application.folder, 'venv');
    const plain = { PYCA_DATA: undefined, PYTHONPATH: undefined };
    application.runs(['-m', 'venv', '--without-pip', venv], plain);
    const command = join(venv, 'bin/python');
    const options = ['--quiet', '--no-index', '--disable-pip-version-check', '--root-user-action=ignore'];
    application.runs(['-m', 'pip', '--python', command, 'install', ...options, '-e', '.'], plain);
    const run = (changes: Record<string, string | undefined>) => {
      const env = application.environment(changes);
      try {
        return execFileSync(join(venv, 'bin/shop'), { cwd: '/', env, encoding: 'utf8', stdio: 'pipe' });
      } catch (error) {
        const { status, stdout, stderr } = error as { status: number; stdout: string; stderr: string };
        return { status, stdout, stderr };
      }
    };
    const injected = run({});
    expect(injected).toEqual({ status: 2, stdout: 'called\n', stderr: '' });
    expect(injected).toEqual(run(plain));
    const source = `${MODULE}def main(): #+\n    return called(0) #+\n`;
    expect(application.lines('src/shop/cli.py')).toBe(marks(source));
    expect(application.mapped()).toEqual(['__init__.py', 'cli.py']);
  });
});

/** What setuptools does for `pip install -e`, in 20 lines: no package has to be fetched for it. */
const BACKEND = `import zipfile
def build_editable(folder, config_settings=None, metadata_directory=None):
    import os
    files = {
        "shop.pth": os.path.abspath("src") + "\\n",
        "shop-1.dist-info/METADATA": "Metadata-Version: 2.1\\nName: shop\\nVersion: 1\\n",
        "shop-1.dist-info/WHEEL": "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n",
        "shop-1.dist-info/entry_points.txt": "[console_scripts]\\nshop = shop.cli:main\\n",
    }
    files["shop-1.dist-info/RECORD"] = "".join(name + ",,\\n" for name in [*files, "shop-1.dist-info/RECORD"])
    with zipfile.ZipFile(os.path.join(folder, "shop-1-py3-none-any.whl"), "w") as wheel:
        for name, content in files.items():
            wheel.writestr(name, content)
    return "shop-1-py3-none-any.whl"
build_wheel = build_editable
`;
