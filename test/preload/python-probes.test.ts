/** Probes in the bytecode of CPython 3.8 to 3.11: the code around them is as it was, and nothing tells that they are there. */

import { spawnSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Application, marks, preload } from './python/application.ts';
import { byProbes, onEachPython, type Python, supported } from './python/pythons.ts';

const plain = { PYCA_DATA: undefined, PYTHONPATH: undefined };

function onEachPythonWithProbes(subject: string, body: (python: Python) => void): void {
  if (!supported.some(byProbes)) describe.skip(`${subject} [no CPython 3.8 to 3.11 on this machine]`, () => {});
  onEachPython(subject, (python) => {
    if (byProbes(python)) body(python);
    else test.skip('sys.monitoring instead of probes', () => {});
  });
}

onEachPythonWithProbes('code with probes', (python) => {
  test('is the code without, instruction by instruction: lines, columns, jumps, exception handlers', () => {
    const prefix = spawnSync(python.command, ['-c', 'import os; print(os.path.dirname(os.__file__))'], {
      encoding: 'utf8',
    });
    const library = prefix.stdout.trim();
    const files = globSync(`${library}/{*,asyncio/*,email/*,unittest/*,test/test_[ace]*}.py`);
    expect(files.length).toBeGreaterThan(100);
    const check = join(import.meta.dirname, 'python/check-probes.py');
    const { stdout, stderr } = spawnSync(python.command, [check, preload, ...files], { encoding: 'utf8' });
    expect([stderr, stdout]).toEqual(['', expect.stringMatching(/^[1-9]\d{3,}\n$/)]);
  });

  test('jumps over the probes of lines that ran, and over no others', () => {
    const app = 'def function(x):\n    if x:\n        return 1\n    return [2,\n            x]\n';
    const start = `import app
code = app.function.__code__
bytecode = lambda: getattr(code, "_co_code_adaptive", code.co_code) # co_code of 3.11 is a copy.
def probes(): # A NOP that has an argument, and what it becomes: JUMP_FORWARD
    code = bytecode()
    return "".join({9: "-", 110: "+"}[code[at]] for at in places)
places = [at for at in range(0, len(bytecode()), 2) if bytecode()[at] == 9 and bytecode()[at + 1]]
seen = [probes()]
app.function(0), seen.append(probes())
app.function(0), seen.append(probes())
app.function(1), seen.append(probes())
print(*seen)
`;
    const application = new Application(python, { 'app.py': app, 'start.py': start });
    expect(application.runs(['start.py'])).toBe('---- +-++ +-++ ++++\n');
    expect(application.lines('app.py')).toBe('+++++');
  });

  test('outlives itself in copies, and is no key that changes', () => {
    const app = `def function(x):
    if x:
        return 1
    return 2
`;
    const start = `import app, copy, gc, sys
code = app.function.__code__
table = {code: 1}
before = hash(code)
copies = [code.replace(co_name=f"copy{n}") for n in range(50)]
make = type(app.function)
del app.function, code
table.clear()
gc.collect()
for n in range(200):
    rubbish = [bytes(64) for _ in range(50)]
    for code in copies:
        assert make(code, {})(n % 2) == 2 - n % 2
print(len({hash(code) for code in copies}) == 50, copy.copy(copies[0]) is copies[0])
`;
    const application = new Application(python, { 'app.py': app, 'start.py': start });
    expect(application.runs(['start.py'])).toBe('True True\n');
    expect(application.lines('app.py')).toBe('++++');
  });

  test('is nothing more for the garbage collector to go through', () => {
    const start = 'import gc, app\ngc.collect()\nprint(len(gc.get_objects()))\n';
    const more = (count: number) => {
      const functions = Array.from({ length: count }, (_, n) => `def function${n}(x):\n    return x + ${n}\n`);
      const application = new Application(python, { 'app.py': functions.join(''), 'start.py': start });
      const objects = Number(application.runs(['start.py']));
      expect(application.lines('app.py')).toBe('+-'.repeat(count));
      return objects - Number(application.runs(['start.py'], plain));
    };
    expect(more(500) - more(1)).toBeLessThan(20);
  });

  test('goes when nobody needs it any more', () => {
    const start = `import importlib, gc, os, weakref, app
function = weakref.ref(app.function.__code__)
app.function()
os.utime("app.py", (1, 1))
importlib.reload(app)
gc.collect()
print(function())
`;
    const application = new Application(python, { 'app.py': 'def function():\n    return 1\n', 'start.py': start });
    expect(application.runs(['start.py'])).toBe('None\n');
  });
});

onEachPythonWithProbes('python app.py', (python) => {
  const SEES = `import sys, __main__ #+
frame = sys._getframe() #+
print(frame.f_back, frame.f_code.co_name, frame.f_code.co_filename, frame.f_lineno) #+
print(__name__, __file__, __spec__, __package__, __doc__, type(__loader__), __builtins__) #+
print(sys.argv, sys.path[0], sorted(vars(__main__)), sys.flags) #+
def depth(n): #+
    try: #+
        return depth(n + 1) #+
    except RecursionError: #+
        return n #+
print(depth(0)) #+
`;

  test.each([
    ['with arguments', ['app.py', 'a', '-b']],
    ['by another path', ['../app/app.py']],
    ['optimised', ['-OO', 'app.py']],
    ['isolated from its folder', ['-B', '-s', 'app.py']],
    ['unbuffered', ['-u', 'app.py']],
  ])('%s sees what it sees without us', (_, args) => {
    const application = new Application(python, { 'app.py': SEES });
    const expected = application.run(args, plain);
    expect(expected.status).toBe(0);
    expect(application.run(args)).toEqual(expected);
    expect(application.lines('app.py')).toBe(marks(SEES));
  });

  test.each([
    ['by running out', 'x = 1 #+\n'],
    ['by sys.exit', 'import sys #+\nsys.exit(3) #+\nx = 1 #-\n'],
    ['by sys.exit with a word', 'import sys #+\nsys.exit("word") #+\nx = 1 #-\n'],
    ['by an exception', 'def raises(): #+\n    return (1 + #+\n            1 / 0) #+\nraises() #+\n'],
    ['by an exception of its own hook', 'import sys #+\nsys.excepthook = None #+\n1 / 0 #+\n'],
    ['by KeyboardInterrupt', 'raise KeyboardInterrupt #+\n'],
    ['by SIGINT', 'import os, signal, time #+\nos.kill(os.getpid(), signal.SIGINT) #+\ntime.sleep(5) #-\n'],
    ['by a syntax error in what it imports', 'x = 1 #+\nimport broken #+\nx = 2 #-\n'],
    ['by a syntax error of its own', 'x = (\n'],
    [
      'by what it runs at exit',
      'import atexit #+\ndef last(): #+\n    print(1 / 0) #+\natexit.register(lambda: last()) #+\n',
    ],
  ])('ends %s as it ends without us', (_, source) => {
    const application = new Application(python, { 'app.py': source, 'broken.py': 'def :\n' });
    const run = (changes = {}) => JSON.stringify(application.run(['app.py'], changes)).replace(/0x[0-9a-f]+/g, '0x…');
    expect(run()).toEqual(run(plain));
    if (source !== 'x = (\n') expect(application.lines('app.py')).toBe(marks(source));
  });

  test('goes on interactively with -i, and stdin is run as ever', () => {
    const application = new Application(python, { 'app.py': 'x = 1\n1 / 0\n' });
    for (const args of [['-i', 'app.py'], ['-'], []]) {
      const options = { input: 'print("x" in globals(), __name__)\n' };
      expect(application.run(args, {}, options)).toEqual(application.run(args, plain, options));
    }
    expect(application.mapped()).toEqual(['app.py']);
  });

  test('has no audit hook to pay for once it runs', () => {
    const source = `import sys, timeit
once = lambda: min(timeit.repeat("id(1)", number=10_000, repeat=100))
without = once()
sys.addaudithook(lambda event, arguments: None)
print(once() > without * 2)
`;
    const application = new Application(python, { 'app.py': source });
    expect(application.runs(['app.py'])).toBe('True\n');
  });
});
