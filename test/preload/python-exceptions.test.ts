/** The application's exceptions are its own, also where they meet our frames. */

import { expect, test } from 'vitest';
import { Application, marks } from './python/application.ts';
import { onEachPython } from './python/pythons.ts';

onEachPython('an exception of the application', (python) => {
  test('raised by a signal handler while we are at work reaches it', () => {
    const source = `import signal, sys
raised = caught = 0
inside = False
def handler(*_):
    global raised, inside
    if inside:
        inside = False
        raised += 1
        raise TimeoutError("mine")
def attempt(n):
    global inside, caught
    name = f"part{n}.py"
    open(name, "w").write("x = 1\\n" * 20)
    code = compile("x = 1", name, "exec")
    try:
        inside = True
        exec(code, {})
        inside = False
    except TimeoutError:
        caught += 1
signal.signal(signal.SIGPROF, handler)
signal.setitimer(signal.ITIMER_PROF, 0.0005, 0.0005)
for n in range(1500):
    attempt(n)
signal.setitimer(signal.ITIMER_PROF, 0)
print(raised, caught, not hasattr(sys, "monitoring") or sys.monitoring.get_events(4) != 0)
`;
    const application = new Application(python, { 'app.py': source });
    const [raised, caught, collecting] = application.runs(['app.py']).trim().split(' ');
    expect(Number(raised)).toBeGreaterThan(10);
    expect(caught).toBe(raised);
    expect(collecting).toBe('True');
  });

  test('for want of stack is no reason to stop', () => {
    const source = `import sys #+
def deep(n): #+
    return deep(n + 1) #+
for _ in range(3): #+
    try: #+
        deep(0) #+
    except RecursionError: #+
        pass #+
def after(): #+
    return 1 #+
after() #+
`;
    const application = new Application(python, { 'app.py': source });
    application.runs(['app.py']);
    expect(application.lines('app.py')).toBe(marks(source));
  });

  test('for want of stack comes no more than a call of ours earlier', () => {
    const source = `import sys
def deepest(lines):
    for depth in reversed(range(sys.getrecursionlimit() - 20, sys.getrecursionlimit())):
        name = f"part{depth}.py"
        open(name, "w").write(lines)
        code = compile(lines, name, "exec")
        def go(n):
            if n:
                return go(n - 1)
            exec(code, {})
        try:
            go(depth)
            return depth
        except RecursionError:
            pass
print(deepest("x = 1\\n"))
`;
    const application = new Application(python, { 'app.py': source });
    const plain = Number(application.runs(['app.py'], { PYCA_DATA: undefined, PYTHONPATH: undefined }));
    expect(Number(application.runs(['app.py']))).toBeGreaterThanOrEqual(plain - 1);
  });

  test('raised by an import of its own making does not meet ours', () => {
    const source = `import builtins
real = builtins.__import__
def restricted(name, *rest):
    if name.startswith("_"):
        raise ImportError("not allowed: " + name)
    return real(name, *rest)
builtins.__import__ = restricted
exec(compile(open("other.py").read(), "other.py", "exec"))
`;
    const application = new Application(python, { 'app.py': source, 'other.py': 'print("fine")\n' });
    expect(application.runs(['app.py'])).toBe('fine\n');
    expect(application.lines('other.py')).toBe('+');
  });

  test.each(['open', 'os.link', 'os.remove', 'os.chmod'])(
    'raised by an audit hook against our %s stays with us',
    (event) => {
      const source = `import os, sys
class Forbidden(Exception): pass
data = os.environ["PYCA_DATA"]
def hook(event, arguments):
    if event == ${JSON.stringify(event)} and (str(arguments[0]).startswith((data, "/forbidden")) or event == "os.chmod"):
        raise Forbidden(event)
sys.addaudithook(hook)
import other
try: open("/forbidden")
except Forbidden: print("forbidden")
except FileNotFoundError: print("not found")
`;
      const application = new Application(python, { 'app.py': source, 'other.py': 'print("fine")\n' });
      expect(application.runs(['app.py'])).toBe(`fine\n${event === 'open' ? 'forbidden' : 'not found'}\n`);
      expect(application.mapped()).toContain('app.py');
      if (event !== 'os.remove') expect(application.lines('other.py')).toBeUndefined();
    },
  );

  test('nobody catches: reported as ever', () => {
    const application = new Application(python, { 'app.py': 'import other\n', 'other.py': 'x = 1\n1 / 0\ny = 1\n' });
    const plain = application.run(['app.py'], { PYCA_DATA: undefined, PYTHONPATH: undefined });
    expect(application.run(['app.py'])).toEqual(plain);
    expect(application.lines('other.py')).toBe('++-');
  });
});
