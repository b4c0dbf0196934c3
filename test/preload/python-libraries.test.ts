/** Libraries that look into functions, compile, copy or rewrite them: they find what they find without us. */

import { expect, test } from 'vitest';
import { Application, marks, preload, statesOfMarked } from './python/application.ts';
import { type Package, pythonPackages } from './python/packages.ts';
import { onEachPython, type Python, supported } from './python/pythons.ts';
import { onSomePythons } from './python/sample.ts';

type Program = [name: string, source: string];

/** Of the standard library, so on every Python. Each prints what it sees; without us it has to be the same. */
const PROGRAMS: Program[] = [
  [
    'inspect and dis',
    `import dis, inspect, io, sys #+
def called(x, y=1, *rest, z: int = 2) -> int: #+
    """What it does.""" #.
    if x: #+
        return [n for n in range(y)] #-
    return z #+
class Thing: #+
    """A thing.""" #+
    __private = 1 #+
    def method(self): #+
        return self.__private #+
for _ in range(3): #+
    called(0), Thing().method() #+
    for function in (called, Thing.method): #+
        print(inspect.getsource(function), inspect.signature(function), function.__doc__) #+
        print(inspect.getsourcelines(function)[1], function.__code__.co_firstlineno) #+
        out = io.StringIO() #+
        dis.dis(function, file=out) #+
        print(function.__name__ in out.getvalue() or len(out.getvalue()) > 99) #+
        code = function.__code__ #+
        print(code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars, code.co_argcount) #+
        print(code.co_flags, function.__globals__ is globals(), code.co_name, code.co_consts[0]) #+
        if sys.version_info >= (3, 12): #+
            print(len(code.co_code), len(code.co_consts), code.co_stacksize, out.getvalue().split(" at 0x")[0])
print(sorted(name for name in globals() if not name.startswith("__"))) #+
print(sorted(vars(Thing))) #+
`,
  ],
  [
    'frames and tracebacks',
    `import sys, traceback #+
def inner(): #+
    frame = sys._getframe(1) #+
    print(frame.f_lineno, sorted(frame.f_locals), frame.f_code.co_name) #+
    raise ValueError( #+
        "across lines" #+
    )
def outer(): #+
    value = 1 #+
    try: #+
        inner() #+
    except ValueError as error: #+
        raise KeyError(value) from error #+
    finally:
        print("finally") #+
for _ in range(3): #+
    try: #+
        outer() #+
    except KeyError: #+
        traceback.print_exc(file=sys.stdout) #+
        print([frame.lineno for frame in traceback.extract_stack()]) #+
`,
  ],
  [
    'pickle, copy, marshal and functions made of code',
    `import copy, io, marshal, pickle, types #+
def double(n): #+
    if n > 100: #+
        return (lambda: n)() #+
    return 2 * n #+
def made_of(code): #+
    return types.FunctionType(code, {}) #+
kept = marshal.dumps({"before": double.__code__}) #+
for _ in range(3): #+
    print(pickle.loads(pickle.dumps(double))(2), copy.deepcopy(double)(3)) #+
    again = made_of(marshal.loads(marshal.dumps(double.__code__))) #+
    print(again(4), again(101), made_of(marshal.loads(kept)["before"])(101)) #+
    file = io.BytesIO() #+
    marshal.dump([double.__code__], file) #+
    print(made_of(marshal.loads(file.getvalue())[0])(5)) #+
    print(made_of(double.__code__.replace(co_name="renamed"))(6), made_of(double.__code__)(101)) #+
`,
  ],
  [
    'locals, names in classes, closures and exec',
    `import sys #+
class Outer: #+
    kept = sorted(vars()) #+
    class Inner: #+
        names = sorted(vars()) #+
    def method(self): #+
        x = 1 #+
        def closure(): #+
            nonlocal x
            x += 1 #+
            return sorted(locals()), x #+
        return closure #+
print(Outer.kept, Outer.Inner.names, Outer().method()()) #+
namespace = {} #+
exec("a = 1\\ndef f(): return a\\nb = f()", namespace) #+
print(sorted(namespace), eval("a + b", namespace)) #+
def scope(): #+
    before = dict(locals()) #+
    y = [x for x in (1, 2) if x] #+
    return before, sorted(locals()), y #+
print(scope(), scope()) #+
def gen(): #+
    received = yield 1 #+
    while received: #+
        received = yield received #+
    return sorted(locals()) #+
g = gen() #+
print(next(g), g.send(5)) #+
try: #+
    g.send(None) #+
except StopIteration as stop: #+
    print(stop.value) #+
`,
  ],
  [
    'doctest, unittest and mock',
    `import doctest, sys, unittest #+
from unittest import mock #+
def double(n): #+
    """
    >>> double(2)
    4
    """
    return 2 * n #+
class Case(unittest.TestCase): #+
    def test_double(self): #+
        with mock.patch(__name__ + ".double", autospec=True, return_value=9) as double_mock: #+
            self.assertEqual(double(1), 9) #+
        double_mock.assert_called_once_with(1) #+
    @unittest.skip("skipped") #+
    def test_skipped(self): #+
        self.fail() #-
print(doctest.testmod(sys.modules["__main__"])) #+
result = unittest.TestResult() #+
unittest.defaultTestLoader.loadTestsFromTestCase(Case).run(result) #+
print(result) #+
`,
  ],
  [
    'dataclasses, enum, typing, functools',
    `import dataclasses, enum, functools, typing #+
@dataclasses.dataclass(order=True) #+
class Point: #+
    x: int # evaluated on demand since 3.14
    y: "typing.List[int]" = dataclasses.field(default_factory=list) #+
    def __post_init__(self): #+
        self.x += 1 #+
class Kind(enum.Enum): #+
    A = 1 #+
    B = 2 #+
    def label(self): #+
        return self.name.lower() #+
@functools.lru_cache(maxsize=None) #+
def fib(n): #+
    return n if n < 2 else fib(n - 1) + fib(n - 2) #+
@functools.singledispatch #+
def kind(x): #+
    return "other" #-
@kind.register(int) #+
def _(x): #+
    return "int" #+
class Named(typing.NamedTuple): #+
    a: int # evaluated on demand since 3.14
    def twice(self): #+
        return 2 * self.a #+
print(Point(1), Kind.A.label(), fib(30), fib.cache_info(), kind(1), Named(2).twice()) #+
print(typing.get_type_hints(Point), Point.__annotations__, list(Kind)) #+
`,
  ],
  [
    'garbage collection, weak references and reference counts',
    `import gc, sys, weakref #+
def function(): #+
    return [] #+
def counts(): #+
    return sys.getrefcount(function), len(gc.get_referrers(function)) #+
first = counts() #+
for _ in range(50): #+
    function() #+
    gc.collect() #+
print(first == counts(), gc.callbacks, gc.isenabled()) #+
alive = weakref.ref(function) #+
del function #+
gc.collect() #+
print(alive()) #+
`,
  ],
  [
    'a debugger of its own by bdb',
    `import bdb #+
class Debugger(bdb.Bdb): #+
    def user_line(self, frame): #+
        if frame.f_code.co_name == "target":
            print(frame.f_lineno, dict(frame.f_locals))
        self.set_step()
def target(n): #+
    total = 0 #+
    for x in range(n): #+
        total += x #+
    return total #+
target(1) #+
print(Debugger().runcall(target, 2)) #+
`,
  ],
];

onEachPython('beside', (python) => {
  test.each(PROGRAMS)('%s', (_, source) => {
    const application = new Application(python, { 'app.py': source });
    const { status, stderr } = application.runsAlike(['app.py']);
    expect([status, stderr]).toEqual([0, '']);
    // No tracing reaches what a tracer itself calls: of a debugger's own lines it tells nothing.
    expect(statesOfMarked(application.lines('app.py'), source)).toBe(marks(source));
  });
});

type Library = [name: string, packages: Package[], files: Record<string, string>];

const LIBRARIES: Library[] = [
  [
    'cloudpickle: a function that goes to another process and comes back',
    ['cloudpickle'],
    {
      'app.py': `import cloudpickle, pickle, subprocess, sys #+
factor = 3 #+
def helper(n): #+
    return n * factor #+
def work(n): #+
    if n > 100: #+
        return None #-
    return helper(n) #+
for _ in range(4): #+
    work(1) #+
    again = pickle.loads(cloudpickle.dumps(work)) #+
    print(again(2), sorted(again.__globals__)) #+
open("work.pickle", "wb").write(cloudpickle.dumps(work)) #+
print(subprocess.check_output([sys.executable, "-c", "import pickle; print(pickle.load(open('work.pickle', 'rb'))(5))"])) #+
`,
    },
  ],
  [
    'dill',
    ['dill'],
    {
      'app.py': `import dill, dill.source #+
def work(n): #+
    """Doubles.""" #.
    return [m * 2 for m in range(n)] #+
for _ in range(4): #+
    work(1) #+
    again = dill.loads(dill.dumps(work, recurse=True)) #+
    print(again(3), again.__doc__, dill.source.getsource(work)) #+
`,
    },
  ],
  [
    "typeguard's import hook, which compiles modules of its own making",
    ['typeguard'],
    {
      'app.py': `from typeguard import TypeCheckError, install_import_hook #+
install_import_hook("checked") #+
import checked #+
print(checked.double(2)) #+
try: #+
    checked.double("2") #+
except TypeCheckError as error: #+
    print(error) #+
`,
      // typeguard puts what it inserts into the function onto one of its lines, which one depends on its version.
      'checked.py': `def double(n: int) -> int: #+
    if n > 100: #+
        return 0
    return 2 * n #+
`,
    },
  ],
  [
    "beartype's import hook",
    ['beartype'],
    {
      'app.py': `from beartype.claw import beartype_package #+
beartype_package("checked") #+
import checked #+
print(checked.double(2)) #+
try: #+
    checked.double("2") #+
except Exception as error: #+
    print(type(error).__name__) #+
`,
      'checked.py': `def double(n: int) -> int: #+
    if n > 100: #+
        return 0 #-
    return 2 * n #+
`,
    },
  ],
  [
    'hypothesis, which looks at the code of tests and shrinks what fails',
    ['hypothesis'],
    {
      'app.py': `from hypothesis import given, settings, strategies as st #+
def faulty(n): #+
    if n > 1000: #+
        return -1 #+
    return n #+
@settings(derandomize=True, database=None, max_examples=200) #+
@given(st.integers(min_value=0)) #+
def property(n): #+
    assert faulty(n) >= 0 #+
try: #+
    property() #+
except AssertionError as error: #+
    print("falsified", getattr(error, "__notes__", [])[:1]) #+
`,
    },
  ],
];

onSomePythons('beside', (python) => {
  test('icecream, which finds the expression of a call by comparing bytecode', () => {
    const source = `from icecream import ic #+
ic.configureOutput(outputFunction=print) #+
def double(n): #+
    return 2 * n #+
for _ in range(2): #+
    ic(double(3), [ic(x) for x in (1,)]) #+
`;
    const application = new Application(python, { 'app.py': source });
    const PYTHONPATH = `${preload}:${pythonPackages(python, 'icecream')}`;
    expect(application.runsAlike(['app.py'], { PYTHONPATH }).stdout).toContain('double(3): 6');
    // Until 3.10 it would not know bytecode with probes: such files go without.
    expect(application.lines('app.py')).toBe(python.series[1] < 11 ? undefined : marks(source));
  });

  // dill 0.4.1 knows no CPython 3.15.
  const able = LIBRARIES.filter(([, packages]) => !(packages.includes('dill') && python.series[1] > 14));
  test.each(able)('%s', (_, packages, files) => {
    const application = new Application(python, files);
    const PYTHONPATH = `${preload}:${pythonPackages(python, ...packages)}`;
    const { status, stderr } = application.runsAlike(['app.py'], { PYTHONPATH });
    expect([status, stderr]).toEqual([0, '']);
    for (const [name, source] of Object.entries(files)) {
      expect([name, statesOfMarked(application.lines(name), source)]).toEqual([name, marks(source)]);
    }
  });
});

/** numba is there for these; of newer ones it knows too little. */
const NUMBA: Python[] = supported.filter(({ series }) => series[1] <= 13);

onSomePythons(
  'numba',
  (python) => {
    const SOURCE = `import time #+
import numba, numpy #+
factor = 3 #+
def plain(n): #+
    return n * factor #+
helper = numba.njit(plain) #+
@numba.njit #+
def compiled(n): #+
    total = 0 #-
    for i in range(n): #-
        if i % 2: #-
            total += helper(i) #-
    return total #-
@numba.vectorize(["int64(int64)"]) #+
def squared(x): #+
    return x * x #-
@numba.jit(forceobj=True) #+
def objects(n): #+
    return str(n) #-
plain(1) #+
for _ in range(3): #+
    print(compiled(10), squared(numpy.arange(3)), objects(7)) #+
begin = time.perf_counter() #+
compiled(30_000_000) #+
print(time.perf_counter() - begin < 2) #+
`;
    test('compiles what it compiles without us, as fast', () => {
      const application = new Application(python, { 'app.py': SOURCE });
      const PYTHONPATH = `${preload}:${pythonPackages(python, 'numba')}`;
      const { status, stdout, stderr } = application.runsAlike(['app.py'], { PYTHONPATH, PYTHONWARNINGS: 'error' });
      expect([status, stderr, stdout.trim().split('\n').at(-1)]).toEqual([0, '', 'True']);
      // Below 3.12 lines are marked by probes in the bytecode, which is what numba compiles: such files go without.
      expect(application.lines('app.py')).toBe(python.series[1] < 12 ? undefined : marks(SOURCE));
    });
  },
  NUMBA,
);
