/** Which lines are marked, by whatever way the application starts its code. Each source says so itself: #+ or #-. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Application, marks } from './python/application.ts';
import { byProbes, onEachPython } from './python/pythons.ts';

const MODULE = `import os #+
def called(x): #+
    if x: #+
        return 1 #-
    return 2 #+
def uncalled(): #+
    def inner(): #-
        return 1 #-
    return inner #-
one_line = lambda: 1 #+
`;

onEachPython('lines marked', (python) => {
  test.each([
    ['a script', ['app.py'], { 'app.py': `${MODULE}called(0) #+\n` }],
    ['a script by another path', ['../app/./app.py'], { 'app.py': `${MODULE}called(0) #+\n` }],
    ['a module', ['-m', 'app'], { 'app.py': `${MODULE}called(0) #+\n` }],
    ['a package', ['-m', 'app'], { 'app/__init__.py': '', 'app/__main__.py': `${MODULE}called(0) #+\n` }],
    ['a folder', ['folder'], { 'folder/__main__.py': `${MODULE}called(0) #+\n` }],
    ['an import', ['-c', 'import app; app.called(0)'], { 'app.py': MODULE }],
    [
      'an import in a thread',
      ['start.py'],
      {
        'app.py': `${MODULE}called(0) #+\n`,
        'start.py': 'import threading #+\nthreading.Thread(target=lambda: __import__("app")).start() #+\n',
      },
    ],
    [
      'runpy',
      ['start.py'],
      { 'app.py': `${MODULE}called(0) #+\n`, 'start.py': 'import runpy #+\nrunpy.run_path("app.py") #+\n' },
    ],
  ] as [string, string[], Record<string, string>][])('of %s', (_, args, files) => {
    const application = new Application(python, files);
    application.runs(args);
    for (const [name, source] of Object.entries(files))
      expect([name, application.lines(name)]).toEqual([name, marks(source)]);
  });

  // Probes go into whole modules.
  test.skipIf(byProbes(python))(
    'of a function whose module never ran, without a word about a doubtful escape in its source',
    () => {
      const source = 'PATTERN = "\\d" #-\ndef function(): #+\n    return 1 #+\nif PATTERN is 1: #-\n    pass #-\n';
      const start = `import warnings
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    module = compile(open("app.py").read(), "app.py", "exec")
warnings.simplefilter("error")
before = list(warnings.filters)
function = type(compile)
[code] = [const for const in module.co_consts if hasattr(const, "co_code")]
print(type(lambda: 0)(code, {})(), warnings.filters == before)
`;
      const application = new Application(python, { 'app.py': source, 'start.py': start });
      expect(application.runs(['start.py'])).toBe('1 True\n');
      expect(application.lines('app.py')).toBe(marks(source));
    },
  );

  test.skipIf(python.series[1] < 14)('of such a function where warnings are errors in that context alone', () => {
    const source = 'PATTERN = "\\d" #-\ndef function(): #+\n    return 1 #+\n';
    const start = `import warnings
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    module = compile(open("app.py").read(), "app.py", "exec")
with warnings.catch_warnings():
    warnings.simplefilter("error")
    [code] = [const for const in module.co_consts if hasattr(const, "co_code")]
    type(lambda: 0)(code, {})()
`;
    const application = new Application(python, { 'app.py': source, 'start.py': start });
    application.runs(['-X', 'context_aware_warnings=1', 'start.py']);
    expect(application.lines('app.py')).toBe(marks(source));
  });

  test("of a piece of code exec'ed under the file's name: the rest of the file counts as not run", () => {
    const source = 'x = 1 #+\ny = 2 #-\nif y: #-\n    z = 3 #-\n';
    const start = 'exec(compile("x = 1", "app.py", "exec"))\nexec(compile("\\n" * 99 + "x = 1", "app.py", "exec"))\n';
    const application = new Application(python, { 'app.py': source, 'start.py': start });
    application.runs(['start.py']);
    expect(application.lines('app.py')).toBe(marks(source));
  });

  test('of two files with the same code: each its own', () => {
    const source = (mark: string) => `def function(): #+\n    return 1 #${mark}\n`;
    const files = { 'one.py': source('+'), 'two.py': source('-') };
    const application = new Application(python, { ...files, 'start.py': 'import one, two\none.function()\n' });
    application.runs(['start.py']);
    for (const [name, text] of Object.entries(files)) expect(application.lines(name)).toBe(marks(text));
  });

  test('of a module reloaded, unchanged or only touched: the same map', () => {
    const start =
      'import app, importlib, os\nimportlib.reload(app)\nos.utime("app.py", (1, 1))\nimportlib.reload(app).called(0)\n';
    const application = new Application(python, { 'app.py': MODULE, 'start.py': start });
    application.runs(['start.py']);
    expect(application.mapped()).toEqual(['app.py', 'start.py']);
    expect(application.lines('app.py')).toBe(marks(MODULE));
  });

  test('of a module reloaded after a change: functions from before stay with the map of their version', () => {
    const before = 'def old(x): #+\n    if x: #+\n        return 1 #+\n    return 2 #+\n';
    const after = 'import os #+\n\n\ndef new(x): #+\n    if x: #+\n        return 1 #-\n    return 2 #+\n';
    const start = `import app, importlib
old = app.old
old(1)
open("app.py", "w").write(${JSON.stringify(after)})
importlib.reload(app)
app.new(0)
old(0)
importlib.reload(app).new(0)
`;
    const application = new Application(python, { 'app.py': before, 'start.py': start });
    application.runs(['start.py']);
    const maps = application.maps().filter(({ header }) => header.path.endsWith('app.py'));
    const states = maps.map(({ lines, source }) => [Buffer.from(source).toString(), Buffer.from(lines).toString()]);
    expect(states.sort()).toEqual(
      [
        [before, marks(before)],
        [after, marks(after)],
      ].sort(),
    );
  });

  test('of a file changed and then removed: the version that runs keeps its map', () => {
    const source = 'def function(): #+\n    return 1 #+\n';
    const start = 'import app, os\nos.remove("app.py")\nexec(compile("1", app.__file__, "exec"))\napp.function()\n';
    const application = new Application(python, { 'app.py': source, 'start.py': start });
    application.runs(['start.py']);
    expect(application.lines('app.py')).toBe(marks(source));
  });

  test('of generators, coroutines and finalizers that end with the process', () => {
    const source = `import atexit #+
def generator(): #+
    try: #+
        yield 1 #+
    finally:
        print("closed") #+
alive = generator() #+
next(alive) #+
class Thing: #+
    def __del__(self): #+
        print("deleted") #+
thing = Thing() #+
atexit.register(lambda: #+
    print("exit")) #+
`;
    const application = new Application(python, { 'app.py': source });
    expect(application.runs(['app.py']).split('\n').sort()).toEqual(['', 'closed', 'deleted', 'exit']);
    expect(application.lines('app.py')).toBe(marks(source));
  });

  test('of code that first runs while the interpreter comes down: no word, marked or not', () => {
    const app =
      'import late\nclass Thing:\n    def __del__(self):\n        late.function()\nthing = Thing()\nthing.self = thing\n';
    const application = new Application(python, { 'app.py': app, 'late.py': 'def function():\n    print("late")\n' });
    const plain = application.run(['app.py'], { PYCA_DATA: undefined, PYTHONPATH: undefined });
    expect(application.run(['app.py'])).toEqual(plain);
  });
});

onEachPython('lazy imports', (python) => {
  test.skipIf(python.series[1] < 15)(
    'of a module: marked when something of it is used first, ours never in the way',
    () => {
      const app =
        'lazy import used #+\nlazy import unused #+\ndef function(): #+\n    return used.x #+\nprint(function()) #+\n';
      for (const PYTHON_LAZY_IMPORTS of ['normal', 'all']) {
        const files = {
          'app.py': app,
          'used.py': 'x = 1\n',
          'unused.py': 'x = 1\n',
          'time.py': 'raise SystemExit(3)\n',
        };
        const application = new Application(python, files);
        expect(application.runs(['app.py'], { PYTHON_LAZY_IMPORTS })).toBe('1\n');
        expect(application.lines('app.py')).toBe(marks(app));
        expect(application.mapped()).toEqual(['app.py', 'used.py']);
      }
    },
  );
});

onEachPython('names', (python) => {
  test('code of generated and of unreadable names is left alone', () => {
    const source = `for name in ("<string>", "<generated 1>", "page.html", "", "nowhere.py", "/nowhere/x.py", "a\\0b.py", ".py"):
    exec(compile("x = 1", name, "exec")) if "\\0" not in name else None
`;
    const application = new Application(python, { 'app.py': source, 'page.html': 'x' });
    application.runs(['app.py']);
    expect(application.mapped()).toEqual(['app.py']);
  });

  test('a script named as a module that we load is run once', () => {
    for (const name of ['mmap.py', 'opcode.py', 'errno.py', 'time.py', '_weakref.py', 'sitecustomize.py']) {
      const application = new Application(python, { [name]: 'print("once")\n' });
      expect([name, application.runs([name])]).toEqual([name, 'once\n']);
      writeFileSync(join(application.app, 'other.py'), 'print("other")\n');
      expect(application.runs(['-c', `import other`])).toBe('other\n');
    }
  });
});
