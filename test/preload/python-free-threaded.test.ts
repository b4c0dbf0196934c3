/** CPython without its lock: the same lines, from many threads at once. */

import { expect, test } from 'vitest';
import { Application, marks } from './python/application.ts';
import { freeThreaded } from './python/pythons.ts';
import { SessionDouble, sessionMarks } from './python/session.ts';

const python = freeThreaded();

if (typeof python === 'string') {
  test.skip(`free-threaded CPython 3.13 [${python}]`, () => {});
} else {
  /** Starts 4 threads at one function after the other, each on its own way through it. */
  const RACE = `import sys, threading
def race(functions):
    for function in functions:
        barrier = threading.Barrier(4)
        def run(n):
            barrier.wait()
            function(n)
        threads = [threading.Thread(target=run, args=(n,)) for n in range(4)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
    assert not sys._is_gil_enabled()
`;
  const branches = (name: string, mark = '') => `def ${name}(n): #+
    if n == 0: #+${mark}
        x = 1 #+${mark}
    elif n == 1: #+${mark}
        x = 2 #+${mark}
    elif n == 2: #+${mark}
        x = 3 #+${mark}
    else:
        x = 4 #+${mark}
    return x #+${mark}
`;
  const many = (mark = '') => Array.from({ length: 150 }, (_, n) => branches(`f${n}`, mark)).join('');
  const FUNCTIONS = '[f for name, f in list(vars(app).items()) if name.startswith("f")]';

  test('one function in many threads: no line is lost, and the lock stays off', () => {
    const application = new Application(python, {
      'app.py': many(),
      'race.py': RACE,
      'start.py': `import app, race\nrace.race(${FUNCTIONS})\n`,
    });
    application.runs(['start.py']);
    expect(application.lines('app.py')).toBe(marks(many()));
  });

  test('one module in many threads: one map, no line is lost', () => {
    const app = Array.from({ length: 4 }, (_, n) => `if n == ${n}: #+\n    x = ${n} #+\n`).join('');
    const start = `import race
for n in range(30):
    code = compile(open("app.py").read(), "app.py", "exec")
    race.race([lambda n: exec(code, {"n": n})])
`;
    const application = new Application(python, { 'app.py': app, 'race.py': RACE, 'start.py': start });
    application.runs(['start.py']);
    expect(application.mapped()).toEqual(['app.py', 'race.py', 'start.py']);
    expect(application.lines('app.py')).toBe(marks(app));
  });

  test('not in a subinterpreter', () => {
    const source = `import _interpreters
other = _interpreters.create()
print(_interpreters.run_string(other, "import sys; sys.path.insert(0, '.'); import inner"))
`;
    const application = new Application(python, { 'app.py': source, 'inner.py': 'x = 1\n' });
    expect(application.runs(['app.py'])).toBe('None\n');
    expect(application.mapped()).toEqual(['app.py']);
  });

  test('very large code in many threads', () => {
    const rows = Array.from({ length: 3000 }, (_, n) => `        "key${n}": [${n}, "v${n}", (${n}, x)],`);
    const source = `def f(x):\n    return {\n${rows.join('\n')}\n    }\n`;
    const application = new Application(python, {
      'app.py': source,
      'race.py': RACE,
      'start.py': `import app, race\nrace.race(${FUNCTIONS})\n`,
    });
    application.runs(['start.py']);
    expect(application.lines('app.py')).toBe(`++${'+'.repeat(3000)}.`);
  });

  test('a session that begins in the midst of it', () => {
    const source = many('a');
    const start = `import app, os, race
race.race(${FUNCTIONS})
data = os.environ["PYCA_DATA"]
os.mkdir(data + "/session-1")
with open(data + "/session", "r+b") as control:
    control.seek(1)
    control.write(b"000001 name")
    control.seek(0)
    control.write(b"\\x01")
race.race(${FUNCTIONS})
`;
    const application = new Application(python, { 'app.py': source, 'race.py': RACE, 'start.py': start });
    const session = new SessionDouble(application);
    application.runs(['start.py'], { PYCA_SESSIONS: 'true', PYCA_EXCLUDE: 'start.py,race.py' });
    expect(session.lines(1)).toEqual({ 'app.py': sessionMarks(source, 'a') });
  });
}
